// @ts-check
/* A duplicate group as a card: its files side by side, and what happens to each. */
/** @type {Card<Group>} */
const card = (() => {
  "use strict";
  const TILE = 27; // rem, a guess until the first tile has been measured
  const WIDTH = 17.5; // rem, the least width of a tile and its gap: as in cards.css

  /** The height that a card is likely to take, in rem, on a deck of this width in rem. */
  const tall = (item, width) => 6 + TILE * Math.ceil(item.files.length / Math.max(1, Math.floor(width / WIDTH)));

  /** Fill an empty card. */
  function fill(element, item, about) {
    const content = dom.stamp("group-card");
    const list = content.querySelector(".tiles");
    const differing = unlike(item);
    for (const file of item.files) list.append(tile(file, item, differing, about));
    element.append(content);
    refresh(element, item);
  }

  function tile(file, item, differing, about) {
    const content = dom.stamp("tile");
    const element = content.querySelector(".tile");
    element.dataset.n = file.n;
    const name = words.visible(file.name);
    const look = element.querySelector(".look");
    look.append(dom.preview(about.previews, file.preview, file.away ? "Drive not connected" : "No preview"));
    look.setAttribute("aria-label", `Compare ${name}, file ${file.n + 1} of ${item.files.length}`);
    element.querySelector(".number").textContent = file.n < 9 ? file.n + 1 : "";
    dom.tell(element.querySelector(".name"), file.name);
    dom.tell(element.querySelector(".folder"), book.short(file.folder), file.folder);
    element.querySelector(".points").replaceChildren(...book.points(file).map((text, n) => point(text, differing[n])), ...where(file));
    dom.tell(element.querySelector(".reason"), file.reason);
    element.querySelector(".choice").setAttribute("aria-label", name);
    for (const [verb, text] of [["keep", "Keep"], ["remove", "Remove"], ["only", "Keep only"]]) {
      element.querySelector(`[data-verb="${verb}"]`).setAttribute("aria-label", `${text} ${name}`);
    }
    return content;
  }

  /** Which of the points differ between the files: those are what one decides by. */
  const unlike = (item) => {
    const all = item.files.map(book.points);
    return all[0].map((_, n) => new Set(all.map((points) => points[n])).size > 1);
  };

  function point(text, differs) {
    const element = dom.make("li", words.visible(text), differs ? { class: "differs" } : {});
    element.hidden = !text;
    return element;
  }

  const where = (file) => {
    if (file.away) return [dom.make("li", `Not connected: ${words.visible(file.location)}`, { class: "away" })];
    const link = dom.make("a", "Open original", { target: "_blank", rel: "noopener noreferrer" });
    link.href = file.url;
    const place = dom.make("li", "", { class: "link" });
    place.append(link);
    return [place];
  };

  /** Bring a filled card up to date with what was decided. */
  function refresh(element, item) {
    const status = book.status(item);
    element.dataset.status = status;
    const removed = item.files.filter((file) => !item.ignored && item.actions[file.n] === "remove");
    const freed = removed.reduce((sum, file) => sum + file.size, 0);
    element.querySelector(".facts").replaceChildren(
      dom.make("span", book.kinds[item.kind] ?? item.kind, { class: "kind", "data-kind": item.kind }),
      dom.make("span", words.count(item.files.length, "file")),
      dom.make("span", removed.length ? `frees ${words.size(freed)}` : `could free ${words.size(item.gain)}`),
      dom.make("span", book.statuses[status], { class: "status" }),
    );
    element.querySelector('.tools [data-verb="ignore"]').setAttribute("aria-pressed", item.ignored);
    element.querySelector('.tools [data-verb="reset"]').hidden = book.code(item) === book.code(item.start);
    for (const place of element.querySelectorAll(".tile")) {
      const n = Number(place.dataset.n);
      const action = item.ignored ? "" : item.actions[n];
      place.dataset.action = item.ignored ? "ignore" : action;
      place.querySelector(".mark").textContent = { keep: "✓ Keep", remove: "✕ Remove" }[action] ?? "";
      place.querySelector(".keep").setAttribute("aria-pressed", action === "keep");
      const remove = place.querySelector(".remove");
      remove.setAttribute("aria-pressed", action === "remove");
      remove.setAttribute("aria-disabled", book.isLast(item, n) || Boolean(item.files[n].away));
      place.querySelector(".only").hidden = item.files.length < 3 || Boolean(item.files[n].away);
    }
  }

  return { fill, refresh, tall };
})();
