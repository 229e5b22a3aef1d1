"""What belongs together stays together, and no independent photo is hidden behind another."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.files.names import fold, split_name
from lib.filesets.companion_names import new_names
from lib.filesets.companions import GroupedFiles, group_files
from lib.model import CaptureDate, DateSource, FileSet, MediaFile, Metadata, Role

NOON = datetime(2019, 7, 3, 12, 34, 56)


@dataclass(frozen=True)
class Shot:
    """What a file's content tells."""

    at: datetime | None = NOON
    offset: float | None = None
    utc: bool = False
    camera: str = "Phone 7"
    content_id: str = ""
    duration: float | None = None
    source: DateSource = DateSource.EXIF_ORIGINAL
    size: int = 1000

    @property
    def facts(self) -> Metadata:
        return Metadata("jpeg", model=self.camera, content_id=self.content_id, duration=self.duration)

    @property
    def date(self) -> CaptureDate | None:
        if self.at is None:
            return None
        offset = None if self.offset is None else timedelta(hours=self.offset)
        return CaptureDate(self.at, self.source, offset, zone_assumed=self.utc)


def filmed(utc: datetime, *, assumed_zone: float = 1, duration: float = 2.5, content_id: str = "") -> Shot:
    """A video that tells UTC, as it looks on a computer in a zone that need not be the camera's."""
    return Shot(utc + timedelta(hours=assumed_zone), assumed_zone, True, "", content_id, duration, DateSource.VIDEO_CREATION)


def file(name: str, folder: str = "card", size: int = 1000) -> MediaFile:
    return MediaFile(folder, name, size, 0, 0, 0, 0)


def gathered(content: Mapping[str, Shot | None] | Sequence[str], folder: str = "card") -> GroupedFiles:
    shots = content if isinstance(content, Mapping) else dict.fromkeys(content)
    files = [file(name, folder, shot.size if shot else 1000) for name, shot in shots.items()]
    facts = {f.path: shot.facts for f in files if (shot := shots[f.name])}
    dates = {f.path: date for f in files if (shot := shots[f.name]) and (date := shot.date)}
    return group_files(files, facts, dates)


def story(found: GroupedFiles) -> dict[str, dict[str, Role]]:
    """Main file's name to its companions' names and roles."""
    return {each.main.name: {companion.file.name: companion.role for companion in each.companions} for each in found.sets}


def sets(content: Mapping[str, Shot | None] | Sequence[str]) -> set[frozenset[str]]:
    return {frozenset(f.name for f in each.files) for each in gathered(content).sets}


def apart(*names: str) -> set[frozenset[str]]:
    return {frozenset({name}) for name in names}


LIVE, RAW, EDITED, SIDECAR = Role.LIVE_VIDEO, Role.RAW_PAIR, Role.EDITED, Role.SIDECAR

