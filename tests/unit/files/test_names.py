"""Names: when two are one, which lies below which, and the next one that is free."""

from __future__ import annotations

import itertools
import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.files import names
from lib.files.names import LONGEST, byte_length, fold, free_path, is_below, numbered


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IMG_1.JPG", "img_1.jpg"),
        ("Ä.jpg", "a\u0308.JPG"),
        ("\u00c5ngstr\u00f6m", "\u212bngstro\u0308m"),
        ("straße", "STRASSE"),
        ("a\u0323\u0302", "a\u0302\u0323"),
        ("\u1f80", "\u1f88"),
    ],
)
def test_names_that_some_file_system_takes_for_one_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a.jpg", "b.jpg"), ("i", "ı"), ("IMG 1", "IMG_1"), ("\udc80", "\udc81")])
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_unicode_form_and_letter_case_never_matter(name: str) -> None:
    assert fold(name) == fold(unicodedata.normalize("NFC", name)) == fold(unicodedata.normalize("NFD", name)) == fold(name.casefold())


def test_a_name_cut_before_its_accent_is_the_beginning_of_the_whole_one() -> None:
    assert fold("Menu\u0301.jpg").startswith(fold("MENU"))
    assert fold("Menú.jpg").startswith(fold("MENU"))


def test_what_lies_below_a_folder() -> None:
    root, inside, beside = (os.path.join(os.sep, *parts) for parts in (["photos"], ["photos", "2019"], ["photos old"]))
    assert is_below(root, root) and is_below(inside, root)
    assert not is_below(beside, root) and not is_below(root, inside)
    assert is_below(root, os.sep)


@pytest.mark.parametrize(
    ("name", "mark", "expected"),
    [
        ("IMG.jpg", "_{}", ["IMG.jpg", "IMG_2.jpg", "IMG_3.jpg"]),
        ("no ending", "_{}", ["no ending", "no ending_2", "no ending_3"]),
        (".hidden", "_{}", [".hidden", ".hidden_2", ".hidden_3"]),
        ("IMG.HEIC.xmp", ".{}", ["IMG.HEIC.xmp", "IMG.HEIC.2.xmp", "IMG.HEIC.3.xmp"]),
        ("Holidays", " ({})", ["Holidays", "Holidays (2)", "Holidays (3)"]),
    ],
)
def test_further_names_have_a_number_behind_the_stem(name: str, mark: str, expected: list[str]) -> None:
    assert list(itertools.islice(numbered(name, mark), 3)) == expected


def test_a_numbered_name_fits_every_file_system() -> None:
    for name in itertools.islice(numbered("ü" * 126 + ".jpg"), 12):
        assert byte_length(name) <= LONGEST and name.endswith(".jpg")


@pytest.mark.parametrize("name", ["\ud800" * 200, "\udcff" * 300, "\udcff\ud800" * 200], ids=["half a pair", "no UTF-8", "both"])
def test_names_that_are_no_unicode_are_cut_too(name: str) -> None:
    assert byte_length(name) > LONGEST >= byte_length(next(numbered(f"{name}.jpg")))


def test_a_free_path_has_the_first_number_that_nobody_has() -> None:
    taken = {"a.b/IMG.jpg", "a.b/IMG_2.jpg"}
    assert free_path("a.b/IMG.jpg", taken.__contains__) == "a.b/IMG_3.jpg"
    assert free_path("a.b/IMG", taken.__contains__) == "a.b/IMG"
    assert free_path("a.b/IMG", {"a.b/IMG"}.__contains__) == "a.b/IMG_2"


def test_half_a_letter_as_windows_allows_it_in_a_name_is_no_error() -> None:
    half = "\ud83d" * 100 + ".jpg"
    assert byte_length(half) == 304
    assert names.shorten(half.removesuffix(".jpg"), ".jpg") == "\ud83d" * 83 + ".jpg"
