// @ts-check
/* Words and figures for people: sizes, counts, and names made harmless to read. */
const words = (() => {
  "use strict";
  const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu;
  const BY_NAME = {
    0x0a: "⏎", 0x0d: "␍", 0x09: "⇥", 0x7f: "␡", 0x2028: "⏎", 0x2029: "⏎",
    0x202a: "⟨LRE⟩", 0x202b: "⟨RLE⟩", 0x202c: "⟨PDF⟩", 0x202d: "⟨LRO⟩", 0x202e: "⟨RLO⟩",
    0x2066: "⟨LRI⟩", 0x2067: "⟨RLI⟩", 0x2068: "⟨FSI⟩", 0x2069: "⟨PDI⟩",
  };
  const grouped = new Intl.NumberFormat("en");

  /** The text with every sign that would hide, break a line or turn the writing around replaced by one that is seen. */
  function visible(text) {
    return String(text ?? "").replace(UNSEEN, (sign) => {
      const code = sign.codePointAt(0);
      if (BY_NAME[code]) return BY_NAME[code];
      if (code < 0x20) return String.fromCodePoint(0x2400 + code);
      if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16).toUpperCase()}`;
      return "\ufffd";
    });
  }

  /** A number of bytes as people say it: "3.4 MB". */
  function size(bytes) {
    let value = Number(bytes) || 0;
    if (value < 1000) return `${value} B`;
    for (const unit of ["kB", "MB", "GB", "TB"]) {
      value /= 1000;
      if (value < 999.5 || unit === "TB") return `${value < 9.95 ? value.toFixed(1) : grouped.format(Math.round(value))} ${unit}`;
    }
    return "";
  }

  /** "1 file", "1,203 files". */
  function count(number, one, many = `${one}s`) {
    return `${grouped.format(number)} ${number === 1 ? one : many}`;
  }

  /** The folder and the name of a path, by the separators of the system that wrote it. */
  function split(path, separators) {
    let end = path.length - 1;
    while (end >= 0 && !separators.includes(path[end])) end -= 1;
    return { folder: path.slice(0, Math.max(end, 0)) || path.slice(0, end + 1), name: path.slice(end + 1) };
  }

  /** The end of a long folder, where folders differ, cut at a separator. */
  function ending(folder, separators, longest = 64) {
    if (folder.length <= longest) return folder;
    let start = folder.length - longest;
    while (start < folder.length && !separators.includes(folder[start])) start += 1;
    return `…${folder.slice(start < folder.length ? start : folder.length - longest)}`;
  }

  /** What stands in front of the folder that all of these lie in, with its separator; empty when they have none in common. */
  function above(folders, separators) {
    let shared = folders[0] ?? "";
    for (const folder of folders) {
      while (shared && folder !== shared && !(folder.startsWith(shared) && separators.includes(folder[shared.length]))) {
        const parent = split(shared, separators).folder;
        shared = parent === shared ? "" : parent;
      }
    }
    const front = split(shared, separators).folder;
    return front && front !== shared && !separators.includes(front.at(-1)) ? `${front}${separators[0]}` : front;
  }

  /** Text in the one form that searches compare. */
  function plain(text) {
    return visible(text).normalize("NFKC").toLowerCase();
  }

  return { visible, size, count, split, ending, above, plain };
})();
