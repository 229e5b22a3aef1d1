"""The review page in a real browser: a person looks, decides with mouse and keys, closes, comes back, and saves the table."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lib.reporting import csv_tables
from lib.reporting.review_page import PageCandidate, PageFile, PageGroup, PageMatch, previews_folder, write_duplicates, write_matches
from tests import browser as browsers
from tests import build

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COLUMNS = (
    "group", "kind", "action", "path", "size", "checksum", "width", "height", "capture_date", "camera", "similarity", "reason", "location",
)  # fmt: skip
MATCH_COLUMNS = ("set", "thumbnail", "status", "photo", "score", "runner_up", "runner_up_score", "alternatives", "reason")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers.chromium() as browser:
        yield browser


@dataclass
class Window:
    """A browser window, and everything that it complained of or asked the outside for."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def save(self, target: Path) -> Path:
        """Press "Save decisions" and put the download at `target`."""
        with self.page.expect_download() as download:
            self.page.click("#save")
        download.value.save_as(target)
        self.page.keyboard.press("Escape")
        return target

    def actions(self, tmp_path: Path) -> dict[str, str]:
        """The decision for each file name in the table that the page saves."""
        rows = csv_tables.read(self.save(tmp_path / "saved.csv"), COLUMNS)
        return {os.path.basename(row["path"]): row["action"] for row in rows}


Open = Callable[..., Window]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Open]:
    """Open a page from disk, in a context of its own or in that of another window."""
    contexts: list[BrowserContext] = []

    def start(
        path: Path, beside: Window | None = None, before: str = "", width: int = 1280, height: int = 900, dark: bool = False
    ) -> Window:
        context = (
            beside.context
            if beside
            else chromium.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
        )
        contexts.append(context)
        if before:
            context.add_init_script(before)
        context.set_default_timeout(8000)
        window = Window(context, context.new_page())
        window.listen()
        window.page.goto(path.as_uri())
        return window

    yield start
    for context in contexts:
        context.close()


@dataclass
class Tree:
    """Real pictures below a folder, and the page and the table that tell of them."""

    root: Path
    groups: list[PageGroup] = field(default_factory=list)

    @property
    def target(self) -> Path:
        return self.root / "duplicates.html"

    def picture(self, name: str, seed: int, size: tuple[int, int] = (640, 480)) -> tuple[str, str]:
        """A photo, and the name of its preview."""
        path = self.root / "photos" / name
        preview = f"{seed % 5}-{size[0]}.jpg"
        small, drawn = previews_folder(self.target) / preview, self.root / "drawn" / preview
        if not small.exists():
            small.parent.mkdir(exist_ok=True)
            with Image.open(build.jpeg(drawn, seed % 5, size)) as image:
                image.thumbnail((320, 320))
                image.save(small)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(drawn, path)
        return os.fspath(path), preview

    def group(self, kind: str, files: Mapping[str, str], *, gain: int = 1000, folder: str = "", away: Sequence[str] = ()) -> None:
        """A group of photos: names and what is proposed for each."""
        number, made = len(self.groups) + 1, []
        for place, (name, action) in enumerate(files.items()):
            path, preview = self.picture(os.path.join(folder, name), number, (640 - 80 * place, 480 - 60 * place))
            row = (
                number,
                kind,
                action,
                path,
                1000,
                "xxh3_128:0",
                640,
                480,
                "2019-07-03 12:34:56",
                "Acme One",
                0.98,
                "the largest",
                os.fspath(self.root / "photos"),
            )
            made.append(PageFile(path, row, preview, connected=name not in away))
        self.groups.append(PageGroup(tuple(made), gain))

    def write(self) -> Path:
        write_duplicates(self.target, self.groups, columns=COLUMNS, command="find --apply {csv}")
        return self.target

    def table(self, target: Path) -> bytes:
        """The report as the script itself writes it."""
        csv_tables.write(target, COLUMNS, [file.row for group in self.groups for file in group.files])
        return target.read_bytes()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def usual(tree: Tree) -> Path:
    tree.group("identical", {"a1.jpg": "keep", "a2.jpg": "remove"}, gain=5000)
    tree.group("similar", {"b1.jpg": "", "b2.jpg": ""}, gain=4000)
    tree.group("burst", {"c1.jpg": "", "c2.jpg": "", "c3.jpg": ""}, gain=3000, folder="cards/burst")
    return tree.write()


def card(window: Window, number: int) -> str:
    return f'article[aria-labelledby="t{number - 1}"]'


