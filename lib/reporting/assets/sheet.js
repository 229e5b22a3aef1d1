// @ts-check
/* The CSV that --apply takes, byte for byte as the report was written, but for what a person decided. */
const sheet = (() => {
  "use strict";
  const encoder = new TextEncoder();

  /** UTF-8, save that a lone surrogate U+DC80 to U+DCFF is the raw byte of a name that is no UTF-8. */
  function bytes(text) {
    const pieces = [];
    let start = 0;
    for (const { 0: sign, index } of text.matchAll(/[\ud800-\udfff]/gu)) {
      pieces.push(encoder.encode(text.slice(start, index)), single(sign.charCodeAt(0)));
      start = index + 1;
    }
    pieces.push(encoder.encode(text.slice(start)));
    return pieces;
  }

  function single(code) {
    if (code >= 0xdc80 && code <= 0xdcff) return Uint8Array.of(code - 0xdc00);
    return Uint8Array.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }

  function cell(text) {
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  /** A table as a Blob: UTF-8 with BOM, comma, CRLF. */
  function blob(columns, rows) {
    const lines = [];
    for (const row of [columns, ...rows]) lines.push(`${row.map(cell).join(",")}\r\n`);
    return new Blob([Uint8Array.of(0xef, 0xbb, 0xbf), ...bytes(lines.join(""))], { type: "text/csv" });
  }

  /** Hand a Blob to the browser's folder for downloads. */
  function download(content, name) {
    const link = dom.make("a", "", { download: name });
    link.href = URL.createObjectURL(content);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  /** The day and time as part of a file name, so that no two saved files share one. */
  function stamp(now = new Date()) {
    const two = (number) => String(number).padStart(2, "0");
    return `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  }

  return { blob, download, stamp };
})();
