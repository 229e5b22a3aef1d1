// @ts-check
/* Put the page together: read the report, bring back what was decided, and carry out every decision in one place. */
const main = (() => {
  "use strict";
  const part = (id) => JSON.parse(dom.byId(id).textContent);
  const about = part("about");
  book.items = book.read(about, part("items"));
  const original = new Map(book.items.map((item) => [item, book.code(item)]));
  const history = [];
  let choices = {}; // what differs from the report, by the number of the item: what is remembered
  let remembered = true;
  let unsaved = false;

  /** Decide, keep it, and show it. */
  function act(item, verb, n) {
    if (verb === "look") return look({ item, n });
    const before = book.code(item);
    const { said, refused } = book.decide(item, verb, n);
    if (refused) return dom.say(refused, true);
    if (book.code(item) !== before) history.push([{ item, before }]);
    settle([item]);
    dom.say(said);
  }

  /** Decide on many items at once, which one undo takes back; `said` is what is true of each that changed. */
  function bulk(items, change, said) {
    const steps = [];
    for (const item of items) {
      const before = book.code(item);
      change(item);
      if (book.code(item) !== before) steps.push({ item, before });
    }
    if (!steps.length) return dom.say("Nothing is open there.", true);
    history.push(steps);
    settle(steps.map(({ item }) => item));
    dom.say(`${words.count(steps.length, book.one)}: ${said}. Undo takes it back in one step.`, true);
  }

  function undo() {
    const steps = history.pop();
    if (!steps) return dom.say("Nothing to undo.", true);
    for (const { item, before } of steps) book.restore(item, before);
    settle(steps.map(({ item }) => item));
    const [{ item }] = steps;
    dom.say(`Undone: ${steps.length > 1 ? words.count(steps.length, book.one) : words.visible(book.title(item))}.`, true);
    if (!document.querySelector("dialog[open]")) deck.go(item);
  }

  /** What follows from every change of items. */
  function settle(items) {
    unsaved = true;
    keep(items);
    for (const item of items) deck.refresh(item);
    compare.refresh();
    sums();
  }

  function keep(items) {
    for (const item of items) {
      const code = book.code(item);
      if (code === original.get(item)) delete choices[item.index];
      else choices[item.index] = code;
    }
    remembered = memory.save(choices);
    if (!remembered) trouble("Your browser does not remember decisions for this page: save them before you close it.");
  }

  function bringBack() {
    choices = memory.load();
    for (const item of book.items) book.restore(item, choices[item.index] ?? original.get(item));
  }

  function sums() {
    const { text, done } = book.sums();
    dom.byId("sums").replaceChildren(...text.flatMap(([before, figure]) => {
      const place = dom.make("span");
      if (before) place.append(`${before} `);
      place.append(dom.make("strong", figure));
      return [place];
    }));
    dom.byId("progress").value = done;
    dom.byId("undo").disabled = !history.length;
    filters.tally();
  }

  function look({ item, n }) {
    if (!item) return deck.go(deck.next(1));
    compare.show(item, n);
  }

  function save() {
    const name = `${about.file}-decided-${sheet.stamp()}.csv`;
    sheet.download(sheet.blob(about.columns, book.rows()), name);
    unsaved = false;
    dom.byId("saved-name").textContent = name;
    dom.byId("saved-sums").textContent = `${book.sums().text.map((pair) => pair.join(" ").trim()).join(", ")}.`;
    dom.byId("saved-command").textContent = about.command.replaceAll("{csv}", name);
    if (!dom.byId("saved").open) dom.byId("saved").showModal();
  }

  async function copy() {
    const code = dom.byId("saved-command");
    getSelection().selectAllChildren(code);
    try {
      await navigator.clipboard.writeText(code.textContent);
      dom.say("The command is copied.", true);
    } catch {
      dom.say("The command is selected: copy it with Ctrl+C.", true);
    }
  }

  function trouble(text) {
    dom.byId("trouble").textContent = text;
    dom.byId("trouble").hidden = false;
  }

  memory.open(part("identity"), () => {
    bringBack();
    for (const item of book.items) deck.refresh(item);
    sums();
  });
  bringBack();
  dom.byId("overview").textContent = book.overview();
  filters.open(book.items, about, () => deck.show(filters.chosen()));
  deck.open(book.items, about);
  compare.open(about, act);
  keys.open({ act, undo, save, look });
  deck.show(filters.chosen());
  sums();
  dom.byId("deck").addEventListener("click", (event) => {
    const button = event.target.closest("[data-verb]");
    if (!button) return;
    const n = button.closest("[data-n]")?.dataset.n;
    act(book.items[button.closest(".card").dataset.index], button.dataset.verb, n === undefined ? undefined : Number(n));
  });
  dom.byId("undo").addEventListener("click", undo);
  dom.byId("save").addEventListener("click", save);
  dom.byId("copy").addEventListener("click", copy);
  addEventListener("beforeunload", (event) => { if (unsaved && !remembered) event.preventDefault(); });

  return { about, bulk, undo, canUndo: () => history.length > 0 };
})();
