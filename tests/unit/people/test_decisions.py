"""What a person said of faces: kept as plain text, by face, the later word in the place of the earlier one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.model import BadRequest
from lib.people import decisions
from lib.people.model import Box, FaceDecision, Verdict

ONE, OTHER = "1" * 64, "2" * 64
HERE, MOVED, THERE = Box(0.1, 0.1, 0.2, 0.2), Box(0.12, 0.11, 0.2, 0.2), Box(0.6, 0.1, 0.2, 0.2)


def said(verdict: str, name: str = "", box: Box | None = HERE, sha256: str = ONE) -> FaceDecision:
    return FaceDecision(sha256, box, Verdict(verdict), name)


@pytest.mark.parametrize(
    ("old", "new", "held"),
    [
        ([], [said("is", "Anna")], [said("is", "Anna")]),
        ([said("is", "Anna")], [said("is", "Ben", MOVED)], [said("is", "Ben", MOVED)]),
        ([said("is", "Anna")], [said("is", "Ben", THERE)], [said("is", "Anna"), said("is", "Ben", THERE)]),
        ([said("is", "Anna")], [said("is", "Ben", sha256=OTHER)], [said("is", "Anna"), said("is", "Ben", sha256=OTHER)]),
        ([said("is", "Anna")], [said("not", "Anna")], [said("not", "Anna")]),
        ([said("not", "Anna")], [said("is", "Anna")], [said("is", "Anna")]),
        ([said("not", "Anna")], [said("not", "Ben")], [said("not", "Anna"), said("not", "Ben")]),
        ([said("not", "Anna"), said("is", "Ben")], [said("stranger")], [said("not", "Anna"), said("stranger")]),
        ([said("stranger")], [said("is", "Anna")], [said("is", "Anna")]),
        ([said("not", "Anna"), said("is", "Ben")], [said("forget")], []),
        ([said("is", "Anna", None)], [said("is", "Ben", None)], [said("is", "Anna", None), said("is", "Ben", None)]),
        ([said("is", "Anna", None)], [said("not", "Anna", None)], [said("not", "Anna", None)]),
        ([said("is", "Anna")], [said("not", "Anna", None)], [said("is", "Anna"), said("not", "Anna", None)]),
    ],
)
def test_the_later_word_counts_for_the_same_face(old: list[FaceDecision], new: list[FaceDecision], held: list[FaceDecision]) -> None:
    assert decisions.merged(old, new) == held


faces = st.builds(
    FaceDecision,
    st.sampled_from([ONE, OTHER]),
    st.sampled_from([HERE, THERE, None]),
    st.sampled_from(list(Verdict)),
    st.sampled_from(["Anna", "Ben"]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(faces, max_size=8), st.lists(faces, max_size=8))
def test_to_be_told_twice_changes_nothing_and_a_face_has_at_most_one_name(old: list[FaceDecision], new: list[FaceDecision]) -> None:
    held = decisions.merged(old, new)
    assert decisions.merged(held, new) == decisions.merged(decisions.merged(held, new), new)
    for sha256 in (ONE, OTHER):
        for box in (HERE, THERE):
            positive = [one for one in held if (one.sha256, one.box) == (sha256, box) and one.verdict in (Verdict.IS, Verdict.STRANGER)]
            assert len(positive) <= 1


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    kept = [said("is", '=Zoë; "Q"'), said("not", "O'Brien", THERE), said("stranger", "", MOVED), said("is", "Ben", None, OTHER)]
    decisions.write(str(tmp_path), kept)
    assert decisions.of_album(str(tmp_path)) == kept
    assert (
        (tmp_path / ".photo-toolkit" / "people.csv")
        .read_text(encoding="utf-8-sig")
        .startswith("sha256,x,y,width,height,decision,name,photo")
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"{ONE},0.1,0.1,0.2,0.2,perhaps,Anna", "the decision 'perhaps' is none of is, not, stranger, forget"),
        (f"{ONE},0.1,0.1,0.2,0.2,is,", "needs a name"),
        ("abc,0.1,0.1,0.2,0.2,is,Anna", "no checksum"),
        (f"{ONE},0.1,0.1,0.2,,is,Anna", "hold no box"),
        (f"{ONE},0.1,0.1,nan,0.2,is,Anna", "parts of the picture"),
        (f"{ONE},100,100,20,20,is,Anna", "parts of the picture"),
    ],
)
def test_a_row_that_makes_no_sense_is_named(tmp_path: Path, row: str, words: str) -> None:
    table = tmp_path / "saved.csv"
    table.write_text(f"sha256,x,y,width,height,decision,name\n{ONE},,,,,,\n{row}\n")
    with pytest.raises(BadRequest, match=words) as refusal:
        decisions.read(table)
    assert "row 3" in str(refusal.value)


def test_the_report_is_no_table_of_decisions(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("photo,face,name\na.jpg,1,Anna\n")
    with pytest.raises(BadRequest, match="no column 'sha256'"):
        decisions.read(table)