LONG = "Urlaub in Knaufspesch in der Schneifel mit Oma"  # 46 characters
TAKEOUT = [
    # what it shows, the picture, its JSON
    ("old export", "IMG_1234.jpg", "IMG_1234.jpg.json"),
    ("letter case", "IMG_1234.JPG", "IMG_1234.jpg.json"),
    ("upper-case JSON", "IMG_1234.jpg", "IMG_1234.JPG.JSON"),
    ("title without an ending", "IMG_1234.jpg", "IMG_1234.json"),
    ("new export", "IMG_1234.jpg", "IMG_1234.jpg.supplemental-metadata.json"),
    ("new export, title without an ending", "IMG_1234.jpg", "IMG_1234.supplemental-metadata.json"),
    *(
        (f"word cut after {cut} letters", "IMG_1234.jpg", f"IMG_1234.jpg.{'supplemental-metadata'[:cut]}.json")
        for cut in range(len("supplemental-metadata"))
    ),
    ("number moved, old", "IMG_1234(1).jpg", "IMG_1234.jpg(1).json"),
    ("number moved, new", "IMG_1234(1).jpg", "IMG_1234.jpg.supplemental-metadata(1).json"),
    ("number moved, word cut", "IMG_1234(12).jpg", "IMG_1234.jpg.supplemental-me(12).json"),
    ("number in place, old", "IMG_1234(1).jpg", "IMG_1234(1).jpg.json"),
    ("number in place, new", "IMG_1234(1).jpg", "IMG_1234(1).jpg.supplemental-metadata.json"),
    ("number, no ending", "IMG_1234(1).jpg", "IMG_1234(1).json"),
    ("cut in the ending", f"{LONG[:43]}.jpg", f"{LONG[:43]}.jp.json"),
    ("cut before the ending", f"{LONG}x.jpg", f"{LONG}.json"),
    ("cut at the dot", f"{LONG[:45]}.jpg", f"{LONG[:45]}..json"),
    ("cut leaves the dot of the word", f"{LONG[:41]}.jpg", f"{LONG[:41]}.jpg..json"),
    ("cut and number", f"{LONG}x(3).jpg", f"{LONG}(3).json"),
    ("cut after a number that is part of the name", f"{LONG[:38]} (38).JPG", f"{LONG[:38]} (38).J.json"),
    ("cut before the word was appended", f"{LONG[:45]}.JPG", f"{LONG[:45]}.JP.supplemental-meta.json"),
    ("a UUID", "D7157814-D2D5-4A62-AFCE-9CF465CB7D66.jpeg", "D7157814-D2D5-4A62-AFCE-9CF465CB7D66.jpeg.supp.json"),
    ("wide characters count double", f"{'😀' * 23}party.jpg", f"{'😀' * 23}.json"),
    ("composed and decomposed", "Café.jpg", unicodedata.normalize("NFD", "Café.jpg") + ".json"),
    ("decomposed and composed", unicodedata.normalize("NFD", "Café.jpg"), "Café.jpg.supplemental-metadata.json"),
    ("cut between letter and accent", f"{LONG[:45]}é.jpg", f"{LONG[:45]}e.json"),
    ("edited version alone", "IMG_1234-edited.jpg", "IMG_1234.jpg.json"),
    ("edited version alone, numbered", "IMG_1234-edited(1).jpg", "IMG_1234.jpg(1).json"),
    ("edited version alone, in German", "IMG_1234-bearbeitet.jpg", "IMG_1234.jpg.supplemental-metadata.json"),
    ("edited version alone, decomposed French", unicodedata.normalize("NFD", "IMG_1-modifié.jpg"), "IMG_1.jpg.json"),
    ("a Live Photo's video without its photo", "IMG_1234.MP4", "IMG_1234.HEIC.json"),
    ("HEIC that came out as JPEG", "IMG_1234.jpg", "IMG_1234.HEIC.supplemental-metadata.json"),
    ("MOV that came out as MP4", "IMG_1234.MP4", "IMG_1234.MOV.json"),
    ("a picture named like the album's JSON, in full", "metadata.jpg", "metadata.jpg.json"),
]


@pytest.mark.parametrize(("picture", "sidecar"), [row[1:] for row in TAKEOUT], ids=[row[0] for row in TAKEOUT])
def test_takeout_names_its_json_in_many_ways(picture: str, sidecar: str) -> None:
    found = gathered([picture, sidecar])
    assert story(found) == {picture: {sidecar: SIDECAR}}
    assert not found.lone_sidecars


NOT_OF = [
    ("a number is never dropped", "IMG_1234.jpg", "IMG_1234.jpg(1).json"),
    ("nor made up", "IMG_1234(1).jpg", "IMG_1234.jpg.json"),
    ("nor exchanged", "IMG_1234(1).jpg", "IMG_1234.jpg.supplemental-metadata(2).json"),
    ("a short name is not cut", "IMG_12345.jpg", "IMG_1234.json"),
    ("another photo", "IMG_1235.jpg", "IMG_1234.jpg.json"),
    ("another ending", "IMG_1234.png", "IMG_1234.jpg.json"),
    ("the album's own", "metadata.jpg", "metadata.json"),
    ("the album's own, numbered", "metadata(1).jpg", "metadata(1).json"),
    ("the album's own, in French", "métadonnées.jpg", unicodedata.normalize("NFD", "métadonnées.json")),
    ("the account's", "print-subscriptions.jpg", "print-subscriptions.json"),
    ("the comments", "shared_album_comments.jpg", "shared_album_comments.json"),
    ("the memories", "user-generated-memory-titles.jpg", "user-generated-memory-titles.json"),
]


