// @ts-check
/* Build and fill elements. Names and tags only ever become text, never markup. */
const dom = (() => {
  "use strict";

  /** The element with this id. @type {<K extends string>(id: K) => Found<K>} */
  const byId = (id) => /** @type {any} */ (document.getElementById(id));

  /**
   * A new element with text; `marks` are attributes.
   * @template {keyof HTMLElementTagNameMap} K
   * @param {K} tag @param {string} [text] @param {Record<string, unknown>} [marks]
   */
  function make(tag, text = "", marks = {}) {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    for (const [name, value] of Object.entries(marks)) element.setAttribute(name, String(value));
    return element;
  }

  /** A fresh copy of a template's content. @param {"group-card" | "match-card" | "tile"} id */
  const stamp = (id) => /** @type {DocumentFragment} */ (byId(id).content.cloneNode(true));

  /** Put a text that came from outside into an element, isolated in its writing direction; hidden when there is none. */
  function tell(element, text, whole = text) {
    const place = element.querySelector("bdi") ?? element;
    place.textContent = words.visible(text);
    element.hidden = !text;
    if (whole) element.title = words.visible(whole);
  }

  /** The small picture of a file, or words in its place. */
  function preview(folder, name, alternative) {
    if (!name) return make("span", alternative, { class: "blank" });
    const image = make("img", "", { alt: "", decoding: "async", draggable: "false" });
    image.addEventListener("error", () => image.replaceWith(make("span", "Preview missing", { class: "blank" })), { once: true });
    image.src = `${folder}/${name}`;
    return image;
  }

  const filled = new Map();
  /** Options for a select: [value, text] each; touched only when they are others than before. */
  function options(select, pairs) {
    const all = JSON.stringify(pairs);
    if (filled.get(select) === all) return;
    filled.set(select, all);
    const chosen = select.value;
    select.replaceChildren(...pairs.map(([value, text]) => {
      const option = make("option", words.visible(text));
      option.value = value;
      return option;
    }));
    if (pairs.some(([value]) => value === chosen)) select.value = chosen;
  }

  let fading = 0;
  /** Say something to eyes and ears: spoken by a screen reader, and shown for a while when `shown`. */
  function say(text, shown = false) {
    byId("live").textContent = text;
    if (!shown) return;
    const toast = byId("toast");
    const open = document.querySelector("dialog[open]");
    (open ?? document.body).append(toast);
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(fading);
    fading = setTimeout(() => { toast.hidden = true; }, 4000);
  }

  return { byId, make, stamp, tell, preview, options, say };
})();
