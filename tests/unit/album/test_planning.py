"""What is decided about sets of files, from plain values: one table for each rule."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from lib.album import planning
from lib.album.album_state import AlbumState
from lib.album.decision import Action, Decision, PictureFacts, Rule, SetFacts, VersionVerdict
from lib.album.naming import Layout, check
from lib.album.placement import PlacementOptions
from lib.album.planning import plan
from lib.files.names import fold
from lib.model import CaptureDate, DateSource, MediaFile

MOMENT = datetime(2019, 7, 3, 12, 34, 56)


def layout(folders: str = "{year}/{month}", names: str = "{name}") -> Layout:
    return Layout(check(folders, "--folders", folders=True), check(names, "--names", folders=False))


def photo(
    path: str,
    content: str,
    *,
    date: datetime = MOMENT,
    size: int = 100,
    pixels: int = 100,
    source: DateSource = DateSource.EXIF_ORIGINAL,
) -> PictureFacts:
    """A studied file; its SHA-256 is its content's name, and a content that begins alike is another version of the same picture."""
    folder, _, name = path.rpartition("/")
    file = MediaFile(folder, name, size, 0, 0, 1, hash(path) & 0xFFFF)
    return PictureFacts(file, content, f"xxh3_128:{content}", CaptureDate(date, source), width=pixels, height=1)


def versions(one: PictureFacts, other: PictureFacts) -> VersionVerdict:
    return VersionVerdict(one.sha256[0] == other.sha256[0], one.bulk > other.bulk)


def unlike(one: PictureFacts, other: PictureFacts) -> VersionVerdict:
    return VersionVerdict(are_versions=False)


def beside(files: SetFacts, name: str) -> Sequence[str]:
    stem = name.rpartition(".")[0]
    return [f"{stem}.{companion.file.name.rpartition('.')[2]}" for companion in files.companions]


def album(*there: PictureFacts) -> AlbumState:
    names = [studied.file.path.removeprefix("/album/") for studied in there]
    sums = {name: studied.sha256 for name, studied in zip(names, there)}
    return AlbumState("/album", {fold(name): name for name in names}, sums, dict(zip(names, there)))


def decided(
    sets: Sequence[PictureFacts | SetFacts], there: AlbumState | None = None, choices: PlacementOptions | None = None
) -> dict[str, Decision]:
    """The decisions by source, the same for every order of the sets."""
    whole = [files if isinstance(files, SetFacts) else SetFacts(files) for files in sets]
    answers = []
    for order in itertools.islice(itertools.permutations(whole), 24):
        decisions = plan(order, there or album(), choices or PlacementOptions(layout()), versions, beside)
        answers.append({d.file.path: replace(d, group=0) for d in decisions})
        assert len(decisions) == sum(1 + len(files.companions) for files in whole)
    assert all(answer == answers[0] for answer in answers)
    return answers[0]


def brief(decisions: dict[str, Decision]) -> dict[str, tuple[str, Rule, str]]:
    return {path: (d.action.value, d.rule, d.destination) for path, d in decisions.items()}


def test_new_pictures_go_by_their_dates_and_names() -> None:
    found = decided([photo("/in/a.jpg", "a"), photo("/in/b.jpg", "b", date=datetime(2020, 1, 1))])
    assert brief(found) == {"/in/a.jpg": ("moved", Rule.NEW, "2019/07/a.jpg"), "/in/b.jpg": ("moved", Rule.NEW, "2020/01/b.jpg")}
    copied = decided([photo("/in/a.jpg", "a")], choices=PlacementOptions(layout(), copy=True))["/in/a.jpg"]
    assert (copied.action, copied.copies) == (Action.COPIED, True)


def test_different_pictures_of_one_name_are_numbered_by_their_dates() -> None:
    later = MOMENT.replace(day=9)
    found = decided([photo("/in/x/a.jpg", "b", date=later), photo("/in/y/A.JPG", "a"), photo("/in/z/a.jpg", "c", date=later)])
    assert {path: d.destination for path, d in found.items()} == {
        "/in/y/A.JPG": "2019/07/A.JPG",
        "/in/x/a.jpg": "2019/07/a_2.jpg",
        "/in/z/a.jpg": "2019/07/a_3.jpg",
    }
    held = found["/in/x/a.jpg"].competitor
    assert held is not None and (held.path, held.sha256, held.captured) == (
        "/in/y/A.JPG",
        "a",
        CaptureDate(MOMENT, DateSource.EXIF_ORIGINAL),
    )


