"""How the review page bears a large report: python -m tests.bench.page [groups]. Prints what opening, scrolling and deciding cost."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from lib.reporting.review_page import PageFile, PageGroup, previews_folder, write_duplicates
from tests import browser, build

COLUMNS = (
    *("group", "kind", "action", "path", "size", "checksum", "width", "height"),
    *("capture_date", "camera", "similarity", "reason", "location"),
)
DIFFERENT = 40

READY = """() => new Promise((done) => {
  const look = () => {
    const images = [...document.querySelectorAll(".tile img")].filter((i) => i.getBoundingClientRect().top < innerHeight);
    if (images.length && images.every((i) => i.complete)) requestAnimationFrame(() => done(performance.now()));
    else requestAnimationFrame(look);
  };
  look();
})"""

SCROLL = """([pixels, frames]) => new Promise((done) => {
  const times = [];
  let blank = 0, last = performance.now();
  const step = (now) => {
    times.push(now - last);
    last = now;
    blank += [0, 60].every((below) => document.elementFromPoint(innerWidth / 2, innerHeight / 2 + below)?.id === "deck");
    if (times.length > frames) return done([times.slice(1), blank]);
    scrollBy(0, pixels);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""

PAINTED = """() => new Promise((done) => {
  const by = (id) => document.getElementById(id);
  const change = (id, value) => { by(id).value = value; by(id).dispatchEvent(new Event("change")); };
  const start = performance.now();
  ACTION;
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""


def groups(number: int, folder: Path) -> Iterator[PageGroup]:
    """Groups of two to five files with previews of their own, as a large archive has them."""
    masters = []
    for seed in range(DIFFERENT):
        masters.append(build.jpeg(folder / f"master-{seed}.jpg", seed, (320, 240), quality=82))
    for at in range(number):
        kind = ("identical", "picture", "similar", "burst")[at % 4]
        files = []
        for place in range(2 + at % 4):
            path = f"/media/family/drive {place}/DCIM/{at // 50:03d}APPLE/holiday in the mountains/IMG_{at:05d}_{place}.JPG"
            action = "" if kind in ("similar", "burst") else "remove" if place else "keep"
            size = 3_000_000 + at
            row = (
                at,
                kind,
                action,
                path,
                size,
                f"xxh3_128:{at:032x}",
                4032,
                3024,
                "2019-07-03 12:34:56",
                "Acme One",
                "0.98",
                "the larger picture",
                "",
            )
            preview = f"{at}-{place}.jpg"
            os.link(masters[(at * 7 + place) % DIFFERENT], folder / preview)
            files.append(PageFile(path, row, preview))
        yield PageGroup(tuple(files), (len(files) - 1) * 3_000_000)


def main(number: int) -> None:
    """Write the page, open it three times, scroll, decide, filter; print a line for each."""
    with tempfile.TemporaryDirectory() as place, browser.chromium() as chromium:
        target = Path(place) / "duplicates.html"
        previews_folder(target).mkdir()
        start = time.perf_counter()
        write_duplicates(target, groups(number, previews_folder(target)), columns=COLUMNS, command="find --apply {csv}")
        written = time.perf_counter() - start
        print(f"{number} groups: page of {target.stat().st_size / 1e6:.1f} MB, written with its previews' links in {written:.1f} s")
        opened = []
        for _ in range(3):
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.goto(target.as_uri(), wait_until="commit")
            opened.append(float(page.evaluate(READY)))
            if len(opened) < 3:
                context.close()
        print(f"open until the previews in the window are painted: {', '.join(f'{ms:.0f}' for ms in opened)} ms")
        measure(page)


def measure(page: Page) -> None:
    """Scroll and decide in an open page."""
    for pixels, frames in ((40, 300), (120, 300), (1500, 200)):
        times, blank = page.evaluate(SCROLL, [pixels, frames])
        late, middle, most = sum(ms > 34 for ms in times), statistics.median(times), sorted(times)[int(len(times) * 0.95)]
        print(
            f"scroll by {pixels} px a frame: median {middle:.1f} ms, 95th percentile {most:.1f} ms, worst {max(times):.0f} ms, "
            f"{late} of {len(times)} frames late, {blank} with an empty middle"
        )
    actions = {
        "decide": "document.querySelector('.card .remove').click()",
        "filter by kind": "change('kind', 'burst')",
        "show all": "by('clear').click()",
        "sort by name": "change('sort', 'name')",
    }
    for name, action in actions.items():
        times = [float(page.evaluate(PAINTED.replace("ACTION", action))) for _ in range(3)]
        print(f"{name}, until painted: {', '.join(f'{ms:.0f}' for ms in times)} ms")
    heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
    elements = page.evaluate("document.querySelectorAll('*').length")
    print(f"{elements} elements, JavaScript heap {heap:.0f} MB")
    start = time.perf_counter()
    with page.expect_download() as download:
        page.click("#save")
    print(f"save {download.value.path().stat().st_size / 1e6:.1f} MB: {1000 * (time.perf_counter() - start):.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
