"""The page of faces in a real browser: a person names groups with few strokes, corrects, closes, comes back, and saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from lib.people import decisions
from lib.people.model import FaceDecision
from lib.reporting.review_page import PageFace, PagePicture, previews_folder, write_people
from tests import browser as browsers

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsers.chromium() as browser:
        yield browser


def sha256(number: int) -> str:
    return f"{number:064x}"


@dataclass
class Album:
    """A page of made-up faces: each picture has one face, which is told by the number of its picture."""

    folder: Path
    pictures: list[PagePicture] = field(default_factory=list)

    def add(
        self, name: str = "", status: str = "unknown", *, group: int = 0, part: int = 0, names: tuple[str, ...] = (), **more: object
    ) -> None:
        number = len(self.pictures)
        crop = f"{number % 7}.jpg"
        target = previews_folder(self.folder / "people.html") / crop
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            Image.new("RGB", (128, 128), ((number * 53) % 255, 90, 140)).save(target)
            Image.new("RGB", (400, 300), ((number * 53) % 255, 90, 140)).save(self.folder / crop)
        face = PageFace((0.25, 0.5, 0.25, 0.25), crop, name, status, 0.5 if name else 0.0, group=group, part=part, **more)  # type: ignore[arg-type]  # the tests give what it takes
        self.pictures.append(PagePicture(str(self.folder / crop), f"2019/{number}.jpg", sha256(number), (face,), names))

    def write(self) -> Path:
        page = self.folder / "people.html"
        write_people(page, self.pictures, columns=decisions.COLUMNS, command="import.py --people --apply {csv}")
        return page


@dataclass
class Window:
    """The page as a person has it open."""

    page: Page
    folder: Path
    complaints: list[str]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, title: str) -> None:
        self.page.locator(".box", has_text=title).first.click()

    def boxes(self) -> dict[str, int]:
        titles, counts = (self.page.locator(f".box .box-{part}").all_text_contents() for part in ("name", "count"))
        return {title: int(count) for title, count in zip(titles, counts)}

    def saved(self) -> list[tuple[int, str, str]]:
        """The rows that the page saves: number of the picture (negative without a box), decision, name."""
        with self.page.expect_download() as download:
            self.page.click("#save")
        target = self.folder / "saved.csv"
        download.value.save_as(target)
        self.press("Escape")
        return [(self._number(one), one.verdict.value, one.name) for one in decisions.read(target)]

    def _number(self, one: FaceDecision) -> int:
        number = int(one.sha256, 16)
        return number if one.box else -number


Open = Callable[[Album], Window]


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    context = chromium.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(8000)
    complaints: list[str] = []

    def start(album: Album) -> Window:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(("file:", "blob:")) else None)
        page.goto(album.write().as_uri())
        return Window(page, tmp_path, complaints)

    yield start
    context.close()
    assert not complaints


@pytest.fixture
def album(tmp_path: Path) -> Album:
    """Pictures 0–3: group 1, whose faces 2 and 3 are a part of their own; 4–6: group 2; 7–10: Anna, one of them maybe; 11: alone."""
    made = Album(tmp_path)
    for number in range(4):
        made.add(group=1, part=number // 2)
    for _ in range(3):
        made.add(group=2)
    for status in ("confirmed", "sure", "sure", "maybe"):
        made.add("Anna", status)
    made.add()
    return made


def test_people_and_groups_are_listed_the_largest_group_first(album: Album, opened: Open) -> None:
    window = opened(album)
    assert list(window.boxes().items()) == [("Anna", 4), ("Who is this? (1)", 4), ("Who is this? (2)", 3), ("Seen once or twice", 1)]
    expect(window.page.locator("#box-title")).to_have_text("Anna")
    expect(window.page.locator("#sums")).to_contain_text("8 to look at")


def test_a_group_gets_its_name_in_one_stroke_and_the_name_is_completed(album: Album, opened: Open) -> None:
    window = opened(album)
    window.go("Who is this? (1)")
    window.press("Enter")
    window.page.keyboard.type("an")
    expect(window.page.locator("#name")).to_have_value("anna")
    window.press("Enter")
    assert window.boxes() == {"Anna": 8, "Who is this? (2)": 3, "Seen once or twice": 1}
    window.go("Who is this? (2)")
    window.press("Enter")
    window.page.keyboard.type("Zoë =1+1")
    window.press("Enter")
    assert window.saved() == [(n, "is", "Anna") for n in range(4)] + [(n, "is", "Zoë =1+1") for n in (4, 5, 6)]


def test_a_number_gives_the_name_beside_it(album: Album, opened: Open) -> None:
    window = opened(album)
    window.go("Who is this? (2)")
    window.press("1")
    assert window.saved() == [(n, "is", "Anna") for n in (4, 5, 6)]


def test_confirming_a_person_leaves_what_is_only_maybe_to_a_look(album: Album, opened: Open) -> None:
    window = opened(album)
    expect(window.page.locator("#scope")).to_contain_text("the 3 that are not only maybe")
    window.press("y")
    assert window.saved() == [(7, "is", "Anna"), (8, "is", "Anna"), (9, "is", "Anna")]
    window.press(" ", "y")  # the maybe stands first
    assert (10, "is", "Anna") in window.saved()


def test_not_anna_is_said_of_the_face_that_is_stood_on(album: Album, opened: Open) -> None:
    window = opened(album)
    window.press("n")
    assert window.boxes()["Anna"] == 3 and window.boxes()["Seen once or twice"] == 2
    window.press("ArrowRight", "n")
    assert window.saved() == [(9, "not", "Anna"), (10, "not", "Anna")]


def test_a_stranger_is_never_asked_about(album: Album, opened: Open) -> None:
    window = opened(album)
    window.go("Who is this? (2)")
    window.press("t")
    assert window.boxes()["Strangers"] == 3
    assert window.saved() == [(n, "stranger", "") for n in (4, 5, 6)]


def test_single_faces_are_taken_out(album: Album, opened: Open) -> None:
    window = opened(album)
    window.go("Who is this? (2)")
    window.press("ArrowRight", " ", "x", "Enter")
    window.page.keyboard.type("Ben")
    window.press("Enter")
    assert window.saved() == [(4, "is", "Ben"), (6, "is", "Ben")]


def test_a_group_is_split_where_it_divides_or_where_somebody_says(album: Album, opened: Open) -> None:
    window = opened(album)
    window.go("Who is this? (1)")
    window.press("p")
    assert window.boxes() == {"Anna": 4, "Who is this? (2)": 3, "Who is this? (1)": 2, "Who is this? (3)": 2, "Seen once or twice": 1}
    window.go("Who is this? (2)")
    window.press(" ", "p")
    assert window.boxes()["Who is this? (4)"] == 1
    window.go("Anna")
    window.press(" ", "p")
    assert window.boxes()["Who is this? (5)"] == 1
    assert window.saved() == [(10, "not", "Anna")], "a face that is taken from a person is not that person; groups are nothing to save"


def test_groups_are_merged_with_each_other_and_with_people(album: Album, opened: Open) -> None:
    window = opened(album)
    window.go("Who is this? (1)")
    window.press("m")
    expect(window.page.locator("#scope")).to_contain_text("Merging")
    window.go("Who is this? (2)")
    window.press("m")
    assert window.boxes() == {"Anna": 4, "Who is this? (2)": 7, "Seen once or twice": 1}
    window.press("m")
    window.go("Anna")
    window.press("m")
    assert window.boxes() == {"Anna": 11, "Seen once or twice": 1}
    assert window.saved() == [(n, "is", "Anna") for n in range(7)]


def test_the_whole_photo_is_shown_with_its_box_and_somebody_is_there_without_a_face(album: Album, opened: Open) -> None:
    window = opened(album)
    window.press("v")
    expect(window.page.locator("#photo img")).to_be_visible()
    window.page.wait_for_function("document.querySelector('#photo img').complete")
    image, mark = (window.page.locator(place).bounding_box() for place in ("#photo img", "#photo .mark-of-face"))
    assert image and mark
    assert mark["x"] - image["x"] == pytest.approx(image["width"] / 4, abs=3) and mark["height"] == pytest.approx(
        image["height"] / 4, abs=3
    )
    window.page.fill("#also-name", "Ben")
    window.press("Enter")
    expect(window.page.locator("#photo-people")).to_contain_text("Ben")
    window.press("Escape")
    assert window.saved() == [(-10, "is", "Ben")]


def test_who_was_told_of_a_whole_photo_can_be_refused(tmp_path: Path, opened: Open) -> None:
    album = Album(tmp_path)
    album.add()
    album.add("Ben", "sure", names=("Anna",))
    window = opened(album)
    window.press("v")
    window.page.get_by_role("button", name="Anna is not here").click()
    window.press("Escape")
    assert window.saved() == [(-1, "not", "Anna")]


def test_every_step_is_taken_back(album: Album, opened: Open) -> None:
    window = opened(album)
    before = window.boxes()
    window.press("n", "y", " ", "p")
    window.go("Who is this? (2)")
    window.press("t")
    assert window.boxes() != before
    window.press("u", "u", "u", "u")
    assert window.boxes() == before and window.saved() == []
    expect(window.page.locator("#undo")).to_be_disabled()


def test_decisions_are_there_when_the_page_is_opened_again(album: Album, opened: Open) -> None:
    first = opened(album)
    first.go("Who is this? (1)")
    first.press("p", "1")
    first.go("Anna")
    first.press("v")
    first.page.fill("#also-name", "Ben")
    first.press("Enter")
    boxes = first.boxes()
    first.page.close()
    second = opened(album)
    assert second.boxes() == boxes
    assert len(second.saved()) == 3


def test_the_command_to_run_is_shown(album: Album, opened: Open) -> None:
    window = opened(album)
    window.press("y")
    with window.page.expect_download() as download:
        window.press("s")
    expect(window.page.locator("#saved-command")).to_have_text(f"import.py --people --apply {download.value.suggested_filename}")


def test_names_are_only_ever_text(tmp_path: Path, opened: Open) -> None:
    album = Album(tmp_path)
    evil = "<img src=x onerror=alert(1)>\u202e"
    for _ in range(2):
        album.add(evil, "sure")
    window = opened(album)
    assert window.page.locator(".box-name").inner_text().startswith("<img src=x")
    window.press("v")
    assert window.page.locator("#photo .mark-of-face img").count() == 0


def test_twenty_thousand_faces_stay_usable(tmp_path: Path, opened: Open) -> None:
    """Time is told in strokes that an impatient person would notice; the bound is loose, for the machine may be busy."""
    album = Album(tmp_path)
    for number in range(20_000):
        group = number // 40 + 1 if number < 12_000 else 0
        album.add(
            "" if group or number > 18_000 else f"Person {number % 60}", "unknown" if group or number > 18_000 else "sure", group=group
        )
    window = opened(album)
    assert window.page.locator("#overview").inner_text().startswith("20,000 faces")
    assert window.page.locator(".face").count() < 200
    window.go("Seen once or twice")
    assert window.page.locator(".face").count() < 200
    window.page.evaluate("document.querySelector('#grid').scrollTop = 1e9")
    expect(window.page.locator(".face").last).to_be_in_viewport()
    window.go("Who is this? (7)")
    seconds = window.page.evaluate(
        """() => {
          const begun = performance.now();
          document.querySelector('#quick button').click();
          document.querySelector('#grid').getBoundingClientRect();
          return (performance.now() - begun) / 1000;
        }"""
    )
    assert seconds < 3, f"naming a group took {seconds:.1f} s"
    assert len(window.saved()) == 40


def test_single_keys_can_be_switched_off_and_the_help_tells_them(album: Album, opened: Open) -> None:
    window = opened(album)
    window.press("?")
    expect(window.page.locator("#help-keys")).to_contain_text("Stranger, never ask")
    window.page.uncheck("#letters")
    window.press("Escape", "y")
    assert window.saved() == []
