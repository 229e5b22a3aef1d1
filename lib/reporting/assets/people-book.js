// @ts-check
/* Faces and who they are: what the album knows, what was decided here, and the rows that say so. Every decision is on single faces. */
const book = (() => {
  "use strict";
  const KINDS = { person: "People", group: "Unknown faces that look alike", rest: "Other faces" };
  let photos = [], faces = [], groups = 0;
  let here = new Map(); // "photo number\nname" → "is" or "not": said of a whole photo

  /** Take in the photos; a face is [x, y, width, height, preview, name, status, score, refused, stranger, group, part]. */
  function read(items) {
    photos = items.map((item, index) => ({ ...item, index, names: item.names ?? [] }));
    faces = photos.flatMap((photo) => (photo.faces ?? []).map((told, n) => {
      const [x, y, width, height, preview, name, status, score, refused, stranger, group, part] = told;
      return {
        photo, n, box: [x, y, width, height], preview, score, part, original: { name, status, refused, stranger, group },
        name, status, refused, stranger, group, touched: false,
      };
    }));
    faces.forEach((face, index) => { face.index = index; });
    groups = faces.reduce((most, face) => Math.max(most, face.group), 0);
  }

  /** Where a face lies: the key of its person, group, or one of the rest. */
  function place(face) {
    if (face.stranger) return "strangers";
    if (face.name && face.status !== "small") return `p:${face.name}`;
    if (face.group) return `g:${face.group}`;
    return face.status === "small" ? "small" : "others";
  }

  const REST = { others: "Seen once or twice", small: "Too small to tell", strangers: "Strangers" };
  const RANK = { maybe: 0, unknown: 1, small: 1, sure: 2, confirmed: 3 };

  /** All boxes, the people by name, the groups by size, then the rest: {key, kind, title, faces, open}. */
  function boxes() {
    const found = new Map();
    for (const face of faces) {
      const key = place(face);
      if (!found.has(key)) found.set(key, { key, faces: [], open: 0 });
      const box = found.get(key);
      box.faces.push(face);
      if (face.status === "maybe" || (key.startsWith("g:") && !face.name)) box.open += 1;
    }
    for (const box of found.values()) {
      box.faces.sort((a, b) => RANK[a.status] - RANK[b.status] || (a.part ?? 0) - (b.part ?? 0) || (a.score || 0) - (b.score || 0) || a.index - b.index);
      box.kind = box.key.startsWith("p:") ? "person" : box.key.startsWith("g:") ? "group" : "rest";
    }
    const people = [...found.values()].filter((box) => box.kind === "person").sort((a, b) => a.key.localeCompare(b.key));
    const unknown = [...found.values()].filter((box) => box.kind === "group").sort((a, b) => b.faces.length - a.faces.length || Number(a.key.slice(2)) - Number(b.key.slice(2)));
    const rest = Object.keys(REST).map((key) => found.get(key)).filter(Boolean);
    for (const box of people) box.title = box.key.slice(2);
    unknown.forEach((box) => { box.title = `Who is this? (${box.key.slice(2)})`; });
    for (const box of rest) box.title = REST[box.key];
    return [...people, ...unknown, ...rest];
  }

  /** The known names, those with the most faces first. */
  function names() {
    const count = new Map();
    for (const face of faces) if (face.name && face.status !== "small") count.set(face.name, (count.get(face.name) ?? 0) + 1);
    for (const photo of photos) for (const name of photo.names) count.set(name, count.get(name) ?? 0);
    for (const [key, verdict] of here) if (verdict === "is") count.set(key.split("\n")[1], count.get(key.split("\n")[1]) ?? 0);
    return [...count].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
  }

  /** A name in one line, written as a known person's where only letter case differs. */
  function tidy(text) {
    const name = words.visible(text).replace(/[\u2400-\u2426⏎␍⇥]/gu, " ").replace(/\s+/gu, " ").trim().slice(0, 100);
    return names().find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
  }

  /** What can be done to one face; each leaves a state that `code` can tell. */
  const verbs = {
    is(face, name) { Object.assign(face, { name, status: "confirmed", stranger: false, refused: face.refused.filter((one) => one !== name) }); },
    confirm(face) { if (face.name) verbs.is(face, face.name); },
    not(face, name) {
      if (!name) return;
      Object.assign(face, { refused: [...new Set([...face.refused, name])] });
      if (face.name === name) Object.assign(face, { name: "", status: "unknown" });
    },
    stranger(face) { Object.assign(face, { name: "", status: "unknown", stranger: true }); },
    out(face) {
      if (face.name) verbs.not(face, face.name);
      Object.assign(face, { group: 0, stranger: false });
    },
    group(face, number) { Object.assign(face, { group: number }); },
    reset(face) { Object.assign(face, { ...face.original, touched: false }); },
  };

  function apply(verb, face, value) {
    verbs[verb](face, value);
    if (verb !== "reset" && verb !== "group") face.touched = true;
  }

  /** A number for a new group. */
  const fresh = () => (groups += 1);

  /** Say that somebody is in a photo though no face was found, or that nobody of that name is there. */
  function tell(photo, name, verdict) {
    const key = `${photo.index}\n${name}`;
    if (verdict) here.set(key, verdict);
    else here.delete(key);
  }

  const told = (photo, name) => here.get(`${photo.index}\n${name}`);

  /** Who is in a photo without a face: told by the album, and by the person. */
  function also(photo) {
    const added = [...here].filter(([key, verdict]) => verdict === "is" && Number(key.split("\n")[0]) === photo.index).map(([key]) => key.split("\n")[1]);
    return [...new Set([...photo.names, ...added])].filter((name) => told(photo, name) !== "not");
  }

  /** A face's state in a few letters, empty where it is as it came. */
  function code(face) {
    const { name, status, refused, stranger, group } = face;
    const now = [name, status, refused, stranger, group];
    const before = [face.original.name, face.original.status, face.original.refused, face.original.stranger, face.original.group];
    return JSON.stringify(now) === JSON.stringify(before) && !face.touched ? "" : [...now, face.touched];
  }

  function restore(face, kept) {
    if (!Array.isArray(kept) || kept.length !== 6) return verbs.reset(face);
    const [name, status, refused, stranger, group, touched] = kept;
    if (!(status in RANK) || !Array.isArray(refused)) return verbs.reset(face);
    Object.assign(face, { name, status, refused, stranger, group, touched });
    groups = Math.max(groups, group);
  }

  const hereCode = () => [...here].map(([key, verdict]) => [...key.split("\n"), verdict]);
  function hereRestore(kept) {
    here = new Map((Array.isArray(kept) ? kept : []).filter((one) => photos[one[0]]).map(([index, name, verdict]) => [`${index}\n${name}`, verdict]));
  }

  /** The rows that `--apply` takes: one for each decision on each face. */
  function* rows() {
    for (const face of faces) {
      if (!face.touched) continue;
      const row = (decision, name = "") => [face.photo.sha256, ...face.box.map((part) => part.toFixed(6)), decision, name, face.photo.name];
      for (const name of face.refused) if (!face.original.refused.includes(name)) yield row("not", name);
      if (face.stranger) yield row("stranger");
      else if (face.name && face.status === "confirmed") yield row("is", face.name);
      else if (face.original.stranger) yield row("forget");
    }
    for (const [key, verdict] of here) {
      const [index, name] = key.split("\n");
      yield [photos[index].sha256, "", "", "", "", verdict, name, photos[index].name];
    }
  }

  /** What all decisions amount to. */
  function sums() {
    let confirmed = 0, open = 0, strangers = 0;
    for (const face of faces) {
      if (face.status === "confirmed") confirmed += 1;
      else if (face.stranger) strangers += 1;
      else if (face.status === "maybe" || (face.group && !face.name)) open += 1;
    }
    const decided = [...rows()].length;
    return {
      text: [["", `${words.count(decided, "decision")} made here`], ["", `${confirmed} confirmed`], ["", `${open} to look at`], ["", `${strangers} strangers`]],
      done: confirmed + strangers + open ? (confirmed + strangers) / (confirmed + strangers + open) : 1,
    };
  }

  return {
    read, boxes, names, tidy, apply, fresh, tell, told, also, code, restore, hereCode, hereRestore, rows, sums, place, kinds: KINDS,
    get faces() { return faces; },
    get photos() { return photos; },
    overview: () => `${words.count(faces.length, "face")} in ${words.count(photos.length, "picture")}.`,
  };
})();
