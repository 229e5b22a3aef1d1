// @ts-check
/* The compare view: which two pictures of an item are held over each other, and what is decided there. */
const compare = (() => {
  "use strict";
  let item, pictures, chosen, about, act;

  /** Make the view ready; `carryOut(item, verb, n)` decides. */
  function open(facts, carryOut) {
    about = facts;
    act = carryOut;
    stage.open(refresh);
    const box = dom.byId("compare");
    box.addEventListener("click", clicked);
    box.addEventListener("close", () => { stage.clear(); item = undefined; });
    dom.byId("wipe").addEventListener("input", () => stage.wipe(Number(dom.byId("wipe").value)));
    dom.byId("flip").addEventListener("click", () => stage.flip());
    dom.byId("zoom-in").addEventListener("click", () => stage.zoom(1.5));
    dom.byId("zoom-out").addEventListener("click", () => stage.zoom(1 / 1.5));
    dom.byId("compare-close").addEventListener("click", () => box.close());
  }

  /** Show an item, its file `n` held against the one that is kept. */
  function show(next, n) {
    item = next;
    const { fixed, shown, wanted } = book.pictures(item);
    pictures = shown;
    const asked = shown.findIndex((picture) => picture.n === n);
    const other = asked >= 0 && asked !== fixed ? asked : wanted ?? shown.findIndex((_, place) => place !== fixed);
    chosen = { a: fixed, b: shown[other] ? other : fixed };
    dom.byId("compare-title").textContent = words.visible(book.title(item));
    const box = dom.byId("compare");
    if (!box.open) box.showModal();
    fillStrip();
    lay();
    stage.hold(stage.mode);
    stage.wipe(50);
    stage.flip(asked === fixed && wanted === undefined ? "a" : "b");
    dom.byId("stage").focus();
  }

  function lay() {
    for (const side of ["a", "b"]) {
      const picture = pictures[chosen[side]];
      fillSide(side, picture);
      stage.put(side, picture, about.previews, quality);
    }
    refresh();
  }

  function quality(side, text) {
    const place = dom.byId("compare").querySelector(`[data-side="${side}"] .quality`);
    if (place) place.textContent = text;
  }

  function fillSide(side, picture) {
    const place = dom.byId("compare").querySelector(`[data-side="${side}"]`);
    const which = `${item.index} ${picture.n}`;
    if (place.dataset.shown === which) return;
    place.dataset.shown = which;
    place.dataset.n = picture.n;
    const name = dom.make("h2", "", { class: "name" });
    name.append(dom.make("span", side.toUpperCase(), { class: "letter" }), " ", dom.make("bdi"));
    dom.tell(name, picture.name, picture.path);
    const folder = dom.make("p", "", { class: "folder" });
    folder.append(dom.make("bdi"));
    dom.tell(folder, book.short(picture.folder), picture.folder);
    const points = dom.make("p", picture.points.filter(Boolean).map(words.visible).join("  ·  "), { class: "points" });
    const line = dom.make("p", "", { class: "fine" });
    line.append(dom.make("span", "", { class: "quality" }));
    if (picture.url) {
      const link = dom.make("a", "Open original", { target: "_blank", rel: "noopener noreferrer" });
      link.href = picture.url;
      line.append(" ", link);
    }
    place.replaceChildren(name, folder, points, line, dom.make("div", "", { class: "choice" }));
  }

  function fillStrip() {
    const strip = dom.byId("strip");
    strip.hidden = pictures.length < 3;
    strip.replaceChildren(...pictures.map((picture, place) => {
      const button = dom.make("button", "", { type: "button", "data-place": place, "aria-label": `Hold ${words.visible(picture.name)} against A` });
      button.append(dom.preview(about.previews, picture.preview, "–"), dom.make("span", "", { class: "mark" }));
      const entry = dom.make("li");
      entry.append(button);
      return entry;
    }));
  }

  /** Bring the view up to date after a decision, a flip or another mode. */
  function refresh() {
    const box = dom.byId("compare");
    if (!item) return;
    pictures = book.pictures(item).shown;
    for (const side of ["a", "b"]) fillChoices(side, pictures[chosen[side]]);
    box.dataset.front = stage.mode === "flip" ? stage.front : "";
    for (const button of box.querySelectorAll("[data-mode]")) {
      if (button.tagName === "BUTTON") button.setAttribute("aria-pressed", button.dataset.mode === stage.mode);
    }
    box.querySelector(".wipe").hidden = stage.mode !== "wipe";
    for (const side of ["a", "b"]) box.querySelector(`.tag-${side}`).textContent = `${side.toUpperCase()}  ${words.visible(pictures[chosen[side]].name)}`;
    for (const button of box.querySelectorAll("#strip button")) {
      const place = Number(button.dataset.place);
      button.dataset.side = place === chosen.a ? "A" : place === chosen.b ? "B" : "";
      button.setAttribute("aria-pressed", place === chosen.b);
      button.dataset.action = pictures[place].mark;
    }
  }

  function fillChoices(side, picture) {
    const place = dom.byId("compare").querySelector(`[data-side="${side}"] .choice`);
    const wanted = book.choices(item, picture.n);
    if (place.childElementCount !== wanted.length) {
      place.replaceChildren(...wanted.map(({ verb, text }) => {
        const button = dom.make("button", text, { type: "button", "data-verb": verb });
        button.setAttribute("aria-label", `${text} ${words.visible(picture.name)}`);
        return button;
      }));
    }
    wanted.forEach(({ pressed }, n) => place.children[n].setAttribute("aria-pressed", pressed));
  }

  function clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.mode) stage.hold(button.dataset.mode);
    else if (button.dataset.place) hold(Number(button.dataset.place));
    else if (button.dataset.verb) act(item, button.dataset.verb, Number(button.closest("[data-side]").dataset.n));
  }

  /** Hold the picture at this place of the strip against A. */
  function hold(place) {
    if (!pictures[place]) return;
    if (place === chosen.a) return stage.flip("a");
    chosen.b = place;
    lay();
    stage.flip("b");
    dom.say(`B is ${words.visible(pictures[place].name)}`);
  }

  /** Hold the next picture, or the one before, against A. */
  function step(by) {
    let place = chosen.b;
    do place = (place + by + pictures.length) % pictures.length;
    while (place === chosen.a && pictures.length > 1);
    hold(place);
  }

  /** A becomes B and B becomes A. */
  function swap() {
    chosen = { a: chosen.b, b: chosen.a };
    lay();
  }

  return {
    open, show, refresh, step, swap,
    number: (n) => hold(pictures.findIndex((picture) => picture.n === n)),
    get item() { return item; },
    get n() { return pictures[chosen[stage.front]].n >= 0 ? pictures[chosen[stage.front]].n : pictures[chosen.b].n; },
  };
})();
