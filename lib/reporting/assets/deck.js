// @ts-check
/* The long list of cards. Only those near the window exist; each stands at the place that the heights of those before it give. */
const deck = (() => {
  "use strict";
  const NEAR = 1000; // pixels above and below the window that are kept filled
  const BUDGET = 8; // milliseconds a frame for cards that are not yet in view
  const elements = new Map(); // item → its article, for those that exist
  let about, order = [], places = new Map();
  let heights = []; // by the number of the item: measured where it was shown, else a guess
  let gap = 0; // pixels between two cards
  let offsets = [0]; // by place in the order, and one more for the end
  let waiting = false;
  const box = () => dom.byId("deck");
  const rem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const sizes = new ResizeObserver((entries) => measure(entries.map(({ target }) => book.items[Number(target.closest(".card").dataset.index)])));

  /** Take the items; `show` puts them up. */
  function open(items, facts) {
    about = facts;
    let width = 0;
    new ResizeObserver(() => {
      if (box().clientWidth === width) return;
      width = box().clientWidth;
      guess(items);
    }).observe(box());
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    guess(items);
  }

  function guess(items) {
    const size = rem();
    const width = box().clientWidth / size;
    gap = Number.parseFloat(getComputedStyle(box()).rowGap);
    heights = items.map((item) => card.tall(item, width) * size + gap);
    measure([...elements.keys()]);
  }

  /** Show these items in this order. */
  function show(items) {
    order = items;
    places = new Map(items.map((item, place) => [item, place]));
    const focused = current().item;
    for (const item of [...elements.keys()]) drop(item, item === focused && places.has(item));
    layOut();
    update();
  }

  function drop(item, keep = false) {
    const element = elements.get(item);
    if (keep || !element) return;
    sizes.unobserve(element);
    element.remove();
    elements.delete(item);
  }

  /** Sum the heights up, and put every card where it belongs. */
  function layOut() {
    offsets = [0];
    for (const item of order) offsets.push(offsets.at(-1) + heights[item.index]);
    box().style.height = `${offsets.at(-1)}px`;
    for (const [item, element] of elements) element.style.top = `${offsets[places.get(item)]}px`;
  }

  /** Take the real heights of these cards; what is in view stays where it is. */
  function measure(items) {
    const at = placeAt(top());
    const before = offsets[at];
    let changed = items.length === 0;
    for (const item of items) {
      const height = elements.get(item)?.offsetHeight + gap;
      if (!height || height === heights[item.index]) continue;
      heights[item.index] = height;
      changed = true;
    }
    if (!changed) return;
    layOut();
    if (offsets[at] !== before) scrollBy(0, offsets[at] - before);
    soon();
  }

  /** How far the window has gone into the deck, in pixels. */
  const top = () => -box().getBoundingClientRect().top;

  /** The place in the order of the card at this height. */
  function placeAt(height) {
    let [low, high] = [0, Math.max(0, order.length - 1)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (offsets[middle] <= height) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; update(); });
  }

  /** Make the cards near the window, and let go of the others. */
  function update() {
    if (!order.length) return;
    const from = top();
    const wanted = [];
    for (let place = placeAt(from - NEAR); place < order.length && offsets[place] < from + innerHeight + NEAR; place += 1) wanted.push(order[place]);
    const kept = new Set(wanted).add(current().item);
    for (const item of [...elements.keys()]) if (!kept.has(item)) drop(item);
    const missing = wanted.filter((item) => !elements.has(item));
    const far = (item) => Math.max(0, offsets[places.get(item)] - from - innerHeight, from - offsets[places.get(item) + 1]);
    missing.sort((a, b) => far(a) - far(b));
    const start = performance.now();
    const made = [];
    for (const item of missing) {
      if (far(item) > 0 && performance.now() - start > BUDGET) break;
      make(item);
      made.push(item);
    }
    if (made.length) measure(made);
    if (made.length < missing.length) soon();
  }

  /** The card of an item, made when it is not there. */
  function make(item) {
    if (elements.has(item)) return elements.get(item);
    const place = places.get(item);
    const article = dom.make("article", "", {
      class: "card", tabindex: "-1", "data-index": item.index, "aria-labelledby": `t${item.index}`,
      "aria-posinset": place + 1, "aria-setsize": order.length,
    });
    const title = dom.make("h2", "", { id: `t${item.index}`, class: "title" });
    title.append(dom.make("bdi", words.visible(book.title(item))));
    article.append(title);
    card.fill(article, item, about);
    article.style.top = `${offsets[place]}px`;
    const after = [...box().querySelectorAll(".card")].find((other) => places.get(book.items[Number(other.dataset.index)]) > place);
    box().insertBefore(article, after ?? null);
    elements.set(item, article);
    sizes.observe(article);
    return article;
  }

  /** Bring the card of an item up to date, if it is there. */
  function refresh(item) {
    if (elements.has(item)) card.refresh(elements.get(item), item);
  }

  /** The item and the file that the focus is on. */
  function current() {
    const element = document.activeElement?.closest?.(".card");
    const item = element && book.items[element.dataset.index];
    const n = document.activeElement?.closest?.("[data-n]")?.dataset.n;
    return { item, n: n === undefined ? undefined : Number(n) };
  }

  /** Bring an item into view and set the focus on its file `n`, the first when not told. */
  function go(item, n = 0) {
    if (!places.has(item)) return;
    const element = make(item);
    measure([item]);
    const looks = element.querySelectorAll(".look");
    (looks[n] ?? looks[0]).focus({ preventScroll: true });
    element.scrollIntoView({ block: element.offsetHeight < innerHeight * 0.7 ? "center" : "start" });
    update();
  }

  /** The item that is `by` places after the one in focus, or the first in view when that one is not. @param {number} by @param {(item: any) => boolean} [fits] */
  function next(by, fits = (_item) => true) {
    const { item } = current();
    const from = top();
    const place = places.get(item) ?? -1;
    const seen = place >= 0 && offsets[place + 1] > from + 60 && offsets[place] < from + innerHeight - 60;
    let at = seen ? place : placeAt(Math.max(0, from + 60)) - (by > 0 ? 1 : 0);
    do at += by;
    while (order[at] && !fits(order[at]));
    return order[at];
  }

  /** Set the focus on the file beside the one in focus. */
  function beside(by) {
    const { item, n } = current();
    if (!item) return go(next(1));
    const looks = [...elements.get(item).querySelectorAll(".look")];
    const at = n ?? looks.indexOf(document.activeElement);
    looks[Math.min(looks.length - 1, Math.max(0, at + by))].focus();
  }

  return { open, show, refresh, current, go, next, beside };
})();
