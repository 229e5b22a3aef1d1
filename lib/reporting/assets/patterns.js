// @ts-check
/* Open groups by the folders that they lie in: what is decided of six that are shown holds for the hundred that are alike. */
const patterns = (() => {
  "use strict";
  const SAMPLES = 6;
  const MOST = 60; // cards; what is left comes into view as those before it are decided
  /** @type {About} */
  let about;

  /** Make the view ready. @param {About} facts */
  function open(facts) {
    about = facts;
    dom.byId("patterns-open").hidden = false;
    dom.byId("by-folder").addEventListener("click", show);
    dom.byId("best-shown").addEventListener("click", () => main.bulk(filters.chosen(), better, "the better file is kept"));
    dom.byId("patterns-list").addEventListener("click", clicked);
    dom.byId("patterns-undo").addEventListener("click", () => { main.undo(); fill(); });
    dom.byId("compare").addEventListener("close", () => { if (dom.byId("patterns").open) fill(); });
  }

  /** The groups that are open, as patterns of one kind and the same folders, the most frequent first. @returns {Pattern[]} */
  function found() {
    /** @type {Map<string, Pattern>} */
    const all = new Map();
    for (const item of book.items.filter(book.open)) {
      const folders = [...new Set(item.files.map(book.branch))].sort();
      const key = JSON.stringify([item.kind, ...folders]);
      const pattern = all.get(key) ?? { kind: item.kind, folders, items: [] };
      pattern.items.push(item);
      all.set(key, pattern);
    }
    return [...all.values()].sort((a, b) => b.items.length - a.items.length);
  }

  /** @param {Group} item */
  const better = (item) => book.complete(item, (file) => file.n === book.best(item));

  function show() {
    fill();
    dom.byId("patterns").showModal();
  }

  /** @type {Pattern[]} */
  let shown = [];

  function fill() {
    const all = found();
    shown = all.slice(0, MOST);
    const open = all.reduce((sum, pattern) => sum + pattern.items.length, 0);
    dom.byId("patterns-sums").textContent = open
      ? `${words.count(open, "group is", "groups are")} to decide, in ${words.count(all.length, "pattern")} of folders.`
      : "Every group is decided.";
    dom.byId("patterns-list").replaceChildren(...shown.map(card));
    dom.byId("patterns-undo").disabled = !main.canUndo();
  }

  /** @param {Pattern} pattern @param {number} place */
  function card(pattern, place) {
    const element = dom.make("li", "", { class: "pattern", "data-place": place });
    const title = dom.make("h3");
    title.append(dom.make("bdi", words.visible(pattern.folders.map(book.branchName).join("  ↔  "))));
    const facts = dom.make("p", "", { class: "facts" });
    facts.append(
      dom.make("span", book.kinds[pattern.kind] ?? pattern.kind, { class: "kind", "data-kind": pattern.kind }),
      dom.make("span", words.count(pattern.items.length, "group")),
    );
    element.append(title, facts, samples(pattern), buttons(pattern));
    return element;
  }

  /** Up to six groups, evenly out of all. @param {Pattern} pattern */
  function samples({ items }) {
    const list = dom.make("ul", "", { class: "samples" });
    const number = Math.min(SAMPLES, items.length);
    for (let n = 0; n < number; n += 1) {
      const item = items[Math.floor(n * items.length / number)];
      const button = dom.make("button", "", { type: "button", class: "sample", "data-item": item.index, "aria-label": `Compare ${words.visible(book.title(item))}` });
      button.append(...item.files.slice(0, 2).map((file) => dom.preview(about.previews, file.preview, "–")));
      const entry = dom.make("li");
      entry.append(button);
      list.append(entry);
    }
    return list;
  }

  /** @param {Pattern} pattern */
  function buttons({ folders, items }) {
    const row = dom.make("div", "", { class: "row" });
    const button = (verb, text, marks = {}) => row.append(dom.make("button", words.visible(text), { type: "button", class: "button", "data-bulk": verb, ...marks }));
    button("best", items.length > 1 ? `Keep the better one in all ${items.length}` : "Keep the better one");
    if (folders.length > 1) folders.forEach((folder, n) => button("prefer", `Keep those in ${book.branchName(folder)}`, { "data-folder": n }));
    button("all", "Keep all");
    button("each", "Look at each");
    return row;
  }

  function clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.item) return compare.show(book.items[Number(button.dataset.item)]);
    const { folders, items } = shown[Number(button.closest("[data-place]").dataset.place)];
    if (button.dataset.bulk === "each") {
      dom.byId("patterns").close();
      filters.only(items, folders.map(book.branchName).join(" ↔ "));
      return deck.go(items[0]);
    }
    const folder = folders[Number(button.dataset.folder)];
    if (button.dataset.bulk === "best") main.bulk(items, better, "the better file is kept");
    else if (button.dataset.bulk === "all") main.bulk(items, (item) => book.complete(item, () => true), "all files are kept");
    else main.bulk(items, (item) => book.complete(item, (file) => book.branch(file) === folder), `those in ${words.visible(book.branchName(folder))} are kept`);
    fill();
    (dom.byId("patterns-list").querySelector("button.button") ?? dom.byId("patterns-undo")).focus();
  }

  open(main.about);
  return { found };
})();
