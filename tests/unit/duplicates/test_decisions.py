"""What was decided comes back by content: whole, beside news, after folders were renamed, and never so that nothing would be left."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from lib.duplicates import decisions, removal_rules
from lib.duplicates.decisions import DecidedFile, GroupDecision, GroupDecisions
from lib.duplicates.model import ComparedFile, DuplicateGroup, Kind, Location, Member, Proposal
from lib.model import BadRequest, MediaFile

KEEP, REMOVE, IGNORE, OPEN = "keep", "remove", "ignore", ""


def group(*files: str, kind: Kind = Kind.SIMILAR, places: dict[str, Location] | None = None) -> DuplicateGroup:
    """A group of files told as "checksum path"; of a certain kind the first is proposed to stay and the others to go."""
    members = []
    for number, text in enumerate(files):
        checksum, path = text.split(" ", 1)
        folder, _, name = path.rpartition("/")
        file = MediaFile(folder, name, 10, 5, number, 1, 0)
        proposal = Proposal.UNDECIDED if not kind.is_certain else Proposal.REMOVE if number else Proposal.KEEP
        place = (places or {}).get(path, Location.INPUT)
        members.append(Member(ComparedFile(file, folder, place, 0, checksum), proposal, 1.0, "why"))
    return DuplicateGroup(kind, tuple(members))


def decided(*files: tuple[str, str, str], day: str = "2026-11-24") -> GroupDecision:
    return GroupDecision(tuple(DecidedFile(*file) for file in files), day)


def actions(known: GroupDecisions, found: DuplicateGroup) -> list[str | None]:
    told = known.actions(found)
    return [told[number].action if number in told else None for number in range(len(found.members))]


AB = decided(("A", "/x/a.jpg", KEEP), ("B", "/y/b.jpg", REMOVE))
KEPT = decided(("A", "/x/a.jpg", KEEP), ("B", "/y/b.jpg", KEEP))
APART = decided(("A", "/x/a.jpg", IGNORE), ("B", "/y/b.jpg", IGNORE))
COPIES = decided(("A", "/red/2019/a.jpg", KEEP), ("A", "/laptop/mailed/a.jpg", REMOVE))


@pytest.mark.parametrize(
    ("decision", "found", "comes_back"),
    [
        (AB, group("A /x/a.jpg", "B /y/b.jpg"), [KEEP, REMOVE]),
        (AB, group("B /new/b2.jpg", "A /renamed/a.jpg"), [REMOVE, KEEP]),
        (AB, group("A /x/a.jpg", "C /x/c.jpg", "B /y/b.jpg"), [KEEP, None, REMOVE]),
        (KEPT, group("A /x/a.jpg", "C /x/c.jpg", "B /y/b.jpg"), [KEEP, None, KEEP]),
        (APART, group("A /x/a.jpg", "C /x/c.jpg", "B /y/b.jpg"), [KEEP, None, KEEP]),
        (AB, group("A /x/a.jpg", "C /x/c.jpg"), [None, None]),
        (COPIES, group("A /laptop/mailed/a.jpg", "A /red/2019/a.jpg", kind=Kind.IDENTICAL), [REMOVE, KEEP]),
        (COPIES, group("A /old laptop/mailed/a.jpg", "A /blue/2019/a.jpg", kind=Kind.IDENTICAL), [REMOVE, KEEP]),
        (COPIES, group("A /one/a.jpg", "A /two/a.jpg", kind=Kind.IDENTICAL), [None, None]),
        (COPIES, group("A /new/a.jpg", "A /red/2019/a.jpg", "A /laptop/mailed/a.jpg", kind=Kind.IDENTICAL), [None, KEEP, REMOVE]),
    ],
    ids=[
        "the same files", "renamed", "a new one beside", "beside two that stay", "beside two that are no duplicates",
        "another group", "copies by path", "copies by the end of a path", "copies that cannot be told apart", "a third copy",
    ],
)  # fmt: skip
def test_what_was_decided_comes_back(decision: GroupDecision, found: DuplicateGroup, comes_back: list[str | None]) -> None:
    assert actions(GroupDecisions([decision]), found) == comes_back


@pytest.mark.parametrize(
    ("decision", "found", "over"),
    [
        (KEPT, group("A /x/a.jpg", "B /y/b.jpg"), True),
        (APART, group("B /z/b.jpg", "A /z/a.jpg"), True),
        (AB, group("A /x/a.jpg", "B /y/b.jpg"), False),
        (KEPT, group("A /x/a.jpg", "B /y/b.jpg", "C /z/c.jpg"), False),
        (KEPT, group("A /x/a.jpg", "B /y/b.jpg", "B /z/b.jpg"), False),
        (decided(("A", "/a", KEEP), ("B", "/b", KEEP), ("C", "/c", REMOVE)), group("A /a/a", "B /a/b"), True),
        (decided(("A", "/a", KEEP), ("B", "/b", OPEN)), group("A /a/a", "B /a/b"), False),
    ],
    ids=["kept whole", "no duplicates", "one goes", "a new file", "a new copy", "what was left of it", "one left open"],
)
def test_only_what_was_kept_whole_is_passed_over(decision: GroupDecision, found: DuplicateGroup, over: bool) -> None:
    assert GroupDecisions([decision]).passes_over(found) is over


def test_where_two_decisions_differ_the_file_stays() -> None:
    other = decided(("B", "/y/b.jpg", KEEP), ("C", "/z/c.jpg", REMOVE))
    found = group("A /x/a.jpg", "B /y/b.jpg", "C /z/c.jpg")
    assert actions(GroupDecisions([AB, other]), found) == actions(GroupDecisions([other, AB]), found) == [KEEP, KEEP, REMOVE]


@pytest.mark.parametrize("place", [Location.REFERENCE, Location.OFFLINE])
def test_what_may_not_go_is_not_marked_for_it(place: Location) -> None:
    assert actions(GroupDecisions([AB]), group("A /x/a.jpg", "B /y/b.jpg", places={"/y/b.jpg": place})) == [KEEP, None]


def test_nothing_is_remembered_where_nothing_would_be_left() -> None:
    gone = decided(("A", "/x/a.jpg", REMOVE), ("B", "/y/b.jpg", REMOVE), ("C", "/z/c.jpg", KEEP))
    assert actions(GroupDecisions([gone]), group("A /x/a.jpg", "B /y/b.jpg")) == [None, None]
    away = group("A /x/a.jpg", "B /y/b.jpg", places={"/x/a.jpg": Location.OFFLINE})
    assert actions(GroupDecisions([AB]), away) == [None, None], "what stays is on a drive that is not there"


def test_the_newest_decision_of_the_same_files_holds_and_keeps_its_day() -> None:
    known = GroupDecisions([AB])
    assert known.with_new([decided(("A", "/x/a.jpg", KEEP), ("B", "/y/b.jpg", REMOVE), day="2027-01-01")]) is known
    changed = known.with_new([decided(("B", "/y/b.jpg", KEEP), ("A", "/x/a.jpg", REMOVE), day="2027-01-01")])
    assert actions(changed, group("A /x/a.jpg", "B /y/b.jpg")) == [REMOVE, KEEP]
    assert [decision.decided for decision in changed] == ["2027-01-01"]


def test_decisions_come_back_from_their_file_and_from_that_of_an_earlier_version(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    assert list(decisions.read(path)) == []
    decisions.write(path, GroupDecisions([AB, COPIES]))
    assert list(decisions.read(path)) == [AB, COPIES]
    earlier = tmp_path / "ignored.csv"
    earlier.write_text("group,checksum,path\n1,A,/x/a.jpg\n1,B,/y/b.jpg\n", encoding="utf-8-sig")
    assert decisions.read(earlier).passes_over(group("A /x/a.jpg", "B /y/b.jpg"))
    path.write_text("group,checksum,path,action,decided\n1,A,/x/a.jpg,kepe,\n", encoding="utf-8-sig")
    with pytest.raises(BadRequest, match="line 2: the action 'kepe'"):
        decisions.read(path)


REPORT = """group,kind,action,path,checksum,reason{columns}
1,identical,keep,/x/a.jpg,A,kept: the larger file{first}
1,identical,{second},/y/a.jpg,A,same bytes as /x/a.jpg{proposed}
"""


@pytest.mark.parametrize("has_column", [True, False], ids=["with the column", "of an earlier version"])
@pytest.mark.parametrize(("second", "is_edited"), [("remove", False), ("keep", True), ("", True)])
def test_only_groups_that_a_person_changed_are_decided(second: str, is_edited: bool, has_column: bool) -> None:
    told = (
        {"columns": ",proposed", "first": ",keep", "proposed": ",remove"}
        if has_column
        else dict.fromkeys(("columns", "first", "proposed"), "")
    )
    lines = removal_rules.rows(csv.DictReader(REPORT.format(second=second, **told).splitlines()))
    assert [file.action for one in decisions.edited(lines, "today") for file in one.files] == (["keep", second] if is_edited else [])
