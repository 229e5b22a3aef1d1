// @ts-check
/* The keyboard: one table, from which the help is made as well. */
const keys = (() => {
  "use strict";
  const SHOWN = {
    ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", " ": "Space", Backspace: "⌫", Delete: "Del", Escape: "Esc",
  };
  let page, view;
  const byKey = (table) => Object.fromEntries(table.flatMap((entry) => entry.keys.map((key, n) => [key, { ...entry, n }])));

  /** Begin to listen. `does` holds what keys can call: act, undo, save, look. */
  function open(does) {
    const one = book.one;
    const pageTable = [
      { keys: ["ArrowDown", "j"], text: `Next ${one}`, run: () => deck.go(deck.next(1)) },
      { keys: ["ArrowUp"], text: `Previous ${one}`, run: () => deck.go(deck.next(-1)) },
      { keys: ["ArrowLeft"], text: "Picture to the left", run: () => deck.beside(-1) },
      { keys: ["ArrowRight"], text: "Picture to the right", run: () => deck.beside(1) },
      { keys: ["o"], text: `On to the next ${one} that is open`, run: () => deck.go(deck.next(1, book.open)) },
      ...book.keys.map((entry) => ({ ...entry, run: (key) => decide(does, entry, key) })),
      { keys: ["c"], text: "Compare: hold pictures over each other", run: () => does.look(deck.current()) },
      { keys: ["u"], text: "Undo the last decision", run: does.undo },
      { keys: ["/"], text: "Search", run: search },
      { keys: ["s"], text: "Save decisions", run: does.save },
      { keys: ["?"], text: "This help", run: help },
    ];
    const viewTable = [
      { keys: [" ", "f"], text: "Flip between A and B", run: () => stage.flip() },
      { keys: ["ArrowRight"], text: "Next picture against A (or move, when zoomed in)", run: () => (stage.zoomed ? stage.pan(-80, 0) : compare.step(1)) },
      { keys: ["ArrowLeft"], text: "Previous picture against A", run: () => (stage.zoomed ? stage.pan(80, 0) : compare.step(-1)) },
      { keys: ["ArrowDown"], text: `Next ${one}`, run: () => (stage.zoomed ? stage.pan(0, -80) : onward(does, 1)) },
      { keys: ["ArrowUp"], text: `Previous ${one}`, run: () => (stage.zoomed ? stage.pan(0, 80) : onward(does, -1)) },
      { keys: ["+", "="], text: "Zoom in", run: () => stage.zoom(1.5) },
      { keys: ["-"], text: "Zoom out", run: () => stage.zoom(1 / 1.5) },
      { keys: ["0"], text: "Whole pictures", run: () => stage.fit() },
      { keys: ["w"], text: "Wipe with a slider", run: () => stage.hold("wipe") },
      { keys: ["b"], text: "Side by side", run: () => stage.hold("beside") },
      { keys: ["d"], text: "Difference: black where they are equal", run: () => stage.hold("difference") },
      { keys: ["v"], text: "Swap A and B", run: () => compare.swap() },
      ...book.keys.filter((entry) => !entry.numbered).map((entry) => (
        { ...entry, known: true, run: () => does.act(compare.item, entry.viewed ?? entry.verb, compare.n) }
      )),
      { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], text: "Hold the first, second, … picture against A", run: (key) => compare.number(Number(key) - 1) },
      { keys: ["u"], text: "Undo the last decision", run: does.undo, known: true },
      { keys: ["?"], text: "This help", run: help, known: true },
      { keys: ["Escape"], text: "Back to the list" },
    ];
    [page, view] = [byKey(pageTable), byKey(viewTable)];
    dom.byId("help-keys").replaceChildren(section("In the list", pageTable), section("In the compare view, beside the keys that decide", viewTable));
    document.addEventListener("keydown", pressed);
    dom.byId("help-open").addEventListener("click", help);
    const letters = dom.byId("letters");
    letters.checked = memory.setting("letters") !== "off";
    letters.addEventListener("change", () => memory.setting("letters", letters.checked ? "on" : "off"));
  }

  function section(title, table) {
    const box = dom.make("section");
    const list = dom.make("dl");
    for (const { keys: names, text } of table.filter((entry) => !entry.known)) {
      const term = dom.make("dt");
      const shown = names.length > 3 ? [names[0], "…", names.at(-1)] : names;
      term.append(...shown.map((name) => (name === "…" ? dom.make("span", "…") : dom.make("kbd", SHOWN[name] ?? name.toUpperCase()))));
      list.append(term, dom.make("dd", text));
    }
    box.append(dom.make("h3", title), list);
    return box;
  }

  function decide(does, entry, key) {
    const { item, n } = deck.current();
    if (!item) return deck.go(deck.next(1));
    does.act(item, entry.verb, entry.numbered ? Number(key) - 1 : n ?? 0);
    if (entry.onward) deck.go(deck.next(1, book.open) ?? deck.next(1));
  }

  /** The next item in the compare view; the list follows. */
  function onward(does, by) {
    dom.byId("compare").close();
    const item = deck.next(by);
    if (!item) return does.look(deck.current());
    deck.go(item);
    does.look({ item });
  }

  function search() {
    dom.byId("filters").open = true;
    dom.byId("text").focus();
  }

  function help() {
    if (!dom.byId("help").open) dom.byId("help").showModal();
  }

  function pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (["help", "saved", "patterns"].some((id) => dom.byId(/** @type {"help"} */ (id)).open) && !dom.byId("compare").open) return;
    const target = event.target;
    const typing = target.closest("select, textarea, input:not([type=checkbox])");
    if (typing) {
      if (event.key === "Escape" && target.id === "text") dom.byId("deck").focus();
      return;
    }
    const inView = dom.byId("compare").open;
    if (event.key === " " && target.closest("button, a, summary")) return;
    const entry = (inView ? view : page)[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!entry?.run) return;
    if (event.key.length === 1 && event.key !== " " && event.key !== "?" && !dom.byId("letters").checked) return;
    event.preventDefault();
    entry.run(event.key);
  }

  return { open };
})();
