// @ts-check
/* Duplicate groups: what is known, what was decided, and the one law: a file of every group stays. */
/** @type {GroupsBook} */
const book = (() => {
  "use strict";
  const KINDS = {
    identical: "Identical files",
    picture: "Same picture",
    similar: "Similar",
    burst: "Burst",
  };
  const STATUSES = {
    open: "To decide",
    proposed: "As proposed",
    changed: "Decided by you",
    ignored: "Not duplicates",
  };
  /** @type {Record<string, string>} */
  const LETTER = { keep: "k", remove: "r", "": "-" };
  /** @type {Record<string, string>} */
  const ACTION = { k: "keep", r: "remove", "-": "" };
  const LAST = "This one has to stay: a file of every group is kept.";
  /** @type {Group[]} */
  let items = [];

  /** Take in what the report says. @param {About} facts @returns {Group[]} */
  function read(facts, raw) {
    report.open(facts);
    items = raw.map((group, index) => {
      const files = group.files.map((file, n) => readFile(file, n));
      const told = files.map((file) => report.cell(file.row, "action"));
      const actions = told.map((action) => (action === "ignore" ? "" : action));
      const ignored = told.every((action) => action === "ignore");
      return {
        index, files, actions, ignored,
        label: report.cell(files[0].row, "group"), kind: report.cell(files[0].row, "kind"), gain: group.gain,
        start: { actions: [...actions], ignored }, earlier: files.some((file) => report.cell(file.row, "decided")),
        text: words.plain(files.map((file) => [file.path, file.camera, file.reason, file.date].join(" ")).join("\n")),
      };
    });
    report.below(items.flatMap((item) => folders(item)));
    report.searched(items.flatMap((item) => item.files.map((file) => file.location)));
    return items;
  }

  function readFile(file, n) {
    const cell = (name) => report.cell(file.row, name);
    return {
      ...file, n, ...report.split(file.path),
      size: Number(cell("size")) || 0, width: cell("width"), height: cell("height"), date: cell("capture_date"),
      camera: cell("camera"), reason: cell("reason"), similarity: cell("similarity"), location: cell("location"),
    };
  }

  const folders = (item) => item.files.map((file) => file.folder);

  const status = (item) => {
    if (item.ignored) return "ignored";
    if (item.actions.includes("")) return "open";
    return !item.earlier && item.actions.every((action, n) => action === item.start.actions[n]) ? "proposed" : "changed";
  };

  /** What was decided, as a short text: "i" for not duplicates, else a letter for each file. */
  const code = ({ actions, ignored }) => (ignored ? "i" : actions.map((action) => LETTER[action] ?? "-").join(""));
  const stays = (item, n) => item.actions[n] !== "remove" && !item.files[n].away;

  /** True when the file is the only one that would be left on a drive that is there. */
  const isLast = (item, n) => stays(item, n) && item.files.every((_, other) => other === n || !stays(item, other));

  /** Decide, in words for a person: {said} when done, {refused} when the law forbids it. */
  function decide(item, verb, n) {
    const file = item.files[n];
    const name = file ? words.visible(file.name) : "";
    if (verb === "ignore") {
      item.ignored = !item.ignored;
      return { said: item.ignored ? `Group ${item.label}: not duplicates, nothing is removed.` : `Group ${item.label}: duplicates again.` };
    }
    if (verb === "reset") {
      restore(item, code(item.start));
      return { said: `Group ${item.label}: as proposed.` };
    }
    if (verb === "all") {
      item.ignored = false;
      item.actions.fill("keep");
      return { said: `Group ${item.label}: all files are kept.` };
    }
    if (!file) return { refused: `There is no such file in group ${item.label}.` };
    if (verb === "keep") item.actions[n] = "keep";
    else if (verb === "only") {
      if (file.away) return { refused: "Its drive is not connected: another copy has to stay." };
      item.actions = item.files.map((other) => (other.n === n || other.away ? "keep" : "remove"));
    } else if (verb === "remove") {
      if (file.away) return { refused: "Its drive is not connected: it cannot be removed now." };
      if (isLast(item, n)) return { refused: LAST };
      item.actions[n] = "remove";
      item.actions = item.actions.map((action) => action || "keep");
    }
    item.ignored = false;
    const kept = item.actions.filter((action) => action === "keep").length;
    return { said: verb === "only" ? `Only ${name} is kept.` : `${name}: ${item.actions[n]}. ${kept} of ${item.files.length} kept.` };
  }

  /** The number of the best file that may stay: the report has them in order. @param {Group} item */
  const best = (item) => item.files.findIndex((_, n) => stays(item, n));

  /**
   * Decide what is open in a group: the files that `wanted` names are kept, and the others go. What was decided stays so, and a group
   * in which nothing would be left stays open.
   * @param {Group} item @param {(file: GroupFile) => boolean} wanted
   */
  function complete(item, wanted) {
    if (item.ignored) return;
    const actions = item.files.map((file, n) => item.actions[n] || (file.away || file.reference || wanted(file) ? "keep" : "remove"));
    if (item.files.some((file, n) => actions[n] === "keep" && !file.away)) item.actions = actions;
  }

  /** Bring back what `code` wrote; a code that does not fit, or that would leave nothing, changes nothing. */
  function restore(item, text) {
    if (text === "i") item.ignored = true;
    if (typeof text !== "string" || text.length !== item.files.length || /[^kr-]/.test(text)) return;
    const actions = [...text].map((letter) => ACTION[letter]);
    if (!item.files.some((file, n) => actions[n] !== "remove" && !file.away)) return;
    item.actions = actions;
    item.ignored = false;
  }

  /** The rows of the report with the decisions in them. */
  function* rows() {
    for (const item of items) {
      for (const file of item.files) {
        const row = [...file.row];
        report.put(row, "action", item.ignored ? "ignore" : item.actions[file.n]);
        yield row;
      }
    }
  }

  /** What all decisions amount to: {text, done} with done from 0 to 1. */
  function sums() {
    let files = 0, bytes = 0, open = 0;
    for (const item of items) {
      if (item.ignored) continue;
      open += Number(item.actions.includes(""));
      for (const file of item.files) {
        if (item.actions[file.n] !== "remove") continue;
        files += 1;
        bytes += file.size;
      }
    }
    const left = open ? `${words.count(open, "group")} to decide` : "every group is decided";
    const text = [["Removes", words.count(files, "file")], ["frees", words.size(bytes)], ["", left]];
    return { text, done: items.length ? 1 - open / items.length : 1 };
  }

  const least = (numbers) => numbers.reduce((a, b) => Math.min(a, b), Infinity);
  /** @type {GroupsBook["sorts"]} */
  const sorts = {
    gain: ["Largest gain", (a, b) => b.gain - a.gain],
    name: ["Folder and name", (a, b) => (a.files[0].path < b.files[0].path ? -1 : 1)],
    date: ["Capture date", (a, b) => (a.files[0].date || "9").localeCompare(b.files[0].date || "9")],
    files: ["Most files", (a, b) => b.files.length - a.files.length],
    alike: ["Least alike", (a, b) => least(a.files.map(likeness)) - least(b.files.map(likeness))],
  };
  const likeness = (file) => (file.similarity === "" ? Infinity : Number.parseFloat(file.similarity));

  /** Whole percent, rounded down: 100 % is said of nothing less. @param {number} share */
  const alike = (share) => (Number.isFinite(share) ? `${Math.floor(share * 100 + 1e-6)} % alike` : "");

  /** What the compare view shows of a group. */
  function pictures(item) {
    const kept = Math.max(item.actions.indexOf("keep"), 0);
    return { fixed: kept, shown: item.files.map((file) => ({ ...file, points: points(file), mark: mark(item, file.n) })) };
  }

  const mark = (item, n) => (item.ignored ? "" : item.actions[n]);
  const points = (file) => [
    file.width && file.height ? `${file.width} × ${file.height}` : "",
    words.size(file.size), file.date, file.camera, file.similarity && alike(likeness(file)),
  ];

  /** What can be decided on one picture of the compare view. */
  const choices = (item, n) => [
    { verb: "keep", text: "Keep", pressed: mark(item, n) === "keep" },
    { verb: "remove", text: "Remove", pressed: mark(item, n) === "remove" },
  ];

  /** @type {Key[]} */
  const keys = [
    { keys: ["k"], verb: "keep", text: "Keep this file" },
    { keys: ["r", "Delete"], verb: "remove", text: "Remove this file" },
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], verb: "only", text: "Keep only the first, second, … file of the group", numbered: true },
    { keys: ["a"], verb: "all", text: "Keep all files of the group" },
    { keys: ["n"], verb: "ignore", text: "Not duplicates" },
    { keys: ["Backspace"], verb: "reset", text: "Back to what was proposed" },
  ];

  return {
    read, decide, code, restore, best, complete, rows, sums, status, isLast, pictures, choices, points, sorts, keys,
    kinds: KINDS, statuses: STATUSES, kindLabel: "Kind", one: "group", open: (item) => status(item) === "open",
    kind: (item) => item.kind, folders, short: report.short, branch: report.branch, branchName: report.branchName,
    title: (item) => `Group ${item.label}`,
    overview: () => {
      const gain = items.reduce((sum, item) => sum + item.gain, 0);
      return `${words.count(items.length, "group")}, ${words.count(items.reduce((sum, item) => sum + item.files.length, 0), "file")}. `
        + `Up to ${words.size(gain)} could be freed.${report.common}`;
    },
  };
})();
