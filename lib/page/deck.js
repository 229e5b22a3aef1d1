/* The long list of cards: each has its place and its heading from the start, and is filled when it comes near the window. */
const deck = (() => {
  "use strict";
  const NEAR = "1200px 0px";
  const elements = new Map(); // item → its article
  let about, order, watch;
  const place = () => dom.byId("deck");
  const rem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

  /** Make an article for each item. */
  function open(items, facts) {
    about = facts;
    watch = new IntersectionObserver(passed, { rootMargin: NEAR });
    const width = place().clientWidth / rem();
    for (const item of items) {
      const article = dom.make("article", "", { class: "card bare", tabindex: "-1", "aria-labelledby": `t${item.index}` });
      const title = dom.make("h2", "", { id: `t${item.index}`, class: "title" });
      title.append(dom.make("bdi", words.visible(book.title(item))));
      article.append(title);
      article.dataset.index = item.index;
      article.style.setProperty("--tall", `${card.tall(item, width)}rem`);
      elements.set(item, article);
    }
  }

  /** Show these items in this order. */
  function show(items) {
    const focused = document.activeElement?.closest?.(".card");
    watch.disconnect();
    order = items;
    place().replaceChildren(...items.map((item) => elements.get(item)));
    for (const item of items) watch.observe(elements.get(item));
    if (focused?.isConnected) focused.focus({ preventScroll: true });
  }

  function passed(entries) {
    for (const entry of entries) {
      const item = book.items[entry.target.dataset.index];
      if (entry.isIntersecting) fill(item);
      else if (entry.boundingClientRect.height) empty(item, entry.boundingClientRect.height);
    }
  }

  function fill(item) {
    const element = elements.get(item);
    if (!element.classList.contains("bare")) return;
    element.classList.remove("bare");
    card.fill(element, item, about);
  }

  function empty(item, height) {
    const element = elements.get(item);
    if (element.classList.contains("bare") || element.contains(document.activeElement)) return;
    element.style.setProperty("--tall", `${height}px`);
    element.classList.add("bare");
    element.replaceChildren(element.firstElementChild);
  }

  /** Bring the card of an item up to date, if it is filled. */
  function refresh(item) {
    const element = elements.get(item);
    if (!element.classList.contains("bare")) card.refresh(element, item);
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
    if (!item) return;
    fill(item);
    const element = elements.get(item);
    const looks = element.querySelectorAll(".look");
    (looks[n] ?? looks[0]).focus({ preventScroll: true });
    element.scrollIntoView({ block: element.offsetHeight < innerHeight * 0.7 ? "center" : "start" });
  }

  /** The item that is `by` places after the one in focus, or the first in view when that one is not. */
  function next(by, fits = () => true) {
    const { item } = current();
    let at = item && inView(elements.get(item)) ? order.indexOf(item) : order.findIndex((one) => inView(elements.get(one))) - (by > 0 ? 1 : 0);
    do at += by;
    while (order[at] && !fits(order[at]));
    return order[at];
  }

  const inView = (element) => {
    const box = element.getBoundingClientRect();
    return box.bottom > 60 && box.top < innerHeight - 60;
  };

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
