// @ts-check
/* Thumbnails and the photos behind them: what is known, and what was decided. */
/** @type {MatchesBook} */
const book = (() => {
  "use strict";
  const STATUSES = { review: "To look at", matched: "Matched", none: "No photo", yours: "Decided by you" };
  /** @type {Thumbnail[]} */
  let items = [];

  /** Take in what the report says. @param {About} facts @returns {Thumbnail[]} */
  function read(facts, raw) {
    report.open(facts);
    items = raw.map((match, index) => {
      const cell = (name) => report.cell(match.row, name);
      const candidates = (match.candidates ?? []).map((photo, n) => ({ ...photo, n, score: photo.score ?? "", ...report.split(photo.path) }));
      return {
        ...match, index, candidates, ...report.split(match.path),
        set: cell("set"), status: cell("status"), reason: cell("reason"), score: cell("score"),
        first: candidates.findIndex((photo) => photo.cell === cell("photo")),
        versions: cell("alternatives"), choice: "",
        text: words.plain([match.path, cell("set"), cell("reason"), ...candidates.map((photo) => photo.path)].join("\n")),
      };
    });
    report.below(items.flatMap((item) => folders(item)));
    return items;
  }

  /** The status as it stands now: matched, review or none. */
  const standing = (item) => (item.choice === "x" ? "none" : item.choice ? "matched" : item.status);

  /** The number of the photo that is taken now, -1 for none. */
  const taken = (item) => (item.choice === "x" ? -1 : item.choice ? Number(item.choice.slice(1)) : item.first);

  const folders = (item) => item.candidates.map((file) => file.folder);

  const status = (item) => (item.choice ? "yours" : item.status);
  const code = (item) => item.choice;

  /** Decide, in words for a person: {said} when done, {refused} when it cannot be. */
  function decide(item, verb, n) {
    const name = words.visible(item.name);
    if (verb === "reset") item.choice = "";
    else if (verb === "reject") item.choice = "x";
    else if (verb === "confirm" || verb === "take") {
      const wanted = verb === "take" ? n : taken(item);
      const photo = item.candidates[wanted];
      if (!photo) return { refused: item.candidates.length ? "Take one of the candidates first." : "There is no such photo to take." };
      item.choice = `t${wanted}`;
      return { said: `${name}: ${words.visible(photo.name)} is taken.${twin(item, photo)}` };
    }
    return { said: verb === "reject" ? `${name}: no photo.` : `${name}: as found.` };
  }

  /** A word of warning when another thumbnail of the set has the same photo. */
  function twin(item, photo) {
    const other = items.find((one) => one !== item && one.set === item.set && standing(one) === "matched" && one.candidates[taken(one)]?.cell === photo.cell);
    return other ? ` It is also behind ${words.visible(other.name)} of this set.` : "";
  }

  /** Bring back what `code` wrote; a code that does not fit changes nothing. */
  function restore(item, text) {
    if (text === "" || text === "x" || (/^t\d+$/.test(text) && item.candidates[Number(text.slice(1))])) item.choice = text;
  }

  /** The rows of the report with the decisions in them. */
  function* rows() {
    for (const item of items) {
      const row = [...item.row];
      const set = (name, value) => report.put(row, name, value);
      if (item.choice === "x") {
        set("status", "none");
        set("photo", "");
        set("score", "");
        set("reason", "rejected by hand");
      } else if (item.choice) {
        const photo = item.candidates[taken(item)];
        set("status", "matched");
        set("reason", taken(item) === item.first ? "confirmed by hand" : "chosen by hand");
        if (taken(item) !== item.first) {
          set("photo", photo.cell);
          set("score", photo.score);
          const before = item.candidates[item.first];
          set("runner_up", before ? before.cell : "");
          set("runner_up_score", before ? before.score : "");
        }
      }
      yield row;
    }
  }

  /** What all decisions amount to. */
  function sums() {
    const number = { matched: 0, review: 0, none: 0 };
    for (const item of items) number[standing(item)] += 1;
    return {
      text: [["", `${number.matched} matched`], ["", `${number.review} to look at`], ["", `${number.none} without a photo`]],
      done: items.length ? 1 - number.review / items.length : 1,
    };
  }

  const order = { review: 0, none: 1, matched: 2 };
  const number = (text) => (text === "" ? -1 : Number.parseFloat(text));
  /** @type {MatchesBook["sorts"]} */
  const sorts = {
    look: ["What needs a look", (a, b) => order[a.status] - order[b.status]],
    score: ["Lowest score", (a, b) => number(a.score) - number(b.score)],
    name: ["Set and name", (a, b) => (`${a.set}\n${a.name}` < `${b.set}\n${b.name}` ? -1 : 1)],
  };

  /** What the compare view shows: the thumbnail, held against each candidate. */
  function pictures(item) {
    const thumbnail = { ...item, n: -1, points: ["Thumbnail"], mark: "" };
    const photos = item.candidates.map((photo) => ({ ...photo, points: points(item, photo.n), mark: mark(item, photo.n) }));
    return { fixed: 0, shown: [thumbnail, ...photos], wanted: 1 + Math.max(taken(item), 0) };
  }

  const mark = (item, n) => (n === taken(item) && standing(item) === "matched" ? "keep" : "");
  const points = (item, n) => {
    const photo = item.candidates[n];
    return photo ? [photo.note ?? "", photo.score && `score ${photo.score}`] : [];
  };

  /** What can be decided on one picture of the compare view. */
  const choices = (item, n) => (n < 0
    ? [{ verb: "reject", text: "No photo", pressed: item.choice === "x" }]
    : [{ verb: "take", text: "Take this photo", pressed: mark(item, n) === "keep" }]);

  /** @type {Key[]} */
  const keys = [
    { keys: ["y", "k"], verb: "confirm", viewed: "take", text: "Confirm the photo, and on to the next", onward: true },
    { keys: ["x", "r", "Delete"], verb: "reject", text: "Reject: none of these, and on to the next", onward: true },
    { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], verb: "take", text: "Take the first, second, … candidate", numbered: true },
    { keys: ["Backspace"], verb: "reset", text: "Back to what was found" },
  ];

  return {
    read, decide, code, restore, rows, sums, status, standing, taken, pictures, choices, points, sorts, keys,
    get kinds() { return Object.fromEntries([...new Set(items.map((item) => item.set))].map((set) => [set, set])); },
    statuses: STATUSES, kindLabel: "Set", one: "thumbnail", open: (item) => standing(item) === "review",
    kind: (item) => item.set, folders, short: report.short,
    title: (item) => `${item.set}${item.set ? ": " : ""}${item.name}`,
    overview: () => `${words.count(items.length, "thumbnail")} in ${words.count(new Set(items.map((item) => item.set)).size, "set")}.${report.common}`,
  };
})();
