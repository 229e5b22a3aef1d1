// @ts-check
/* Two pictures held over each other: flip, wipe, side by side, difference; zoom and pan both as one. */
const stage = (() => {
  "use strict";
  const MOST = 24;
  const VIDEO = /\.(mp4|m4v|mov|webm|3gp|mkv|avi|mts|m2ts)$/i;
  const element = () => dom.byId("stage");
  const layer = (side) => element().querySelector(`[data-layer="${side}"]`);
  const held = new Map(); // the pointers that are down, by their id
  let view = { x: 0, y: 0, k: 1 };
  let front = "a";
  let mode = "flip";
  let moved = () => {};

  /** Make the stage listen; `changed` is called after flip, mode or zoom. */
  function open(changed) {
    moved = changed;
    const place = element();
    place.addEventListener("wheel", (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), event);
    }, { passive: false });
    place.addEventListener("pointerdown", press);
    place.addEventListener("pointermove", drag);
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) place.addEventListener(end, (event) => held.delete(event.pointerId));
    place.addEventListener("dblclick", (event) => (view.k > 1 ? fit() : zoom(4, event)));
  }

  /** Show a picture on a side: its preview at once, the original as soon as the browser has it; `told` hears which it is. */
  function put(side, picture, previews, told) {
    const place = layer(side);
    if (place.dataset.url === picture.path) return;
    place.dataset.url = picture.path;
    const small = picture.preview ? dom.preview(previews, picture.preview, "") : dom.make("span", "No preview", { class: "blank" });
    place.replaceChildren(small);
    if (!picture.url) return told(side, "Its drive is not connected: this is the preview");
    const sources = [picture.url, ...(picture.large ? [`${previews}/${picture.large}`] : [])];
    told(side, "Loading full size…");
    full(place, small, picture, sources, (text) => { if (place.dataset.url === picture.path) told(side, text); });
  }

  function full(place, small, picture, sources, told) {
    const [source, ...rest] = sources;
    if (!source) return told("Preview: this browser does not show the original");
    const isVideo = VIDEO.test(picture.name) && source === picture.url;
    /** @type {any} an HTMLVideoElement or HTMLImageElement, as `isVideo` tells */
    const large = isVideo ? dom.make("video", "", { controls: "", loop: "", playsinline: "" }) : dom.make("img", "", { alt: "", draggable: "false" });
    const path = place.dataset.url;
    const shown = () => {
      if (place.dataset.url !== path) return;
      small.replaceWith(large);
      told(isVideo ? "Video" : source === picture.url ? `Full size ${large.naturalWidth} × ${large.naturalHeight}` : "Large preview");
    };
    large.addEventListener("error", () => full(place, small, picture, rest, told), { once: true });
    large.addEventListener(isVideo ? "loadeddata" : "load", shown, { once: true });
    if (isVideo) large.muted = true;
    large.src = source;
  }

  /** Let go of the pictures, so that big originals do not stay in memory. */
  function clear() {
    for (const side of ["a", "b"]) {
      layer(side).replaceChildren();
      delete layer(side).dataset.url;
    }
    held.clear();
  }

  function press(event) {
    if (event.target.closest("video")) return;
    held.set(event.pointerId, event);
    element().setPointerCapture(event.pointerId);
  }

  function drag(event) {
    const before = held.get(event.pointerId);
    if (!before) return;
    const others = [...held.values()].filter((other) => other.pointerId !== event.pointerId);
    held.set(event.pointerId, event);
    if (others.length) {
      const far = (one) => Math.hypot(one.clientX - others[0].clientX, one.clientY - others[0].clientY) || 1;
      return zoom(far(event) / far(before), others[0]);
    }
    if (mode === "wipe" && view.k === 1) return wipe(share(event.clientX));
    pan(event.clientX - before.clientX, event.clientY - before.clientY);
  }

  const share = (clientX) => {
    const box = element().getBoundingClientRect();
    return (100 * (clientX - box.left)) / box.width;
  };

  /** Zoom by a factor about a point of the screen, the middle when there is none. */
  function zoom(factor, at) {
    const boxes = mode === "beside" ? ["a", "b"].map((side) => layer(side).getBoundingClientRect()) : [element().getBoundingClientRect()];
    const box = boxes.find((one) => at && at.clientX <= one.right) ?? boxes[0];
    const x = at ? at.clientX - box.left - box.width / 2 : 0;
    const y = at ? at.clientY - box.top - box.height / 2 : 0;
    const k = Math.min(MOST, Math.max(1, view.k * factor));
    view = { x: x - ((x - view.x) * k) / view.k, y: y - ((y - view.y) * k) / view.k, k };
    show();
  }

  /** Move both pictures by so many pixels of the screen. */
  function pan(x, y) {
    view = { ...view, x: view.x + x, y: view.y + y };
    show();
  }

  /** Both pictures whole. */
  function fit() {
    view = { x: 0, y: 0, k: 1 };
    show();
  }

  function show() {
    const box = layer("a").getBoundingClientRect();
    const room = { x: (box.width * (view.k - 1)) / 2, y: (box.height * (view.k - 1)) / 2 };
    view.x = Math.min(room.x, Math.max(-room.x, view.x));
    view.y = Math.min(room.y, Math.max(-room.y, view.y));
    const place = element();
    place.style.setProperty("--x", `${view.x}px`);
    place.style.setProperty("--y", `${view.y}px`);
    place.style.setProperty("--k", String(view.k));
    place.dataset.zoomed = String(view.k > 1);
    dom.byId("zoom").textContent = view.k === 1 ? "Fit" : `${view.k.toFixed(1)}×`;
  }

  /** Turn to the other picture, or to the one of `side`. */
  function flip(side = front === "a" ? "b" : "a") {
    front = side;
    element().dataset.front = front;
    moved();
  }

  /** Show so many hundredths of A, the rest of B. */
  function wipe(hundredths) {
    const value = Math.min(100, Math.max(0, hundredths));
    element().style.setProperty("--wipe", `${value}%`);
    dom.byId("wipe").value = String(value);
  }

  /** How the pictures are held: flip, wipe, beside or difference. */
  function hold(how) {
    mode = how;
    element().dataset.mode = how;
    fit();
    moved();
  }

  return { open, put, clear, zoom, pan, fit, flip, wipe, hold, get front() { return front; }, get mode() { return mode; }, get zoomed() { return view.k > 1; } };
})();