def test_names_that_a_file_system_may_take_for_one_are_one() -> None:
    found = decided([photo("/in/x/e\u0301.jpg", "b"), photo("/in/y/\u00c9.JPG", "a", date=MOMENT.replace(day=1))])
    assert {d.destination for d in found.values()} == {"2019/07/\u00c9.JPG", "2019/07/e\u0301_2.jpg"}


def test_something_unknown_in_the_album_is_stepped_aside_from() -> None:
    there = AlbumState("/album", {"2019/07/a.jpg": "2019/07/a.jpg", "2019/07/a_2.jpg": "2019/07/A_2.jpg"})
    found = decided([photo("/in/a.jpg", "a")], there)["/in/a.jpg"]
    assert (found.destination, found.rule) == ("2019/07/a_3.jpg", Rule.NUMBERED)
    assert found.competitor is not None and found.competitor.path == "2019/07/a.jpg"


def test_of_equal_bytes_the_surest_date_and_the_plainest_name_go_in() -> None:
    guess = photo("/in/1.jpg", "a", source=DateSource.MTIME, date=datetime(2001, 1, 1))
    copy, original = photo("/in/IMG (1).jpg", "a"), photo("/in/IMG.jpg", "a")
    found = decided([guess, copy, original])
    assert found["/in/IMG.jpg"].action is Action.MOVED
    assert {found[path].action for path in ("/in/1.jpg", "/in/IMG (1).jpg")} == {Action.DUPLICATE}
    assert found["/in/1.jpg"].kept == "2019/07/IMG.jpg"


@pytest.mark.parametrize(("duplicates", "destination", "removes"), [("leave", "", False), ("delete", "", True), ("quarantine", "x", False)])
def test_duplicates_are_dealt_with_as_chosen(duplicates: str, destination: str, removes: bool) -> None:
    there = album(photo("/album/old/a.jpg", "a"))
    choices = PlacementOptions(layout(), ("/in", "/in/card"), duplicates=duplicates)
    found = decided([photo("/in/card/sub/b.jpg", "a")], there, choices)["/in/card/sub/b.jpg"]
    assert (found.action, found.rule, found.kept, found.removes) == (Action.DUPLICATE, Rule.SAME_IN_ALBUM, "old/a.jpg", removes)
    assert found.destination == (destination and "quarantine/card/sub/b.jpg")


def version(path: str, content: str, quality: tuple[int, int]) -> PictureFacts:
    return photo(path, content, pixels=quality[0], size=quality[1])


QUALITIES = [
    ("more pixels", (200, 50), (100, 99)),
    ("more bytes", (100, 99), (100, 50)),
]


@pytest.mark.parametrize(("better", "worse"), [case[1:] for case in QUALITIES], ids=[case[0] for case in QUALITIES])
def test_the_better_version_gets_the_name_whoever_was_first(better: tuple[int, int], worse: tuple[int, int]) -> None:
    good, bad = version("/in/z/a.jpg", "v1", better), version("/in/a/a.jpg", "v2", worse)
    found = decided([good, bad])
    assert brief(found)["/in/z/a.jpg"][2] == "2019/07/a.jpg"
    assert brief(found)["/in/a/a.jpg"] == ("superseded", Rule.LESSER, "superseded/2019/07/a.jpg")

    bad_there = version("/album/2019/07/a.jpg", "v2", worse)
    wins = decided([good], album(bad_there))["/in/z/a.jpg"]
    assert (wins.action, wins.rule, wins.destination) == (Action.MOVED, Rule.BETTER, "2019/07/a.jpg")
    assert [(one.sha256, to) for one, to in wins.displaces] == [("v2", "superseded/2019/07/a.jpg")]
    assert wins.reason.endswith("which goes to superseded/2019/07/a.jpg")

    good_there = version("/album/2019/07/a.jpg", "v1", better)
    loses = decided([bad], album(good_there))["/in/a/a.jpg"]
    assert (loses.action, loses.destination, loses.displaces) == (Action.SUPERSEDED, "superseded/2019/07/a.jpg", ())


