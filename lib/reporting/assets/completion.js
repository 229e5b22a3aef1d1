// @ts-check
/* Completion of names while they are typed: the rest of the first known name that fits stands there, marked, ready to be typed over. */
const completion = (() => {
  "use strict";

  /** Let a text field complete known names. */
  function attach(field) {
    field.addEventListener("input", (event) => {
      if (event.inputType?.startsWith("delete") || event.isComposing) return;
      const typed = field.value;
      if (!typed || field.selectionStart !== typed.length) return;
      const name = book.names().find((known) => known.toLowerCase().startsWith(typed.toLowerCase()) && known.length > typed.length);
      if (!name) return;
      field.value = typed + name.slice(typed.length);
      field.setSelectionRange(typed.length, field.value.length);
    });
  }

  return { attach };
})();
