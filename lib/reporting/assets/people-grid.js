// @ts-check
/* The faces of one box. Only those near the window exist, so that twenty thousand are as quick as twenty. */
const grid = (() => {
  "use strict";
  const NEAR = 600; // pixels above and below the window that are kept filled
  const elements = new Map(); // place in the order → its element
  let order = [], previews = "", at = 0, chosen = new Set(), anchor = 0, look = (_face) => {}, changed = () => {};
  let columns = 1, size = { width: 0, height: 0 };
  const box = () => dom.byId("grid");
  const rem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

  /** Begin; `does` holds look (a face is to be seen in its photo) and changed (another selection). */
  function open(about, does) {
    previews = about.previews;
    ({ look, changed } = does);
    box().addEventListener("scroll", () => requestAnimationFrame(update), { passive: true });
    new ResizeObserver(layOut).observe(box());
    box().addEventListener("click", pressed);
    box().addEventListener("dblclick", (event) => { const n = numberOf(event); if (n !== undefined) look(order[n]); });
  }

  /** Show these faces; the one to stand on stays, where it is among them. */
  function show(faces, { keep = false } = {}) {
    const stood = keep ? at : 0;
    const before = new Set(chosen);
    order = faces;
    chosen = new Set(keep ? faces.filter((face) => before.has(face)) : []);
    at = Math.max(0, Math.min(stood, faces.length - 1));
    if (!keep) box().scrollTop = 0;
    layOut();
    changed();
  }

  function layOut() {
    size = { width: 8.75 * rem(), height: 10.4 * rem() };
    const room = box().clientWidth - 3 * rem();
    columns = Math.max(1, Math.floor((room + 0.75 * rem()) / size.width));
    dom.byId("sheet").style.height = `${Math.ceil(order.length / columns) * size.height}px`;
    for (const element of elements.values()) element.remove();
    elements.clear();
    update();
  }

  function update() {
    const top = box().scrollTop - NEAR, bottom = box().scrollTop + box().clientHeight + NEAR;
    const first = Math.max(0, Math.floor(top / size.height)) * columns;
    const last = Math.min(order.length, (Math.floor(bottom / size.height) + 1) * columns);
    for (const [n, element] of elements) {
      if (n >= first && n < last) continue;
      element.remove();
      elements.delete(n);
    }
    for (let n = first; n < last; n += 1) if (!elements.has(n)) elements.set(n, make(n));
    box().setAttribute("aria-activedescendant", elements.has(at) ? `face-${at}` : "");
  }

  function make(n) {
    const face = order[n];
    const element = dom.make("div", "", { class: "face", role: "option", id: `face-${n}`, "data-n": n });
    element.style.left = `${(n % columns) * size.width}px`;
    element.style.top = `${Math.floor(n / columns) * size.height}px`;
    const caption = dom.make("p", "", { class: "caption" });
    caption.append(dom.make("span", face.status, { class: "status" }));
    caption.append(dom.make("button", "Photo", { type: "button", class: "see", tabindex: "-1" }));
    element.append(dom.preview(previews, face.preview, "No picture"), caption);
    element.title = words.visible(face.photo.name) + (face.score ? `, likeness ${face.score.toFixed(2)}` : "");
    dom.byId("sheet").append(element);
    mark(n, element);
    return element;
  }

  function mark(n, element = elements.get(n)) {
    if (!element) return;
    const face = order[n];
    element.dataset.status = face.status;
    element.setAttribute("aria-selected", chosen.has(face));
    element.setAttribute("aria-label", `${face.name || "Unknown"}, ${face.status}, ${words.visible(face.photo.name)}`);
    element.dataset.here = n === at;
  }

  const numberOf = (event) => { const element = event.target.closest(".face"); return element ? Number(element.dataset.n) : undefined; };

  function pressed(event) {
    const n = numberOf(event);
    if (n === undefined) return;
    if (event.target.closest(".see")) return look(order[n]);
    if (event.shiftKey) for (let one = Math.min(anchor, n); one <= Math.max(anchor, n); one += 1) chosen.add(order[one]);
    else toggle(n);
    go(n);
  }

  function toggle(n) {
    anchor = n;
    if (chosen.has(order[n])) chosen.delete(order[n]);
    else chosen.add(order[n]);
  }

  /** Stand on another face, and bring it into view. */
  function go(n) {
    if (!order.length) return;
    at = Math.max(0, Math.min(n, order.length - 1));
    const top = Math.floor(at / columns) * size.height;
    if (top < box().scrollTop) box().scrollTop = top;
    else if (top + size.height > box().scrollTop + box().clientHeight - rem()) box().scrollTop = top + size.height - box().clientHeight + 2 * rem();
    update();
    for (const one of elements.keys()) mark(one);
    changed();
  }

  /** Move by so many faces to the side, or rows. */
  const move = (aside, rows) => go(at + aside + rows * columns);
  function select() {
    if (!order.length) return;
    toggle(at);
    go(at);
  }
  function selectAll() {
    chosen = new Set(chosen.size === order.length ? [] : order);
    go(at);
  }

  return {
    open, show, move, select, selectAll,
    get chosen() { return [...chosen]; },
    get current() { return order[at]; },
    get all() { return order; },
  };
})();