@pytest.mark.parametrize(("picture", "sidecar"), [row[1:] for row in NOT_OF], ids=[row[0] for row in NOT_OF])
def test_a_json_of_something_else_stays_alone(picture: str, sidecar: str) -> None:
    found = gathered([picture, sidecar])
    assert story(found) == {picture: {}}
    assert [each.name for each in found.lone_sidecars] == [sidecar]


def test_every_photo_of_a_takeout_folder_keeps_its_own_json() -> None:
    assert sets(
        [
            *("IMG.jpg", "IMG(1).jpg", "IMG(2).jpg", "IMG-edited.jpg", "IMG-edited(1).jpg"),
            *("IMG.jpg.json", "IMG.jpg(1).json", "IMG.jpg.supplemental-metadata(2).json"),
        ]
    ) == {
        frozenset({"IMG.jpg", "IMG-edited.jpg", "IMG.jpg.json"}),
        frozenset({"IMG(1).jpg", "IMG-edited(1).jpg", "IMG.jpg(1).json"}),
        frozenset({"IMG(2).jpg", "IMG.jpg.supplemental-metadata(2).json"}),
    }


def test_a_cut_name_that_fits_two_photos_is_of_none() -> None:
    found = gathered([f"{LONG}-1.jpg", f"{LONG}-2.jpg", f"{LONG}.json"])
    assert [each.name for each in found.lone_sidecars] == [f"{LONG}.json"]


def test_a_json_does_not_take_the_photo_of_another_json() -> None:
    found = gathered(["IMG.jpg", "IMG.HEIC.json", "IMG.jpg.json"])
    assert story(found) == {"IMG.jpg": {"IMG.jpg.json": SIDECAR}}