def press(window: Window, group: int, button: str) -> None:
    window.page.locator(card(window, group)).get_by_role("button", name=button, exact=True).click(force=True)


def test_decide_by_mouse_and_save_the_table(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(usual(tree))
    expect(window.page.locator(card(window, 1)).locator(".points").first).to_contain_text("98 % alike")
    press(window, 1, "Keep a2.jpg")
    press(window, 1, "Remove a1.jpg")
    press(window, 2, "Remove b2.jpg")
    press(window, 3, "Keep only c2.jpg")
    expect(window.page.locator("#sums")).to_contain_text("Removes 4 files")
    expect(window.page.locator("#sums")).to_contain_text("frees 4.0 kB")
    expect(window.page.locator("#sums")).to_contain_text("every group is decided")
    assert list(window.actions(tmp_path).items()) == [
        *(("a1.jpg", "remove"), ("a2.jpg", "keep"), ("b1.jpg", "keep"), ("b2.jpg", "remove")),
        *(("c1.jpg", "remove"), ("c2.jpg", "keep"), ("c3.jpg", "remove")),
    ]
    assert not window.complaints


def test_decide_by_keyboard_alone(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(usual(tree))
    keys = window.page.keyboard
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "r", "ArrowDown", "3", "ArrowUp", "ArrowUp", "a"):
        keys.press(key)
    assert list(window.actions(tmp_path).values()) == ["keep", "keep", "keep", "remove", "remove", "remove", "keep"]
    keys.press("u")
    assert window.actions(tmp_path)["a2.jpg"] == "remove"


def test_the_last_file_of_a_group_cannot_be_removed(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(usual(tree))
    press(window, 1, "Remove a1.jpg")
    expect(window.page.locator("#toast")).to_contain_text("has to stay")
    window.page.keyboard.press("ArrowDown")
    for key in ("r", "ArrowRight", "r", "ArrowRight", "Delete"):
        window.page.keyboard.press(key)
    actions = window.actions(tmp_path)
    assert (actions["a1.jpg"], actions["a2.jpg"]) == ("keep", "remove")
    assert sorted((actions["b1.jpg"], actions["b2.jpg"])) == ["keep", "remove"]


def test_a_copy_on_a_drive_that_is_away_neither_goes_nor_counts_as_the_one_that_stays(tree: Tree, opened: Open, tmp_path: Path) -> None:
    tree.group("identical", {"here.jpg": "keep", "there.jpg": "", "away.jpg": "keep"}, away=["away.jpg"])
    window = opened(tree.write())
    press(window, 1, "Remove there.jpg")
    press(window, 1, "Remove here.jpg")
    press(window, 1, "Remove away.jpg")
    assert window.actions(tmp_path) == {"here.jpg": "keep", "there.jpg": "remove", "away.jpg": "keep"}


def test_not_duplicates_is_said_for_every_row_of_the_group(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(usual(tree))
    press(window, 1, "Not duplicates")
    actions = window.actions(tmp_path)
    assert (actions["a1.jpg"], actions["a2.jpg"], actions["b1.jpg"]) == ("ignore", "ignore", "")
    press(window, 1, "Not duplicates")
    assert window.actions(tmp_path)["a2.jpg"] == "remove"


def family(tree: Tree) -> Path:
    """Seven similar pairs of two folders, one of two others, a burst, and a group that is decided."""
    for number in range(7):
        tree.group("similar", {f"red/Fotos/{number}.jpg": "", f"laptop/mailed/{number}.jpg": ""})
    tree.group("similar", {"red/Fotos/x.jpg": "", "backup/2016/x.jpg": ""})
    tree.group("burst", {"red/Fotos/y1.jpg": "", "red/Fotos/y2.jpg": ""})
    tree.group("identical", {"red/Fotos/z.jpg": "keep", "laptop/mailed/z.jpg": "remove"})
    return tree.write()


def test_what_is_alike_is_decided_by_folder_at_once_and_undone_at_once(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(family(tree))
    page = window.page
    page.get_by_role("button", name="Decide by folder").click()
    expect(page.locator("#patterns-sums")).to_have_text("9 groups are to decide, in 3 patterns of folders.")
    first = page.locator(".pattern").first
    expect(first).to_contain_text("laptop/mailed  ↔  red/Fotos")
    expect(first.locator(".sample")).to_have_count(6)
    first.get_by_role("button", name="Keep the better one in all 7").click()
    expect(page.locator("#patterns-sums")).to_have_text("2 groups are to decide, in 2 patterns of folders.")
    page.locator(".pattern").filter(has_text="backup/2016").get_by_role("button", name="Keep those in backup/2016").click()
    page.locator(".pattern").first.get_by_role("button", name="Keep all").click()
    expect(page.locator("#patterns-sums")).to_have_text("Every group is decided.")
    page.get_by_role("button", name="Close").click()
    rows = [row["action"] for row in csv_tables.read(window.save(tmp_path / "saved.csv"), COLUMNS)]
    assert rows == [*["keep", "remove"] * 7, "remove", "keep", "keep", "keep", "keep", "remove"]
    for _ in range(3):
        page.locator("#undo").click()
    expect(page.locator("#sums")).to_contain_text("9 groups to decide")
    expect(page.locator("#undo")).to_be_disabled()
    assert not window.complaints


def test_a_pattern_can_be_looked_at_and_all_that_is_shown_be_decided(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(family(tree))
    page = window.page
    page.get_by_role("button", name="Decide by folder").click()
    page.locator(".pattern").first.get_by_role("button", name="Look at each").click()
    expect(page.locator("#shown")).to_contain_text("7 groups of 10 shown in laptop/mailed ↔ red/Fotos")
    press(window, 1, "Keep all")
    page.get_by_role("button", name="Keep the better one in all shown").click()
    expect(page.locator("#toast")).to_contain_text("6 groups: the better file is kept")
    rows = [row["action"] for row in csv_tables.read(window.save(tmp_path / "saved.csv"), COLUMNS)]
    assert rows == ["keep", "keep", *["keep", "remove"] * 6, "", "", "", "", "keep", "remove"]


def test_deciding_at_once_keeps_reference_files_and_never_all_but_what_is_away(tree: Tree, opened: Open, tmp_path: Path) -> None:
    tree.group("similar", {"a/1.jpg": "", "b/1.jpg": "", "c/1.jpg": ""})
    tree.group("similar", {"away/2.jpg": "", "b/2.jpg": ""}, away=["away/2.jpg"])
    one, two = tree.groups
    tree.groups = [PageGroup((one.files[0], replace(one.files[1], reference=True), one.files[2]), 1000), two]
    window = opened(tree.write())
    window.page.get_by_role("button", name="Keep the better one in all shown").click()
    rows = [row["action"] for row in csv_tables.read(window.save(tmp_path / "saved.csv"), COLUMNS)]
    assert rows == ["keep", "keep", "remove", "keep", "keep"]


def test_decisions_outlive_a_reload_and_stay_with_their_report(tree: Tree, opened: Open, tmp_path: Path) -> None:
    page = usual(tree)
    window = opened(page)
    press(window, 2, "Remove b1.jpg")
    press(window, 3, "Not duplicates")
    window.page.reload()
    actions = window.actions(tmp_path)
    assert (actions["b1.jpg"], actions["b2.jpg"], actions["c1.jpg"]) == ("remove", "keep", "ignore")

    tree.groups.reverse()
    tree.write()
    window.page.reload()
    actions = window.actions(tmp_path)
    assert (actions["b1.jpg"], actions["c1.jpg"]) == ("", "")


def test_two_windows_on_one_report_decide_together(tree: Tree, opened: Open, tmp_path: Path) -> None:
    page = usual(tree)
    one = opened(page)
    two = opened(page, beside=one)
    press(one, 2, "Remove b1.jpg")
    expect(two.page.locator(card(two, 2)).get_by_role("button", name="Remove b1.jpg")).to_have_attribute("aria-pressed", "true")
    press(two, 1, "Keep a2.jpg")
    actions = two.actions(tmp_path)
    assert (actions["a2.jpg"], actions["b1.jpg"]) == ("keep", "remove")


def test_a_memory_that_was_tampered_with_cannot_empty_a_group(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(usual(tree))
    press(window, 2, "Remove b1.jpg")
    window.page.evaluate("for (const key of Object.keys(localStorage)) localStorage[key] = localStorage[key].replace('rk', 'rr')")
    window.page.reload()
    actions = window.actions(tmp_path)
    assert (actions["b1.jpg"], actions["b2.jpg"]) == ("", "")


def test_a_browser_that_remembers_nothing_says_so(tree: Tree, opened: Open) -> None:
    window = opened(usual(tree), before="Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })")
    press(window, 1, "Keep a2.jpg")
    expect(window.page.get_by_role("alert")).to_contain_text("does not remember")


def test_a_full_memory_forgets_the_oldest_report_first(tree: Tree, opened: Open) -> None:
    window = opened(usual(tree))
    window.page.evaluate("""() => {
      for (const [name, when] of [["old", 1], ["new", 2]]) {
        localStorage[`photo-toolkit ${name}`] = JSON.stringify({ when, choices: {}, weight: "x".repeat(2_000_000) });
      }
      let rest = "x".repeat(2_000_000);
      while (rest) {
        try { localStorage.rest = (localStorage.rest ?? "") + rest; } catch { rest = rest.slice(rest.length / 2); }
        if (rest.length === 1) rest = "";
      }
    }""")
    press(window, 1, "Keep a2.jpg")
    expect(window.page.locator("#trouble")).not_to_be_visible()
    kept = window.page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('photo-toolkit ')).length")
    assert kept == 2
    assert window.page.evaluate("'photo-toolkit new' in localStorage")


NAMES = [
    *("=SUM(A1).jpg", "+1.jpg", "-rf.jpg", "@x.jpg", "\tTab.jpg", "\rReturn.jpg", "'quoted'.jpg", 'say "so", twice.jpg'),
    *("a;b,c.jpg", "two\nlines.jpg", " leading.jpg", "trailing .jpg", "\u2028.jpg", "back\\slash.jpg", "100%23#?.jpg"),
    *("家族 📷.jpg", "عطلة\u202egpj.exe.jpg", "e\u0301.jpg", "é.jpg", "<b>.jpg", "<script>.jpg", "javascript:alert(1).jpg"),
    *(os.fsdecode(b"raw\xff\x80\xe9.jpg"), os.fsdecode(b"\xf0\x9f\x93.jpg")),
]


def test_nothing_decided_gives_the_report_back_byte_for_byte(tree: Tree, opened: Open, tmp_path: Path) -> None:
    for name in NAMES:
        tree.group("identical", {name: "keep", f"copy of {name}": "remove"})
    window = opened(tree.write())
    assert window.save(tmp_path / "saved.csv").read_bytes() == tree.table(tmp_path / "duplicates.csv")


def test_hostile_names_and_tags_are_text(tree: Tree, opened: Open) -> None:
    bad = [
        "<img src=x onerror='window.hacked=1'>",
        "</script><script>window.hacked=1</script>",
        '"><svg onload=alert(1)>',
        "javascript:alert(1)",
    ]
    rows = [
        tuple(
            PageFile(
                path=f"{name}\n‮{n}",
                row=("1", name, "keep", f"{name}{n}", name, name, name, name, name, name, name, name, name),
                preview=name,
            )
            for n in (1, 2)
        )
        for name in bad
    ]
    tree.groups += [PageGroup(files, 1) for files in rows]
    window = opened(tree.write(), height=2000)
    page = window.page
    expect(page.locator("article .tile")).to_have_count(8)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("c")
    expect(page.locator("#compare")).to_be_visible()
    page.keyboard.press("Escape")
    page.fill("#text", "<script>")
    page.select_option("#folder", index=0)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.querySelectorAll('svg, script:not([type]), [onerror], [onload]').length") == 0
    links = page.evaluate("[...document.links].map((link) => link.href)")
    assert links and all(link.startswith("file:///") for link in links)
    names = page.locator(".tile .name bdi").all_inner_texts()
    assert names and not any(set("\n‮") & set(name) for name in names)
    assert all("⏎" in name and "⟨RLO⟩" in name for name in names)
    assert all(url.startswith("file:///") for url in window.asked)
    assert not [text for text in window.complaints if "ERR_FILE_NOT_FOUND" not in text]


def test_even_markup_that_slipped_in_could_not_run(tree: Tree, opened: Open) -> None:
    window = opened(usual(tree))
    markup = "<img src=x onerror='window.hacked=1'><a id=bad href='javascript:window.hacked=1'>x</a>"
    window.page.evaluate("(markup) => document.body.insertAdjacentHTML('beforeend', markup)", markup)
    window.page.evaluate("const s = document.createElement('script'); s.textContent = 'window.hacked=1'; document.body.append(s)")
    window.page.evaluate("document.getElementById('bad').click()")
    window.page.evaluate("fetch('https://example.invalid/').catch(() => {})")
    window.page.wait_for_function("document.querySelector('body > img').complete")
    assert window.page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in text for text in window.complaints)
    assert not [url for url in window.asked if not url.startswith("file:")]


def test_only_what_is_looked_at_is_loaded(tree: Tree, opened: Open) -> None:
    for number in range(60):
        tree.group("identical", {f"{number}.jpg": "keep", f"{number}b.jpg": "remove"}, gain=1000 - number)
    window = opened(tree.write())
    first, last = (window.page.locator(card(window, number)) for number in (1, 60))
    expect(first.locator("img").first).to_have_js_property("complete", True)
    expect(first).to_have_attribute("aria-setsize", "60")
    expect(last).to_have_count(0)
    assert 2 <= len([url for url in window.asked if "duplicates_files" in url]) < 60
    window.page.keyboard.press("End")
    expect(last.locator("img").first).to_have_js_property("naturalWidth", 320)
    expect(last).to_be_in_viewport()
    expect(first).to_have_count(0)


def test_a_walk_through_a_long_list_misses_no_group_and_comes_back(tree: Tree, opened: Open) -> None:
    for number in range(40):
        tree.group("burst" if number % 3 else "identical", {f"{number}{n}.jpg": "keep" for n in range(2 + number % 5)}, gain=1000 - number)
    window = opened(tree.write(), width=700)
    focused = "document.activeElement.closest('article')?.querySelector('h2').textContent"
    walked = []
    for _ in range(40):
        window.page.keyboard.press("ArrowDown")
        walked.append(window.page.evaluate(focused))
        assert window.page.evaluate("(box => box.top < innerHeight && box.bottom > 0)(document.activeElement.getBoundingClientRect())")
    assert walked == [f"Group {number}" for number in range(1, 41)]
    for _ in range(39):
        window.page.keyboard.press("ArrowUp")
    assert window.page.evaluate(focused) == "Group 1"
    boxes = "[...document.querySelectorAll('article')].map((a) => a.getBoundingClientRect()).map((b) => [b.top, b.bottom])"
    shown = window.page.evaluate(boxes)
    assert shown == sorted(shown) and all(below[0] - above[1] == pytest.approx(20, abs=1) for above, below in pairwise(shown))


STEADY = """() => new Promise((done) => {
  const box = (element) => element.getBoundingClientRect();
  const seen = () => [...document.querySelectorAll("article")].find((element) => box(element).top > 100 && box(element).top < innerHeight);
  const jumps = [];
  let marked, before;
  const step = () => {
    if (marked?.isConnected) jumps.push(box(marked).top - before);
    if (jumps.length > 40) return done(jumps);
    marked = seen();
    before = marked && box(marked).top;
    scrollBy(0, -60);
    setTimeout(() => requestAnimationFrame(step));
  };
  scrollTo(0, document.documentElement.scrollHeight * 0.7);
  requestAnimationFrame(() => requestAnimationFrame(step));
})"""


def test_what_is_in_view_stands_still_while_cards_above_it_are_made(tree: Tree, opened: Open) -> None:
    for number in range(40):
        tree.group("burst", {f"a rather long name for a photo {'x' * number} {number}{n}.jpg": "" for n in range(2 + number % 5)})
    window = opened(tree.write(), width=700)
    assert window.page.evaluate(STEADY) == [pytest.approx(60, abs=1)] * 41


def test_filter_and_sort(tree: Tree, opened: Open) -> None:
    window = opened(usual(tree))
    page, titles = window.page, window.page.locator("article h2")
    expect(titles).to_have_text(["Group 1", "Group 2", "Group 3"])
    page.select_option("#sort", "files")
    expect(titles).to_have_text(["Group 3", "Group 1", "Group 2"])
    page.select_option("#kind", "similar")
    expect(titles).to_have_text(["Group 2"])
    expect(page.locator("#shown")).to_have_text("1 group of 3 shown")
    page.click("#clear")
    page.fill("#text", "BURST c2")
    expect(titles).to_have_text(["Group 3"])
    page.fill("#text", "")
    page.select_option("#status", "open")
    expect(titles).to_have_text(["Group 3", "Group 2"])
    press(window, 2, "Remove b1.jpg")
    expect(titles).to_have_text(["Group 3", "Group 2"])
    page.select_option("#status", "changed")
    expect(titles).to_have_text(["Group 2"])
    page.click("#clear")
    page.select_option("#folder", label=page.locator("#folder option", has_text="burst").inner_text())
    expect(titles).to_have_text(["Group 3"])
    page.fill("#text", "no such thing")
    expect(page.locator("#shown")).to_have_text("Nothing fits these filters.")


def test_two_pictures_over_each_other_at_full_size(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(usual(tree))
    page, stage = window.page, window.page.locator("#stage")
    page.locator(card(window, 2)).get_by_role("button", name="Compare b2.jpg").click()
    a, b = stage.locator('[data-layer="a"] img'), stage.locator('[data-layer="b"] img')
    expect(a).to_have_js_property("naturalWidth", 640)
    expect(b).to_have_js_property("naturalWidth", 560)
    expect(b).to_be_visible()
    expect(a).not_to_be_visible()
    page.keyboard.press("Space")
    expect(a).to_be_visible()
    expect(b).not_to_be_visible()
    assert a.bounding_box() == b.bounding_box()

    page.keyboard.press("w")
    page.locator("#wipe").fill("25")
    assert stage.locator('[data-layer="b"]').evaluate("(layer) => getComputedStyle(layer).clipPath").endswith("25%)")
    page.locator("#stage").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    assert a.bounding_box() == b.bounding_box()
    assert page.locator("#zoom").inner_text() == "1.5×"
    page.keyboard.press("0")
    page.keyboard.press("b")
    left, right = a.bounding_box(), b.bounding_box()
    assert left and right and left["x"] + left["width"] <= right["x"] + 2 and left["width"] == pytest.approx(right["width"], abs=2)

    page.keyboard.press("r")
    page.keyboard.press("Escape")
    expect(page.locator("#compare")).not_to_be_visible()
    assert page.evaluate("document.activeElement.ariaLabel").startswith("Compare b2.jpg")
    assert "remove" in (window.actions(tmp_path)["b1.jpg"], window.actions(tmp_path)["b2.jpg"])
    assert not window.complaints


def test_the_frames_of_a_burst_one_after_another(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(usual(tree))
    page = window.page
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "c"):
        page.keyboard.press(key)
    name = page.locator('.side[data-side="b"] .name')
    expect(name).to_contain_text("c2.jpg")
    page.keyboard.press("ArrowRight")
    expect(name).to_contain_text("c3.jpg")
    page.keyboard.press("r")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#compare-title")).to_have_text("Group 2")
    expect(name).to_contain_text("b2.jpg")
    page.keyboard.press("Escape")
    actions = window.actions(tmp_path)
    assert (actions["c1.jpg"], actions["c2.jpg"], actions["c3.jpg"]) == ("keep", "keep", "remove")


def test_wheel_and_drag_move_both_pictures_as_one(tree: Tree, opened: Open) -> None:
    window = opened(usual(tree))
    page = window.page
    page.locator(card(window, 2)).get_by_role("button", name="Compare", exact=True).click()
    a, b = (page.locator(f'[data-layer="{side}"] img') for side in "ab")
    expect(a).to_have_js_property("naturalWidth", 640)
    expect(b).to_have_js_property("naturalWidth", 560)
    page.mouse.move(300, 300)
    page.mouse.wheel(0, -600)
    expect(page.locator("#zoom")).not_to_have_text("Fit")
    zoomed = a.bounding_box()
    page.mouse.down()
    page.mouse.move(340, 330)
    page.mouse.up()
    moved = a.bounding_box()
    assert zoomed and moved and moved == b.bounding_box()
    assert moved["x"] - zoomed["x"] == pytest.approx(40)
    assert moved["y"] - zoomed["y"] == pytest.approx(30)
    page.mouse.wheel(0, 6000)
    expect(page.locator("#zoom")).to_have_text("Fit")


def test_a_larger_preview_stands_in_for_an_original_that_the_browser_cannot_show(tree: Tree, opened: Open) -> None:
    tree.group("similar", {"a.jpg": "", "b.jpg": ""})
    one, two = tree.groups[0].files
    heic = os.fspath(build.heic(tree.root / "photos" / "live.heic", 9))
    _, large = tree.picture("large.jpg", 1, (1600, 1200))
    shutil.copyfile(tree.root / "drawn" / large, previews_folder(tree.target) / "large.jpg")
    tree.groups[0] = PageGroup((one, PageFile(heic, two.row, two.preview, large="large.jpg")), 1)
    window = opened(tree.write())
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("c")
    expect(window.page.locator('.side[data-side="b"] .quality')).to_have_text("Large preview")
    expect(window.page.locator('[data-layer="b"] img')).to_have_js_property("naturalWidth", 1600)


def test_an_original_that_the_browser_cannot_show_leaves_the_preview(tree: Tree, opened: Open) -> None:
    heic = build.heic(tree.root / "photos" / "live.heic", 9)
    tree.group("similar", {"live.jpg": "", "other.jpg": ""})
    files = tree.groups[0].files
    tree.groups[0] = PageGroup((files[0], PageFile(os.fspath(heic), files[1].row, files[1].preview)), 1)
    window = opened(tree.write())
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("c")
    expect(window.page.locator('.side[data-side="b"] .quality')).to_contain_text("does not show the original")
    expect(window.page.locator('[data-layer="b"] img')).to_have_js_property("naturalWidth", 320)
    expect(window.page.locator('.side[data-side="b"] a')).to_have_attribute("href", heic.as_uri())


def test_the_help_tells_every_key_and_the_keys_can_be_switched_off(tree: Tree, opened: Open, tmp_path: Path) -> None:
    window = opened(usual(tree))
    page = window.page
    page.keyboard.press("?")
    expect(page.locator("#help")).to_contain_text("Not duplicates")
    page.locator("#letters").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("n")
    assert window.actions(tmp_path)["a1.jpg"] == "keep"
    page.reload()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("n")
    assert window.actions(tmp_path)["a1.jpg"] == "keep"


def test_saving_shows_the_command_to_run(tree: Tree, opened: Open) -> None:
    window = opened(usual(tree))
    with window.page.expect_download() as download:
        window.page.keyboard.press("s")
    name = download.value.suggested_filename
    assert name.startswith("duplicates-decided-") and name.endswith(".csv")
    expect(window.page.locator("#saved-command")).to_have_text(f"find --apply {name}")


@dataclass
class Thumbnails:
    """A page of thumbnails: one that is sure, one with three candidates, one without any."""

    tree: Tree
    matches: list[PageMatch] = field(default_factory=list)

    def add(self, status: str, photos: int) -> None:
        number = len(self.matches) + 1
        thumbnail, preview = self.tree.picture(f"t{number}.jpg", 100 + number, (96, 72))
        candidates = []
        for place in range(photos):
            path, small = self.tree.picture(f"p{number}{place}.jpg", 100 + number, (640 - place, 480))
            candidates.append(PageCandidate(path, path, f"0.9{9 - place}", small, note="640 × 480"))
        first = candidates[0].cell if candidates else ""
        second = candidates[1].cell if len(candidates) > 1 else ""
        row = ("set", thumbnail, status, first, "0.99" if first else "", second, "0.98" if second else "", "", "as found")
        self.matches.append(PageMatch(thumbnail, row, tuple(candidates), preview))

    def write(self) -> Path:
        target = self.tree.root / "duplicates.html"
        write_matches(target, self.matches, columns=MATCH_COLUMNS, command="match --apply {csv} --output selected")
        return target


@pytest.fixture
def thumbnails(tree: Tree) -> Path:
    made = Thumbnails(tree)
    for status, photos in (("matched", 1), ("review", 3), ("none", 0), ("review", 2)):
        made.add(status, photos)
    return made.write()


def found(window: Window, tmp_path: Path) -> list[tuple[str, str, str, str]]:
    rows = csv_tables.read(window.save(tmp_path / "saved.csv"), MATCH_COLUMNS)
    return [(os.path.basename(row["thumbnail"]), row["status"], os.path.basename(row["photo"]), row["reason"]) for row in rows]


def test_thumbnails_confirm_reject_and_take_another_by_mouse(thumbnails: Path, opened: Open, tmp_path: Path) -> None:
    window = opened(thumbnails)
    cards = window.page.locator("article")
    expect(cards.locator("h2")).to_have_text(["set: t2.jpg", "set: t4.jpg", "set: t3.jpg", "set: t1.jpg"])
    boxes = [box.bounding_box() for box in cards.first.locator(".pair .look").all()]
    assert boxes[0] and boxes[1] and (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])
    cards.first.get_by_role("button", name="Take p22.jpg, score 0.97").click()
    cards.nth(1).get_by_role("button", name="Confirm").click()
    cards.nth(3).get_by_role("button", name="Reject").click()
    expect(window.page.locator("#sums")).to_have_text("2 matched0 to look at2 without a photo")
    window.page.reload()
    assert found(window, tmp_path) == [
        ("t1.jpg", "none", "", "rejected by hand"),
        ("t2.jpg", "matched", "p22.jpg", "chosen by hand"),
        ("t3.jpg", "none", "", "as found"),
        ("t4.jpg", "matched", "p40.jpg", "confirmed by hand"),
    ]
    assert not window.complaints


def test_thumbnails_by_keyboard_from_doubt_to_doubt(thumbnails: Path, opened: Open, tmp_path: Path) -> None:
    window = opened(thumbnails)
    for key in ("ArrowDown", "2", "o", "y", "ArrowDown", "x"):
        window.page.keyboard.press(key)
    assert [row[1:3] for row in found(window, tmp_path)] == [("none", ""), ("matched", "p21.jpg"), ("none", ""), ("matched", "p40.jpg")]


def test_a_thumbnail_held_against_its_candidates(thumbnails: Path, opened: Open, tmp_path: Path) -> None:
    window = opened(thumbnails)
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("c")
    expect(window.page.locator('.side[data-side="a"] .name')).to_contain_text("t2.jpg")
    expect(window.page.locator('.side[data-side="b"] .name')).to_contain_text("p20.jpg")
    window.page.keyboard.press("3")
    window.page.keyboard.press("y")
    window.page.keyboard.press("Escape")
    assert found(window, tmp_path)[1][1:3] == ("matched", "p22.jpg")


def test_the_other_photo_becomes_the_runner_up(thumbnails: Path, opened: Open, tmp_path: Path) -> None:
    window = opened(thumbnails)
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("2")
    rows = list(csv_tables.read(window.save(tmp_path / "saved.csv"), MATCH_COLUMNS))
    assert (rows[1]["score"], os.path.basename(rows[1]["runner_up"]), rows[1]["runner_up_score"]) == ("0.98", "p20.jpg", "0.99")


CONTRAST = """() => {
  const number = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = number(getComputedStyle(at).backgroundColor);
      if (colour[3] === undefined || colour[3] > 0.99) return colour;
      if (colour[3] > 0) return [0, 0, 0];
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility({ visibilityProperty: true }) || element.closest(":disabled")) continue;
    const [front, back] = [light(number(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    const ratio = (front + 0.05) / (back + 0.05);
    if (ratio < 4.5) poor.push(`${element.tagName}.${element.className} ${element.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""

NAMELESS = """() => [...document.querySelectorAll("button, a, input, select, progress")]
  .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map((e) => e.outerHTML)"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("kind", ["duplicates", "matches"])
def test_text_can_be_read_and_controls_have_names(tree: Tree, opened: Open, request: pytest.FixtureRequest, dark: bool, kind: str) -> None:
    path = usual(tree) if kind == "duplicates" else request.getfixturevalue("thumbnails")
    window = opened(path, dark=dark)
    window.page.locator("article .choice button").first.click()
    assert window.page.evaluate(CONTRAST) == []
    assert window.page.evaluate(NAMELESS) == []
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("c")
    assert window.page.evaluate(CONTRAST) == []
    assert window.page.evaluate(NAMELESS) == []


@pytest.mark.parametrize("kind", ["duplicates", "matches"])
@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (640, 450)], ids=["400 percent", "phone", "200 percent"])
def test_a_small_window_needs_no_scrolling_sideways(
    tree: Tree, opened: Open, request: pytest.FixtureRequest, kind: str, width: int, height: int
) -> None:
    path = usual(tree) if kind == "duplicates" else request.getfixturevalue("thumbnails")
    window = opened(path, width=width, height=height)
    wide = "[document.documentElement.scrollWidth, document.querySelector('dialog[open]')?.scrollWidth ?? 0].every((w) => w <= innerWidth)"
    assert window.page.evaluate(wide)
    window.page.locator("article .look").first.click()
    expect(window.page.locator("#stage")).to_be_in_viewport(ratio=0.9)
    assert window.page.evaluate(wide)


def test_a_screen_reader_hears_what_was_decided_and_walks_in_order(tree: Tree, opened: Open) -> None:
    window = opened(usual(tree))
    page = window.page
    headings = [heading.inner_text() for heading in page.get_by_role("heading", level=2).all()]
    assert headings == ["Group 1", "Group 2", "Group 3"]
    press(window, 2, "Remove b1.jpg")
    expect(page.locator("#live")).to_have_text("b1.jpg: remove. 1 of 2 kept.")
    order = []
    for _ in range(4):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.ariaLabel"))
    assert order == ["Compare b2.jpg, file 2 of 2", None, "Keep b2.jpg", "Remove b2.jpg"]
    focused = page.evaluate(
        "(() => { document.querySelector('.skip').focus(); return document.activeElement.getBoundingClientRect().top >= 0; })()"
    )
    assert focused
