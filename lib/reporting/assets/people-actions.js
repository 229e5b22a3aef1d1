// @ts-check
/* What can be done to the faces of a box: name, confirm, refuse, set apart, bring together. */
const actions = (() => {
  "use strict";
  let page; // decide(steps, what to say, which box to go to), box(), boxes(), changed()
  let merging = "";

  /** All faces of a box, but not those that are only maybe a person's: they want a look each. */
  function certain(shown) {
    const faces = shown?.faces ?? [];
    const sure = faces.filter((face) => face.status !== "maybe");
    return sure.length ? sure : faces;
  }

  /** The faces that an action goes for: the chosen ones, else the whole box, or the one that is stood on. */
  function aim({ whole = true } = {}) {
    if (grid.chosen.length) return grid.chosen;
    if (!whole || page.box()?.kind === "rest") return grid.current ? [grid.current] : [];
    return certain(page.box());
  }

  function give(text) {
    const name = book.tidy(text);
    const faces = aim();
    if (!name || !faces.length) return;
    page.decide(faces.map((face) => ["is", face, name]), `${words.count(faces.length, "face")}: ${words.visible(name)}.`);
  }

  const verbs = {
    confirm() {
      const faces = aim().filter((face) => face.name);
      if (faces.length) page.decide(faces.map((face) => ["confirm", face]), `${words.count(faces.length, "face")} confirmed.`);
    },
    not() {
      const name = page.box()?.kind === "person" ? page.box().title : "";
      const faces = aim({ whole: false });
      if (name && faces.length) page.decide(faces.map((face) => ["not", face, name]), `${words.count(faces.length, "face")}: not ${words.visible(name)}.`);
    },
    stranger() {
      const faces = aim({ whole: page.box()?.kind === "group" });
      if (faces.length) page.decide(faces.map((face) => ["stranger", face]), `${words.count(faces.length, "face")}: a stranger, never asked about again.`);
    },
    out() {
      const faces = aim({ whole: false });
      if (faces.length) page.decide(faces.map((face) => ["out", face]), `${words.count(faces.length, "face")} taken out.`);
    },
    reset() {
      const faces = aim();
      page.decide(faces.map((face) => ["reset", face]), `${words.count(faces.length, "face")} as found.`);
    },
    split() {
      const shown = page.box();
      if (!shown || shown.kind === "rest") return;
      if (grid.chosen.length) return apart(grid.chosen, shown);
      const parts = new Map();
      for (const face of shown.faces) {
        const key = `${face.original.group} ${face.part}`;
        if (!parts.has(key)) parts.set(key, []);
        parts.get(key).push(face);
      }
      const smaller = [...parts.values()].sort((a, b) => b.length - a.length).slice(1);
      if (shown.kind !== "group" || !smaller.length) return dom.say("Choose the faces that are somebody else, then split.", true);
      const steps = smaller.flatMap((faces) => { const number = book.fresh(); return faces.map((face) => ["group", face, number]); });
      page.decide(steps, `Split into ${smaller.length + 1} groups.`);
    },
    merge() {
      const shown = page.box();
      if (!shown || shown.kind === "rest") return;
      if (!merging || merging === shown.key) {
        merging = merging ? "" : shown.key;
        return page.changed();
      }
      const other = page.boxes().find((one) => one.key === merging);
      merging = "";
      if (!other) return page.changed();
      // A person's name goes to the group; of two groups the one that is stood in takes the other's faces.
      const [from, to] = other.kind === "person" && shown.kind === "group" ? [shown, other] : [other, shown];
      const steps = to.kind === "person" ? from.faces.map((face) => ["is", face, to.title]) : from.faces.map((face) => ["group", face, Number(to.key.slice(2))]);
      page.decide(steps, `Merged: ${words.count(from.faces.length, "face")} to ${words.visible(to.title)}.`, to.key);
    },
  };

  /** Faces that are somebody else than the rest of their box: a group of their own. */
  function apart(faces, shown) {
    const number = book.fresh();
    const steps = faces.flatMap((face) => (shown.kind === "person" ? [["not", face, shown.title]] : []).concat([["group", face, number]]));
    page.decide(steps, `${words.count(faces.length, "face")} in a group of their own.`);
  }

  return {
    open(does) { page = does; },
    verbs, give, certain,
    get merging() { return merging; },
  };
})();