@pytest.mark.parametrize(
    "word", ["edited", "bearbeitet", "modifié", "ha editado", "bewerkt", "edytowane", "編集済み", "modificato", "편집됨"]
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_edited_version_comes_with_its_original_in_every_language(word: str, form: str) -> None:
    edited = unicodedata.normalize("NFC" if form == "NFC" else "NFD", f"IMG_1-{word}.jpg")
    assert story(gathered(["IMG_1.HEIC", edited])) == {"IMG_1.HEIC": {edited: EDITED}}


def test_an_edited_version_of_a_long_name_may_have_lost_half_of_its_word() -> None:
    assert story(gathered([f"{LONG[:43]}.jpg", f"{LONG[:43]}-edi.jpg"])) == {f"{LONG[:43]}.jpg": {f"{LONG[:43]}-edi.jpg": EDITED}}
    assert sets(["Oma.jpg", "Oma-edi.jpg"]) == apart("Oma.jpg", "Oma-edi.jpg")


def test_an_iphone_brings_original_edited_version_video_and_adjustments() -> None:
    shots = {
        "IMG_1234.HEIC": Shot(content_id="A"),
        "IMG_1234.MOV": filmed(NOON, content_id="A"),
        "IMG_E1234.JPG": Shot(content_id="A"),
        "IMG_E1234.MOV": filmed(NOON, content_id="A"),
        "IMG_1234.AAE": None,
        "IMG_O1234.AAE": None,
        "IMG_E1234.JPG.xmp": None,
    }
    assert story(gathered(shots)) == {
        "IMG_1234.HEIC": {
            "IMG_1234.MOV": LIVE,
            "IMG_E1234.JPG": EDITED,
            "IMG_E1234.MOV": LIVE,
            "IMG_1234.AAE": SIDECAR,
            "IMG_O1234.AAE": SIDECAR,
            "IMG_E1234.JPG.xmp": SIDECAR,
        }
    }


def test_an_edited_name_of_another_time_or_camera_is_another_photo() -> None:
    later = NOON + timedelta(days=300)
    assert sets({"IMG_1234.JPG": Shot(), "IMG_E1234.JPG": Shot(later)}) == apart("IMG_1234.JPG", "IMG_E1234.JPG")
    assert sets({"a.jpg": Shot(), "a-edited.jpg": Shot(camera="Other")}) == apart("a.jpg", "a-edited.jpg")


def test_an_edited_version_without_its_original_is_a_photo() -> None:
    assert sets(["IMG_E1234.JPG", "b-edited.jpg"]) == apart("IMG_E1234.JPG", "b-edited.jpg")


SUBSECOND = NOON.replace(microsecond=250_000)


@pytest.mark.parametrize(
    "name", ["IMG_1234(1).jpg", "IMG_1234 (1).jpg", "IMG_1234-smile.jpg", "IMG_1234~2.jpg", "IMG_1234-Edit-2.tif", "IMG_1234-01.jpeg"]
)
@pytest.mark.parametrize(
    ("shot", "together"),
    [
        (Shot(SUBSECOND, size=900), True),
        (Shot(SUBSECOND), False),  # a copy: its content will tell
        (Shot(NOON, size=900), False),  # the same second may hold two photos
        (Shot(SUBSECOND, camera="Other", size=900), False),
        (Shot(SUBSECOND, camera="", size=900), False),
        (None, False),
    ],
)
def test_a_number_makes_an_edited_version_only_where_the_very_instant_agrees(name: str, shot: Shot | None, together: bool) -> None:
    found = sets({"IMG_1234.jpg": Shot(SUBSECOND), name: shot})
    assert found == ({frozenset({"IMG_1234.jpg", name})} if together else apart("IMG_1234.jpg", name))


def test_what_takeout_tells_of_separately_is_no_edited_version() -> None:
    shots = {"a.jpg": Shot(SUBSECOND), "a(1).jpg": Shot(SUBSECOND, size=9), "a.jpg(1).json": None}
    assert sets(shots) == {frozenset({"a.jpg"}), frozenset({"a(1).jpg", "a.jpg(1).json"})}


HOURS = timedelta(hours=1)
LIVE_CASES = [
    ("UTC and a stated offset", Shot(offset=2), filmed(NOON - 2 * HOURS), True),
    ("another UTC than the offset says", Shot(offset=2), filmed(NOON - 3 * HOURS), False),
    ("offset not stated", Shot(), filmed(NOON - 2 * HOURS, assumed_zone=-8), True),
    ("a zone of three quarters", Shot(), filmed(NOON - timedelta(hours=5, minutes=45)), True),
    ("two seconds apart", Shot(), filmed(NOON - 2 * HOURS + timedelta(seconds=2)), True),
    ("two seconds apart the other way", Shot(), filmed(NOON - 2 * HOURS - timedelta(seconds=2)), True),
    ("five seconds apart", Shot(), filmed(NOON - 2 * HOURS + timedelta(seconds=5)), False),
    ("further than any zone", Shot(), filmed(NOON - 20 * HOURS), False),
    ("filmed for its own sake", Shot(), filmed(NOON - 2 * HOURS, duration=95), False),
    ("local time in both", Shot(), Shot(NOON + timedelta(seconds=1), 2, source=DateSource.QUICKTIME), True),
    ("video without a date", Shot(), Shot(None), False),
    ("photo without a date", Shot(None), filmed(NOON), False),
    ("a guess is no evidence", Shot(), Shot(NOON, source=DateSource.MTIME), False),
    ("nor is the name", Shot(source=DateSource.FILE_NAME), Shot(NOON, source=DateSource.FILE_NAME), False),
    ("other identifiers", Shot(content_id="A"), filmed(NOON, content_id="B"), False),
    ("equal identifiers", Shot(content_id="A"), filmed(NOON + 99 * HOURS, content_id="A"), True),
]


@pytest.mark.parametrize(("photo", "video", "together"), [row[1:] for row in LIVE_CASES], ids=[row[0] for row in LIVE_CASES])
@pytest.mark.parametrize("names", [("IMG_1.HEIC", "IMG_1.MOV"), ("img_1.jpg", "IMG_1.mp4")], ids=str)
def test_a_live_photo_is_known_by_identifier_or_by_name_and_time(photo: Shot, video: Shot, together: bool, names: tuple[str, str]) -> None:
    found = story(gathered({names[0]: photo, names[1]: video}))
    assert found == ({names[0]: {names[1]: LIVE}} if together else {names[0]: {}, names[1]: {}})


def test_copies_of_a_live_photo_pair_by_name() -> None:
    names = ["IMG_1 (1).HEIC", "IMG_1 (1).MOV", "IMG_1.HEIC", "IMG_1.MOV"]
    found = story(gathered({name: Shot(content_id="A") for name in names}))
    assert found == {"IMG_1 (1).HEIC": {"IMG_1 (1).MOV": LIVE}, "IMG_1.HEIC": {"IMG_1.MOV": LIVE}}


def test_an_identifier_joins_halves_with_different_names_in_one_folder_only() -> None:
    assert story(gathered({"a.jpg": Shot(content_id="A"), "b.mov": Shot(content_id="A")})) == {"a.jpg": {"b.mov": LIVE}}
    files = [file("a.jpg", "here"), file("b.mov", "there")]
    assert len(group_files(files, {f.path: Metadata("x", content_id="A") for f in files}, {}).sets) == 2


def test_a_video_goes_with_one_photo_and_a_photo_with_one_video() -> None:
    shots = {"a.HEIC": Shot(), "a.JPG": Shot(), "a.MOV": filmed(NOON), "a.MP4": filmed(NOON)}
    assert story(gathered(shots)) == {"a.HEIC": {"a.MOV": LIVE}, "a.JPG": {}, "a.MP4": {}}


def test_takeout_hands_out_a_pixels_moving_half_without_a_proper_ending() -> None:
    assert story(gathered(["PXL_1.MP", "PXL_1.MP.jpg", "PXL_1.MP.jpg.json"])) == {
        "PXL_1.MP.jpg": {"PXL_1.MP": LIVE, "PXL_1.MP.jpg.json": SIDECAR}
    }


def test_raw_and_jpeg_of_one_shot_go_together_under_the_raw() -> None:
    found = gathered({"DSC_1.JPG": Shot(), "DSC_1.NEF": Shot(), "DSC_1.xmp": None, "DSC_1.JPG.xmp": None})
    assert story(found) == {"DSC_1.NEF": {"DSC_1.JPG": RAW, "DSC_1.xmp": SIDECAR, "DSC_1.JPG.xmp": SIDECAR}}


def test_a_pixels_raw_and_jpeg_have_names_of_their_own() -> None:
    names = ["PXL_1.RAW-01.COVER.jpg", "PXL_1.RAW-02.ORIGINAL.dng"]
    assert story(gathered(dict.fromkeys(names, Shot()))) == {names[1]: {names[0]: RAW}}


def test_a_raw_without_a_date_goes_by_the_date_of_its_jpeg() -> None:
    assert story(gathered({"DSC_1.JPG": Shot(), "DSC_1.NEF": Shot(None)})) == {"DSC_1.JPG": {"DSC_1.NEF": RAW}}


@pytest.mark.parametrize("other", [Shot(NOON + timedelta(seconds=9)), Shot(camera="Other")], ids=["time", "camera"])
def test_a_raw_and_a_jpeg_of_different_shots_are_two(other: Shot) -> None:
    assert sets({"IMG_1.CR2": Shot(), "IMG_1.JPG": other}) == apart("IMG_1.CR2", "IMG_1.JPG")


def test_other_equal_names_are_independent() -> None:
    names = ["a.jpg", "a.png", "a.heic", "a.avi"]
    assert sets(dict.fromkeys(names, Shot())) == apart(*names)


@pytest.mark.parametrize(
    ("owner", "sidecar", "beside"),
    [
        ("a.jpg", "a.jpg.xmp", ["a.png"]),
        ("a.CR2", "a.xmp", ["b.jpg"]),
        ("a.heic", "A.AAE", ["a.png"]),
        ("MVI_1.AVI", "MVI_1.THM", ["MVI_1.JPG"]),
        ("a.JPG", "a.JPG.xmp", ["a.jpg"]),
    ],
)
def test_a_sidecar_finds_its_owner(owner: str, sidecar: str, beside: list[str]) -> None:
    assert story(gathered([owner, sidecar, *beside]))[owner] == {sidecar: SIDECAR}


def test_a_sidecar_without_its_photo_is_told_apart() -> None:
    assert [f.name for f in gathered(["a.jpg", "b.xmp", "b.aae", "b.jpg.json"]).lone_sidecars] == ["b.xmp", "b.aae", "b.jpg.json"]


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (
            {"IMG_1.HEIC": Shot(), "IMG_1.MOV": filmed(NOON), "IMG_E1.JPG": None, "IMG_1.AAE": None, "IMG_1.HEIC.xmp": None},
            "2019-07-03 12.34.56_2.HEIC",
            {"IMG_1.MOV": ".MOV", "IMG_1.AAE": ".AAE", "IMG_1.HEIC.xmp": ".HEIC.xmp"},
        ),
        (
            ["a.jpg", "a-edited.jpg", "a.jpg.supplemental-me.json"],
            "x.jpg",
            {"a-edited.jpg": "-edited.jpg", "a.jpg.supplemental-me.json": ".jpg.json"},
        ),
        (["IMG_1234.HEIC", "IMG_E1234.JPG", "IMG_E1234.AAE"], "x.HEIC", {"IMG_E1234.JPG": "-edited.JPG", "IMG_E1234.AAE": "-edited.AAE"}),
        (["a.jpg", "a.json", "a.jpg.json"], "x.jpg", {"a.jpg.json": ".jpg.json", "a.json": ".jpg.2.json"}),
    ],
)
def test_companions_take_the_new_base_name(content: Mapping[str, Shot | None], name: str, expected: Mapping[str, str]) -> None:
    [group] = [each for each in gathered(content).sets if each.companions]
    renamed = dict(zip((companion.file.name for companion in group.companions), new_names(group, name)))
    base = name.rpartition(".")[0]
    assert {old: renamed[old] for old in expected} == {old: base + tail for old, tail in expected.items()}


