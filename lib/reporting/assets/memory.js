// @ts-check
/* What was decided, kept by the browser until it is saved: for this report alone, known by what is in it. */
const memory = (() => {
  "use strict";
  const FRONT = "photo-toolkit";
  let key = "";

  /** Begin with the report of this identity; calls `changed` when another window decides on the same report. */
  function open(identity, changed) {
    key = `${FRONT} ${identity}`;
    addEventListener("storage", (event) => { if (event.key === key) changed(); });
  }

  /** The codes of what was decided, by the number of the item; empty when there are none or they cannot be read. */
  function load() {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
      return kept && typeof kept.choices === "object" && kept.choices ? kept.choices : {};
    } catch {
      return {};
    }
  }

  /** Keep them, if need be in the place of the oldest report's; false when the browser does not. */
  function save(choices) {
    const text = JSON.stringify({ when: Date.now(), choices });
    do {
      try {
        localStorage.setItem(key, text);
        return true;
      } catch {
        // full, or not allowed: the latter has nothing to forget either
      }
    } while (forgetOldest());
    return false;
  }

  function forgetOldest() {
    try {
      const others = Object.keys(localStorage).filter((name) => name.startsWith(`${FRONT} `) && name !== key);
      const when = (name) => JSON.parse(localStorage.getItem(name)).when;
      const [oldest] = others.sort((a, b) => when(a) - when(b));
      if (oldest) localStorage.removeItem(oldest);
      return Boolean(oldest);
    } catch {
      return false;
    }
  }

  /** A setting that holds for every report. */
  function setting(name, value) {
    try {
      if (value !== undefined) localStorage.setItem(`${FRONT}: ${name}`, value);
      return localStorage.getItem(`${FRONT}: ${name}`);
    } catch {
      return null;
    }
  }

  return { open, load, save, setting };
})();
