// @ts-check
/* A thumbnail as a card: it and its photo at the same size, and the other candidates. */
/** @type {Card<Thumbnail>} */
const card = (() => {
  "use strict";
  const VERDICT = { matched: "Matched", review: "Please look", none: "No photo" };
  let previews = "";

  /** The height that a card is likely to take, in rem, on a deck of this width in rem. */
  const tall = (item, width) => (width < 48 ? 30 : 23);

  /** Fill an empty card. */
  function fill(element, item, about) {
    previews = about.previews;
    const content = dom.stamp("match-card");
    const [thumbnail] = content.querySelectorAll(".look");
    thumbnail.append(dom.preview(previews, item.preview, "No preview"));
    thumbnail.setAttribute("aria-label", `Compare thumbnail ${words.visible(item.name)}`);
    const others = content.querySelector(".others");
    for (const photo of item.candidates) others.append(candidate(photo));
    dom.tell(content.querySelector(".versions"), item.versions && `Other versions: ${item.versions}`);
    element.append(content);
    refresh(element, item);
  }

  function candidate(photo) {
    const place = dom.make("li", "", { "data-n": photo.n });
    const button = dom.make("button", "", { type: "button", class: "candidate", "data-verb": "take" });
    button.append(dom.preview(previews, photo.preview, "No preview"));
    const caption = dom.make("span", "", { class: "caption" });
    caption.append(dom.make("kbd", photo.n < 9 ? String(photo.n + 1) : ""), dom.make("span", photo.score));
    button.append(caption);
    button.setAttribute("aria-label", `Take ${words.visible(photo.name)}${photo.score && `, score ${photo.score}`}`);
    button.title = words.visible(photo.path);
    place.append(button);
    return place;
  }

  /** Bring a filled card up to date with what was decided. */
  function refresh(element, item) {
    const taken = book.taken(item);
    const standing = book.standing(item);
    const photo = item.candidates[taken];
    element.dataset.status = standing;
    element.dataset.yours = Boolean(item.choice);
    const look = element.querySelectorAll(".pair .look")[1];
    if (look.dataset.shown !== String(taken)) {
      look.dataset.shown = taken;
      look.replaceChildren(photo ? dom.preview(previews, photo.preview, "No preview") : dom.make("span", "No photo", { class: "blank" }));
      look.setAttribute("aria-label", photo ? `Compare with ${words.visible(photo.name)}` : "No photo is taken");
    }
    element.querySelector(".verdict").textContent = VERDICT[standing] + (item.choice ? " by you" : "");
    dom.tell(element.querySelector(".name"), photo?.name ?? "", photo?.path);
    dom.tell(element.querySelector(".folder"), photo ? book.short(photo.folder) : "", photo?.folder);
    element.querySelector(".points").replaceChildren(...points(item, taken, photo));
    dom.tell(element.querySelector(".reason"), item.choice ? "" : item.reason);
    const confirm = element.querySelector(".keep");
    confirm.setAttribute("aria-pressed", standing === "matched");
    confirm.setAttribute("aria-disabled", !photo);
    confirm.classList.toggle("primary", standing === "review" && Boolean(photo));
    element.querySelector(".remove").setAttribute("aria-pressed", item.choice === "x");
    element.querySelector(".only").hidden = !item.choice;
    for (const place of element.querySelectorAll(".others li")) {
      place.querySelector("button").setAttribute("aria-pressed", Number(place.dataset.n) === taken && standing !== "none");
    }
    const several = item.candidates.length > (item.first < 0 ? 0 : 1);
    element.querySelector(".others").hidden = !several;
    element.querySelector(".others-title").hidden = !several;
  }

  function points(item, taken, photo) {
    const list = book.points(item, taken).filter(Boolean).map((text) => dom.make("li", words.visible(text)));
    if (photo) {
      const link = dom.make("a", "Open original", { target: "_blank", rel: "noopener noreferrer" });
      link.href = photo.url;
      const place = dom.make("li", "", { class: "link" });
      place.append(link);
      list.push(place);
    }
    return list;
  }

  return { fill, refresh, tall };
})();