# ---- laws -----------------------------------------------------------------------------------------------------------------

STEMS = [
    "IMG_1234",
    "IMG_E1234",
    "IMG_1234(1)",
    "IMG_1234-edited",
    "IMG_1234-edited(1)",
    "img_1234",
    "Café",
    f"{LONG[:43]}",
    f"{LONG[:43]}-ed",
    "metadata",
]
ENDINGS = ["jpg", "JPG", "HEIC", "MOV", "mp4", "NEF", "dng", "png", "MP", "txt"]
TAILS = [".xmp", ".AAE", ".THM", ".json", ".supplemental-metadata.json", ".sup.json", "(1).json", "."]
SHOTS = st.one_of(
    st.none(),
    st.builds(
        Shot,
        at=st.sampled_from([None, NOON, SUBSECOND, NOON + timedelta(hours=1), NOON + timedelta(seconds=2)]),
        offset=st.sampled_from([None, 0, 2]),
        utc=st.booleans(),
        camera=st.sampled_from(["", "Phone 7", "Other"]),
        content_id=st.sampled_from(["", "A", "B"]),
        size=st.integers(1, 3),
    ),
)
PICTURE_NAMES = st.builds("{}.{}".format, st.sampled_from(STEMS), st.sampled_from(ENDINGS))
NAMES = st.one_of(
    PICTURE_NAMES,
    st.builds("{}{}".format, PICTURE_NAMES, st.sampled_from(TAILS)),
    st.builds("{}{}".format, st.sampled_from(STEMS), st.sampled_from(TAILS)),
    st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=60),
)
TREES = st.dictionaries(NAMES, SHOTS, max_size=14)