def test_of_equal_versions_the_one_in_place_stays() -> None:
    found = decided([photo("/in/a.jpg", "v2")], album(photo("/album/2019/07/a.jpg", "v1")))
    assert found["/in/a.jpg"].action is Action.SUPERSEDED


def test_a_version_that_came_in_numbered_still_meets_its_better_one() -> None:
    there = album(photo("/album/2019/07/a.jpg", "other"), photo("/album/2019/07/a_2.jpg", "v1"))
    found = decided([photo("/in/a.jpg", "v2", pixels=500)], there)["/in/a.jpg"]
    assert (found.destination, [to for _, to in found.displaces]) == ("2019/07/a_2.jpg", ["superseded/2019/07/a_2.jpg"])


def test_versions_of_another_second_and_with_keep_all_are_numbered() -> None:
    pair = [photo("/in/a/a.jpg", "v1"), photo("/in/b/a.jpg", "v2", date=MOMENT.replace(second=57))]
    assert {d.destination for d in decided(pair).values()} == {"2019/07/a.jpg", "2019/07/a_2.jpg"}
    pair[1] = photo("/in/b/a.jpg", "v2", date=MOMENT.replace(microsecond=5))
    assert {d.destination for d in decided(pair).values()} == {"2019/07/a.jpg", "superseded/2019/07/a.jpg"}
    kept = decided(pair, choices=PlacementOptions(layout(), keep_all=True))
    assert {d.destination for d in kept.values()} == {"2019/07/a.jpg", "2019/07/a_2.jpg"}


def test_what_lies_right_stays_and_goes_before_what_lies_wrong() -> None:
    right, wrong = photo("/album/2019/07/a.jpg", "a"), photo("/album/000/a.jpg", "b", date=MOMENT.replace(day=1))
    there = AlbumState("/album", {fold(name): name for name in ("2019/07/a.jpg", "000/a.jpg")})
    found = decided([right, wrong], there)
    assert brief(found) == {
        "/album/2019/07/a.jpg": ("in_place", Rule.IN_PLACE, "2019/07/a.jpg"),
        "/album/000/a.jpg": ("moved", Rule.NUMBERED, "2019/07/a_2.jpg"),
    }


def test_a_set_is_numbered_as_one_and_waits_for_a_number_that_is_free_for_all() -> None:
    live = SetFacts(photo("/in/a.HEIC", "h"), (photo("/in/a.MOV", "m"),))
    there = AlbumState("/album", {fold(name): name for name in ("2019/07/a.MOV", "2019/07/a_2.HEIC")})
    found = decided([live], there)
    assert {path: d.destination for path, d in found.items()} == {"/in/a.HEIC": "2019/07/a_3.HEIC", "/in/a.MOV": "2019/07/a_3.MOV"}
    assert found["/in/a.MOV"].belongs_to == "/in/a.HEIC"


def test_a_duplicate_brings_its_new_companions_and_leaves_the_known_ones() -> None:
    there = album(photo("/album/2019/07/a.HEIC", "h"), photo("/album/2019/07/a.xmp", "x"))
    files = SetFacts(photo("/in/b.HEIC", "h"), (photo("/in/b.MOV", "m"), photo("/in/b.xmp", "x"), photo("/in/b.aae", "e")))
    assert brief(decided([files], there)) == {
        "/in/b.HEIC": ("duplicate", Rule.SAME_IN_ALBUM, ""),
        "/in/b.MOV": ("moved", Rule.COMPANION, "2019/07/a.MOV"),
        "/in/b.xmp": ("duplicate", Rule.SAME_IN_ALBUM, ""),
        "/in/b.aae": ("moved", Rule.COMPANION, "2019/07/a.aae"),
    }


def test_a_further_sidecar_is_named_so_that_it_is_found_again() -> None:
    there = album(photo("/album/2019/07/a.jpg", "h"), photo("/album/2019/07/a.xmp", "x"))
    found = decided([SetFacts(photo("/in/a.jpg", "h"), (photo("/in/a.xmp", "y"),))], there)
    assert found["/in/a.xmp"].destination == "2019/07/a.jpg.2.xmp"
    there = album(*(photo(f"/album/2019/07/{name}", sha) for name, sha in (("a.jpg", "h"), ("a.xmp", "x"), ("a.jpg.2.xmp", "y"))))
    again = decided([SetFacts(photo("/in/a.jpg", "h"), (photo("/in/a.xmp", "y"),))], there)
    assert (again["/in/a.xmp"].action, again["/in/a.xmp"].kept) == (Action.DUPLICATE, "2019/07/a.jpg.2.xmp")


