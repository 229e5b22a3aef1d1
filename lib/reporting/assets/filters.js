// @ts-check
/* Which items are shown, and in which order. */
const filters = (() => {
  "use strict";
  const MANY = 150;
  let items, about, changed;
  let waiting = 0;
  let among = null; // the items that a pattern of folders has
  const value = (id) => dom.byId(id).value;

  /** Fill the controls; `again` is called when the person changes one. */
  function open(all, facts, again) {
    [items, about] = [all, facts];
    changed = () => {
      clearTimeout(waiting);
      again();
    };
    dom.byId("kind-label").textContent = book.kindLabel;
    dom.options(dom.byId("sort"), Object.entries(book.sorts).map(([key, [text]]) => [key, text]));
    dom.options(dom.byId("folder"), [["", "All"], ...folders()]);
    for (const id of ["kind", "status", "folder", "sort"]) dom.byId(id).addEventListener("change", changed);
    dom.byId("text").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(changed, 120);
    });
    dom.byId("clear").addEventListener("click", clear);
    if (matchMedia("(max-width: 48rem)").matches) dom.byId("filters").open = false;
    tally();
  }

  /** Write behind each kind and status how many there are now. */
  function tally() {
    for (const { id, names, of } of [{ id: "kind", names: book.kinds, of: book.kind }, { id: "status", names: book.statuses, of: book.status }]) {
      const numbers = {};
      for (const item of items) numbers[of(item)] = (numbers[of(item)] ?? 0) + 1;
      const pairs = Object.entries(names).filter(([key]) => numbers[key] || value(id) === key);
      dom.options(dom.byId(id), [["", "All"], ...pairs.map(([key, text]) => [key, `${text || "(no name)"} (${numbers[key] ?? 0})`])]);
    }
  }

  /** Every folder that holds files, and the folders above where several meet; the fullest ones when there are too many to choose from. */
  function folders() {
    const numbers = new Map();
    for (const item of items) {
      const met = new Set();
      for (let folder of book.folders(item)) {
        while (folder && !met.has(folder)) {
          met.add(folder);
          numbers.set(folder, (numbers.get(folder) ?? 0) + 1);
          const above = words.split(folder, about.separators).folder;
          folder = above === folder ? "" : above;
        }
      }
    }
    const all = [...numbers].filter(([, number]) => number < items.length);
    if (all.length > MANY) all.sort((a, b) => b[1] - a[1]).length = MANY;
    return all.sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([folder, number]) => [folder, `${words.ending(folder, about.separators, 60)} (${number})`]);
  }

  /** The items to show, in order. */
  function chosen() {
    const [kind, status, folder] = ["kind", "status", "folder"].map(value);
    const wanted = words.plain(value("text")).split(/\s+/).filter(Boolean);
    const within = (place) => place === folder || (place.startsWith(folder) && about.separators.includes(place[folder.length]));
    const shown = items.filter((item) => (
      (!among || among.items.has(item))
      && (!kind || book.kind(item) === kind)
      && (!status || book.status(item) === status)
      && (!folder || book.folders(item).some(within))
      && wanted.every((word) => item.text.includes(word))
    ));
    const [, by] = book.sorts[value("sort")];
    shown.sort((a, b) => by(a, b) || a.index - b.index);
    const all = shown.length === items.length;
    const what = among ? ` in ${words.visible(among.name)}` : "";
    dom.byId("shown").textContent = all ? "" : shown.length ? `${words.count(shown.length, book.one)} of ${items.length} shown${what}` : "Nothing fits these filters.";
    dom.byId("clear").hidden = all;
    return shown;
  }

  /** Show these items and no others, until all are asked for. */
  function only(some, name) {
    clearValues();
    among = { items: new Set(some), name };
    changed();
  }

  function clearValues() {
    among = null;
    for (const id of /** @type {const} */ (["kind", "status", "folder", "text"])) dom.byId(id).value = "";
  }

  function clear() {
    clearValues();
    changed();
    dom.byId("text").focus();
  }

  return { open, chosen, only, tally };
})();