@settings(deadline=None)
@given(TREES)
def test_every_file_comes_back_exactly_once_and_the_order_does_not_matter(content: dict[str, Shot | None]) -> None:
    found = gathered(content)
    back = [f.name for each in found.sets for f in each.files] + [f.name for f in found.lone_sidecars]
    assert sorted(back) == sorted(content)
    turned = gathered(dict(reversed(content.items())))
    assert set(turned.sets) == set(found.sets)
    assert set(turned.lone_sidecars) == set(found.lone_sidecars)


@settings(deadline=None)
@given(TREES)
def test_companions_come_after_what_they_are_beside(content: dict[str, Shot | None]) -> None:
    for group in gathered(content).sets:
        seen = {group.main}
        for companion in group.companions:
            assert companion.beside in seen
            seen.add(companion.file)


BASES = st.one_of(
    st.sampled_from(
        [
            "x",
            "2019-07-03 12.34.56_2",
            "IMG_E0001",
            "a(1)",
            "a-edited",
            "a-edited(2)",
            "metadata",
            LONG,
            f"{LONG}-edited",
            "Café",
            "x.2",
            "😀",
        ]
    ),
    st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=60).filter(lambda base: base[0] != "."),  # no album hides files
)


def renamed(group: FileSet, name: str) -> dict[str, str]:
    return {group.main.name: name, **dict(zip((companion.file.name for companion in group.companions), new_names(group, name)))}