def test_a_picture_is_never_a_duplicate_of_a_sidecar() -> None:
    found = decided([photo("/in/a.jpg", "x")], album(photo("/album/2019/07/a.xmp", "x")))
    assert found["/in/a.jpg"].action is Action.MOVED


def test_a_video_that_is_half_of_a_live_photo_is_held_against_that_half() -> None:
    live = SetFacts(photo("/in/z.HEIC", "h"), (photo("/in/z.MOV", "m"),))
    found = decided([live, photo("/in/a.MOV", "m")], choices=PlacementOptions(layout(), duplicates="delete"))
    assert (found["/in/a.MOV"].kept, found["/in/a.MOV"].removes) == ("2019/07/z.MOV", True)


def test_a_duplicate_of_what_gives_way_is_held_against_its_new_place() -> None:
    there = album(photo("/album/2019/07/a.jpg", "v2"))
    found = decided([photo("/in/a.jpg", "v1", pixels=500), photo("/in/copy.jpg", "v2")], there)
    assert found["/in/copy.jpg"].kept == "superseded/2019/07/a.jpg"


def test_counters_find_the_next_number_without_trying_all(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    real = Layout.name_of

    def counted(self: Layout, studied: PictureFacts, number: int, spare: int = 0) -> str:
        nonlocal tried
        tried += 1
        return real(self, studied, number, spare)

    monkeypatch.setattr(Layout, "name_of", counted)
    sets = [SetFacts(photo(f"/in/{n}.jpg", f"{n:05}", date=MOMENT.replace(second=n % 60, minute=n // 60))) for n in range(600)]
    decisions = plan(sets, album(), PlacementOptions(layout(names="{counter:04}")), unlike, lambda files, name: ())
    assert sorted(d.destination for d in decisions) == [f"2019/07/{n:04}.jpg" for n in range(1, 601)]
    assert tried < 600 * 5


def test_names_that_would_be_too_long_are_cut_for_the_whole_set() -> None:
    def with_xmp(files: SetFacts, name: str) -> Sequence[str]:
        return [f"{name}.xmp" for _ in files.companions]

    name = "\u00e9" * 120
    sets = [SetFacts(photo(f"/in/{n}/{name}.jpg", f"{n}"), (photo(f"/in/{n}/{name}.jpg.xmp", f"x{n}"),)) for n in range(3)]
    decisions = planning.plan(sets, album(), PlacementOptions(layout(names="{name} of the family")), unlike, with_xmp)
    names = [d.destination.rpartition("/")[2] for d in decisions]
    assert len(set(names)) == 6
    assert max(len(name.encode()) for name in names) <= 255


@pytest.mark.parametrize("alike", ["none", "all", "in the album"])
def test_thousands_of_one_second_that_want_one_name_cost_each_the_same(alike: str) -> None:
    """How often names are made for a set is what the time goes into."""

    def names_made(count: int) -> float:
        made = 0

        def names(files: SetFacts, name: str) -> Sequence[str]:
            nonlocal made
            made += 1
            return ()

        if alike == "in the album":
            lying = [photo(f"/album/2019/07/a{f'_{n}' if n > 1 else ''}.jpg", f"{n:04}") for n in range(1, count + 1)]
            sets, there = lying, AlbumState("/album", {fold(p.file.path[7:]): p.file.path[7:] for p in lying})
        else:
            sets, there = [photo(f"/in/{n:04}/a.jpg", f"{n:04}", size=n) for n in range(count)], album()
        group: dict[str, int] = {} if alike == "all" else {one.file.path: number for number, one in enumerate(sets)}
        decisions = plan(
            [SetFacts(one) for one in sets],
            there,
            PlacementOptions(layout(names="{name}")),
            lambda one, other: VersionVerdict(alike == "all", one.bulk > other.bulk),
            names,
            lambda one: group.get(one.file.path, 0),
        )
        assert len({decision.destination for decision in decisions}) == count
        assert {d.action for d in decisions} <= ({Action.IN_PLACE} if alike == "in the album" else {Action.MOVED, Action.SUPERSEDED})
        return made / count

    few, many = names_made(100), names_made(400)
    assert many < 1.5 * few
