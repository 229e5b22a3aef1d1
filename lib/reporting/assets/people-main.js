// @ts-check
/* Put the page of faces together: boxes on the left, the faces of one, and one place where every decision is carried out. */
(() => {
  "use strict";
  const SHOWN = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", " ": "Space", Enter: "Enter" };
  const part = (id) => JSON.parse(dom.byId(id).textContent);
  const about = part("about");
  const history = [];
  let boxes = [], current = "", unsaved = false, remembered = true, buttons = new Map();

  /** Carry decisions out: [verb, face, value] each, as one step that undo takes back. */
  function decide(steps, said, then = current) {
    const before = steps.map(([, face]) => [face, book.code(face)]);
    for (const [verb, face, value] of steps) book.apply(verb, face, value);
    history.push({ before });
    current = then;
    settle(said);
  }

  function tellPhoto(where, name, verdict) {
    history.push({ where, name, verdict: book.told(where, name) });
    book.tell(where, name, verdict);
    settle(verdict === "is" ? `${words.visible(name)} is in this photo.` : `${words.visible(name)} is not in this photo.`);
  }

  function undo() {
    const last = history.pop();
    if (!last) return dom.say("Nothing to undo.", true);
    if (last.before) for (const [face, code] of last.before) book.restore(face, code);
    else book.tell(last.where, last.name, last.verdict);
    settle("Undone.");
  }

  /** What follows from every change. */
  function settle(said) {
    unsaved = true;
    keep();
    refresh();
    if (said) dom.say(said, true);
  }

  function keep() {
    const faces = {};
    for (const face of book.faces) {
      const code = book.code(face);
      if (code) faces[face.index] = code;
    }
    remembered = memory.save({ faces, here: book.hereCode() });
    if (!remembered) trouble("Your browser does not remember decisions for this page: save them before you close it.");
  }

  function bringBack() {
    const kept = memory.load();
    for (const face of book.faces) book.restore(face, kept.faces?.[face.index]);
    book.hereRestore(kept.here);
  }

  function trouble(text) {
    dom.byId("trouble").textContent = text;
    dom.byId("trouble").hidden = false;
  }

  const box = () => boxes.find((one) => one.key === current);

  /** Bring everything on the page to what is decided. The box that was shown stays, or the next one takes its turn. */
  function refresh() {
    const place = boxes.findIndex((one) => one.key === current);
    boxes = book.boxes();
    const kept = boxes.some((one) => one.key === current);
    if (!kept) current = (boxes[Math.min(Math.max(place, 0), boxes.length - 1)] ?? {}).key ?? "";
    list();
    grid.show(box()?.faces ?? [], { keep: kept });
    head();
    const { text, done } = book.sums();
    dom.byId("sums").replaceChildren(...text.map(([, figure]) => dom.make("strong", figure)));
    dom.byId("progress").value = done;
    dom.byId("undo").disabled = !history.length;
  }

  function list() {
    const wanted = words.plain(dom.byId("text").value);
    const shown = boxes.filter((one) => !wanted || words.plain(one.title).includes(wanted));
    const scrolled = dom.byId("boxes").scrollTop;
    buttons = new Map();
    const parts = [];
    for (const kind of Object.keys(book.kinds)) {
      const some = shown.filter((one) => one.kind === kind);
      if (some.length) parts.push(dom.make("h2", book.kinds[kind]), ...some.map(button));
    }
    dom.byId("boxes").replaceChildren(...(parts.length ? parts : [dom.make("p", "No such name.", { class: "nothing" })]));
    dom.byId("boxes").scrollTop = scrolled;
  }

  function button(one) {
    const made = dom.make("button", "", { type: "button", class: "box", "data-key": one.key, "aria-current": one.key === current });
    const picture = dom.preview(about.previews, one.faces.at(-1).preview, "");
    picture.setAttribute("loading", "lazy");
    made.append(picture, dom.make("span", words.visible(one.title), { class: "box-name" }));
    if (one.open && one.kind === "person") made.append(dom.make("span", `${one.open}?`, { class: "box-open", title: "to look at" }));
    made.append(dom.make("span", String(one.faces.length), { class: "box-count" }));
    buttons.set(one.key, made);
    return made;
  }

  function head() {
    const shown = box();
    dom.byId("box-title").textContent = shown ? words.visible(shown.title) : "Nobody is here yet";
    const count = {};
    for (const face of shown?.faces ?? []) count[face.status] = (count[face.status] ?? 0) + 1;
    dom.byId("box-facts").textContent = Object.entries(count).map(([status, number]) => `${number} ${status}`).join(", ");
    const quick = book.names().filter((name) => `p:${name}` !== current).slice(0, 9);
    dom.byId("quick").replaceChildren(...quick.map((name, n) => {
      const place = dom.make("li");
      const made = dom.make("button", "", { type: "button", "data-name": name });
      made.append(dom.make("kbd", String(n + 1)), ` ${words.visible(name)}`);
      place.append(made);
      return place;
    }));
    scope();
  }

  /** Say what the next key or button will be done to. */
  function scope() {
    const chosen = grid.chosen.length;
    const shown = box();
    const goes = shown && shown.kind !== "rest" ? actions.certain(shown).length : 0;
    const all = !goes ? "the face you stand on" : goes === shown.faces.length ? `all ${goes}` : `the ${goes} that are not only maybe; choose others`;
    dom.byId("scope").textContent = actions.merging ? `Merging: go to another group or person, and press M there (or here, to leave it).`
      : shown ? `Goes for ${chosen ? `${words.count(chosen, "chosen face")}` : all}.` : "";
    for (const made of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(".tools-of-box [data-verb]"))) made.disabled = !shown || !allowed(made.dataset.verb, shown);
  }

  function allowed(verb, shown) {
    if (verb === "confirm" || verb === "not") return shown.kind === "person";
    if (verb === "split" || verb === "merge") return shown.kind !== "rest";
    return true;
  }

  /** Go to a box. */
  function go(key) {
    if (!boxes.some((one) => one.key === key)) return;
    buttons.get(current)?.setAttribute("aria-current", "false");
    current = key;
    buttons.get(key)?.setAttribute("aria-current", "true");
    buttons.get(key)?.scrollIntoView({ block: "nearest" });
    grid.show(box().faces);
    head();
  }

  /** Let keys go for the faces again: on a button, Space and Enter would press that. */
  function stand() {
    dom.byId("grid").focus({ preventScroll: true });
  }

  function step(by, wanted = (_box) => true) {
    const place = boxes.findIndex((one) => one.key === current);
    for (let n = 1; n <= boxes.length; n += 1) {
      const candidate = boxes[(place + by * n + boxes.length * n) % boxes.length];
      if (wanted(candidate)) return go(candidate.key);
    }
    dom.say("Nothing is left to look at.", true);
  }

  const TABLE = [
    { keys: ["j"], text: "Next person or group", run: () => step(1) },
    { keys: ["k"], text: "Previous person or group", run: () => step(-1) },
    { keys: ["o"], text: "On to the next that is open", run: () => step(1, (one) => one.open > 0) },
    { keys: ["ArrowLeft"], text: "Face to the left", run: () => grid.move(-1, 0) },
    { keys: ["ArrowRight"], text: "Face to the right", run: () => grid.move(1, 0) },
    { keys: ["ArrowUp"], text: "Row above", run: () => grid.move(0, -1) },
    { keys: ["ArrowDown"], text: "Row below", run: () => grid.move(0, 1) },
    { keys: [" "], text: "Choose this face, or leave it", run: () => grid.select() },
    { keys: ["a"], text: "Choose all, or none", run: () => grid.selectAll() },
    { keys: ["Enter"], text: "Give a name (Enter again when it is typed)", run: () => dom.byId("name").focus() },
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], text: "Give the name with this number", run: (key) => dom.byId("quick").querySelectorAll("button")[Number(key) - 1]?.click() },
    { keys: ["y"], text: "Confirm", run: actions.verbs.confirm },
    { keys: ["n"], text: "Not this person: the chosen faces, or the one you stand on", run: actions.verbs.not },
    { keys: ["t"], text: "Stranger, never ask", run: actions.verbs.stranger },
    { keys: ["x"], text: "Take out of the group", run: actions.verbs.out },
    { keys: ["p"], text: "Split: the chosen faces, or where the group divides", run: actions.verbs.split },
    { keys: ["m"], text: "Merge: press it in both groups", run: actions.verbs.merge },
    { keys: ["Backspace"], text: "Back to what was found", run: actions.verbs.reset },
    { keys: ["v"], text: "View the whole photo; say who is there without a face", run: () => photo.show(grid.current) },
    { keys: ["u"], text: "Undo", run: undo },
    { keys: ["/"], text: "Search names", run: () => dom.byId("text").focus() },
    { keys: ["s"], text: "Save decisions", run: save },
    { keys: ["?"], text: "This help", run: help },
  ];
  const BY_KEY = Object.fromEntries(TABLE.flatMap((entry) => entry.keys.map((key) => [key, entry])));

  function pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox])")) {
      if (event.key === "Escape") stand();
      return;
    }
    if ((event.key === " " || event.key === "Enter") && event.target.closest("button, a")) return;
    const entry = BY_KEY[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!entry) return;
    if (event.key.length === 1 && event.key !== " " && event.key !== "?" && !dom.byId("letters").checked) return;
    event.preventDefault();
    entry.run(event.key);
  }

  function help() {
    if (!dom.byId("help").open) dom.byId("help").showModal();
  }

  function fillHelp() {
    const terms = dom.make("dl");
    for (const { keys, text } of TABLE) {
      const term = dom.make("dt");
      const shown = keys.length > 2 ? [keys[0], "…", keys.at(-1)] : keys;
      term.append(...shown.map((name) => (name === "…" ? dom.make("span", "…") : dom.make("kbd", SHOWN[name] ?? (name === "Backspace" ? "⌫" : name.toUpperCase())))));
      terms.append(term, dom.make("dd", text));
    }
    dom.byId("help-keys").append(terms);
    const letters = dom.byId("letters");
    letters.checked = memory.setting("letters") !== "off";
    letters.addEventListener("change", () => memory.setting("letters", letters.checked ? "on" : "off"));
  }

  function save() {
    const rows = [...book.rows()];
    const name = `${about.file}-decided-${sheet.stamp()}.csv`;
    sheet.download(sheet.blob(about.columns, rows.map((row) => row.map(guard))), name);
    unsaved = false;
    dom.byId("saved-name").textContent = name;
    dom.byId("saved-sums").textContent = `${words.count(rows.length, "decision")}.`;
    dom.byId("saved-command").textContent = about.command.replaceAll("{csv}", name);
    if (!dom.byId("saved").open) dom.byId("saved").showModal();
  }

  /** As csv_tables.guard: no spreadsheet shall take a name for a formula. */
  const guard = (cell) => (/^[=+\-@\t\r']/.test(cell) && !/^[+-]\d[\d:.]*$/.test(cell) ? `'${cell}` : cell);

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

  book.read(part("items"));
  memory.open(part("identity"), () => { bringBack(); refresh(); });
  bringBack();
  actions.open({ decide, box, boxes: () => boxes, changed: scope });
  grid.open(about, { look: photo.show, changed: scope });
  photo.open(about, tellPhoto);
  completion.attach(dom.byId("name"));
  dom.byId("overview").textContent = book.overview();
  fillHelp();
  boxes = book.boxes();
  current = (boxes.find((one) => one.open) ?? boxes[0] ?? {}).key ?? "";
  refresh();
  dom.byId("boxes").addEventListener("click", (event) => { const made = event.target.closest(".box"); if (made) { go(made.dataset.key); stand(); } });
  dom.byId("text").addEventListener("input", list);
  dom.byId("naming").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = dom.byId("name");
    actions.give(field.value);
    field.value = "";
    stand();
  });
  dom.byId("quick").addEventListener("click", (event) => { const made = event.target.closest("button"); if (made) { actions.give(made.dataset.name); stand(); } });
  document.querySelector(".tools-of-box").addEventListener("click", (event) => {
    const verb = event.target.closest("[data-verb]")?.dataset.verb;
    if (!verb) return;
    actions.verbs[verb]();
    stand();
  });
  for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", stand);
  document.addEventListener("keydown", pressed);
  for (const [id, run] of Object.entries({ undo, save, copy, "help-open": help })) dom.byId(id).addEventListener("click", run);
  addEventListener("beforeunload", (event) => { if (unsaved && !remembered) event.preventDefault(); });
})();