@settings(max_examples=300, deadline=None)
@given(TREES, BASES)
def test_a_renamed_set_is_found_again_as_the_same_set(content: dict[str, Shot | None], base: str) -> None:
    for group in gathered(content).sets:
        for name in (base + split_name(group.main.name)[1], group.main.name):
            names = renamed(group, name)
            if name != group.main.name:
                assert len({fold(each) for each in names.values()}) == len(names)
            again = gathered({new: content[old] for old, new in names.items()})
            assert not again.lone_sidecars
            [same] = again.sets
            roles = {companion.file.name: companion.role for companion in same.companions}
            assert same.main.name == name
            assert roles == {names[companion.file.name]: companion.role for companion in group.companions}


@given(st.text())
def test_folding_makes_all_spellings_one(name: str) -> None:
    for spelling in (name.casefold(), unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name), fold(name)):
        assert fold(spelling) == fold(name)


@pytest.mark.parametrize(("seconds", "together"), [(0.0, True), (2.9, True), (3.0, True), (3.001, False), (3.9, False), (4.0, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_files_of_one_shot_lie_at_most_three_seconds_apart(seconds: float, together: bool, sign: int) -> None:
    later = NOON + sign * timedelta(seconds=seconds)
    video = Shot(later, camera="", duration=2.5, source=DateSource.QUICKTIME)
    both = {"IMG_1.HEIC": Shot(offset=2), "IMG_1.MOV": Shot(later, 2, camera="", duration=2.5, source=DateSource.QUICKTIME)}
    assert sets({"IMG_1.HEIC": Shot(), "IMG_1.MOV": video}) == sets(both) == _one_or_two("IMG_1.HEIC", "IMG_1.MOV", together)
    assert sets({"IMG_1.CR2": Shot(), "IMG_1.JPG": Shot(later)}) == _one_or_two("IMG_1.CR2", "IMG_1.JPG", together)
    utc = filmed(NOON - timedelta(hours=2) + sign * timedelta(seconds=seconds))
    assert sets({"IMG_1.HEIC": Shot(), "IMG_1.MOV": utc}) == _one_or_two("IMG_1.HEIC", "IMG_1.MOV", together)


@pytest.mark.parametrize(("duration", "together"), [(2.5, True), (9.9, True), (10.0, True), (10.1, False), (15.0, False), (20.0, False)])
def test_a_video_of_more_than_ten_seconds_was_filmed_for_its_own_sake(duration: float, together: bool) -> None:
    video = Shot(camera="", duration=duration, source=DateSource.QUICKTIME)
    assert sets({"IMG_1.HEIC": Shot(), "IMG_1.MOV": video}) == _one_or_two("IMG_1.HEIC", "IMG_1.MOV", together)


def _one_or_two(one: str, other: str, together: bool) -> set[frozenset[str]]:
    return {frozenset({one, other})} if together else apart(one, other)
