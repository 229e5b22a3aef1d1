// @ts-check
/* A face in its whole photo, and who else is there. */
const photo = (() => {
  "use strict";
  let shown, previews = "", act = (_photo, _name, _said) => {};

  /** Begin; `does` is called with a photo, a name and "is", "not" or nothing to take it back. */
  function open(about, does) {
    previews = about.previews;
    act = does;
    dom.byId("photo-close").addEventListener("click", () => dom.byId("photo").close());
    dom.byId("also").addEventListener("submit", (event) => {
      event.preventDefault();
      const name = book.tidy(dom.byId("also-name").value);
      if (!name) return;
      dom.byId("also-name").value = "";
      act(shown.photo, name, "is");
      refresh();
    });
    completion.attach(dom.byId("also-name"));
  }

  /** Show the photo that a face is in. */
  function show(face) {
    if (!face) return;
    shown = face;
    dom.tell(dom.byId("photo-title"), face.photo.name);
    const link = dom.byId("photo-link");
    link.hidden = !face.photo.url;
    if (face.photo.url) link.href = face.photo.url;
    const inner = dom.make("div", "", { class: "photo-inner" });
    if (face.photo.video) inner.append(dom.make("p", "This face was seen in a video; open the original to watch it.", { class: "nothing" }));
    else {
      const image = dom.make("img", "", { alt: "" });
      image.addEventListener("error", () => image.replaceWith(dom.make("p", "The photo cannot be shown here.", { class: "nothing" })), { once: true });
      image.src = face.photo.large ? `${previews}/${face.photo.large}` : face.photo.url;
      inner.append(image);
      for (const one of book.faces) if (one.photo === face.photo) inner.append(outline(one, one === face));
    }
    dom.byId("photo-frame").replaceChildren(inner);
    refresh();
    if (!dom.byId("photo").open) dom.byId("photo").showModal();
  }

  function outline(face, isThis) {
    const mark = dom.make("div", "", { class: "mark-of-face", "data-this": isThis });
    const [x, y, width, height] = face.box;
    Object.assign(mark.style, { left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });
    if (face.name) mark.append(dom.make("span", words.visible(face.name)));
    return mark;
  }

  function refresh() {
    const list = dom.byId("photo-people");
    const names = book.also(shown.photo);
    list.replaceChildren(...(names.length ? [dom.make("span", "Here without a face: ")] : []));
    for (const name of names) {
      const place = dom.make("span", words.visible(name));
      const away = dom.make("button", "not here", { type: "button", "aria-label": `${words.visible(name)} is not here` });
      away.addEventListener("click", () => {
        act(shown.photo, name, shown.photo.names.includes(name) ? "not" : undefined);
        refresh();
      });
      place.append(" (", away, ") ");
      list.append(place);
    }
  }

  return { open, show };
})();
