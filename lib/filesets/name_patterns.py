"""What a file's name says of the photo it belongs to: the dress of edited versions and of sidecars, Google Takeout's included."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from lib.files.names import fold, split_name

TAKEOUT_CUT = 46  # characters that Google Takeout leaves of a JSON's name, before "(n)" and ".json"
_LONG = 45  # edited versions of names this long may have lost the end of their "-edited"

# What Google Photos appends to the stem of an edited version, by the language of the account.
_EDITED_WORDS = (
    "edited",
    "bearbeitet",
    "modifié",
    "modificato",
    "modificado",
    "ha editado",
    "editado",
    "editada",
    "editat",
    "bewerkt",
    "edytowane",
    "redigerad",
    "redigeret",
    "redigert",
    "muokattu",
    "upraveno",
    "upravené",
    "szerkesztett",
    "editată",
    "düzenlendi",
    "отредактировано",
    "изменено",
    "відредаговано",
    "編集済み",
    "已编辑",
    "编辑",
    "已編輯",
    "편집됨",
)
# What people and cameras write as well, here as Google, Lightroom, Pixel and Snapseed do: it takes more than the name.
_LOOSE_TAILS = r"-(?:effects|smile|mix|edit)(?:-\d{1,2})?|~\d{1,2}|-\d{2}"

# JSON files that tell of a folder or an account, not of a photo, whatever picture lies beside them.
_ALBUM_JSON = frozenset(
    {
        "metadata",
        "metadaten",
        "métadonnées",
        "metadatos",
        "metadados",
        "metadati",
        "metadane",
        "metagegevens",
        "метаданные",
        "メタデータ",
        "print-subscriptions",
        "shared_album_comments",
        "user-generated-memory-titles",
    }
)


class Form(Enum):
    """How much of a photo's name a sidecar's name holds."""

    NAME = "whole name"
    STEM = "name without its ending"
    CUT = "the beginning of a long name"
    EDITED = "name of the original of an edited version"
    OTHER_ENDING = "whole name, but of a photo that came out under another ending"


@dataclass(frozen=True, slots=True)
class Guess:
    """One way to read a sidecar's name: the text (folded) that the photo's name must be or begin with.

    `number`: with form CUT, the "(n)" of the photo, -1 where it has none.
    """

    form: Form
    text: str
    number: int = -1


def numbered(stem: str) -> tuple[str, int]:
    """("IMG", 1) for "IMG(1)" and "IMG (1)"; ("IMG", -1) for "IMG"."""
    if stem.endswith(")") and (found := _NUMBERED.fullmatch(stem)):
        return found[1], int(found[2])
    return stem, -1


def originals(stem: str) -> Iterator[str]:
    """Yield the stems (folded) of the photo that the picture with this folded stem is, by its name, an edited version of; nearest first.

    "IMG_E1234" and "IMG_O1234" of "IMG_1234"; "a-edited" (also "a-edited-2") of "a"; "a-edited(1)" of "a(1)";
    of a long name also with the word cut off half-way.
    """
    if found := _APPLE.fullmatch(stem):
        yield found[1] + found[2]
    core, number = numbered(stem)
    for part, tail in ((stem, ""), (core, f"({number})")) if number >= 0 else ((stem, ""),):
        if "-" not in part:
            continue
        if found := _EDITED.fullmatch(part):
            yield found[1] + tail
        if len(part) >= _LONG:
            yield from (part[:-cut] + tail for word in _FOLDED_WORDS for cut in range(len(word), 1, -1) if part.endswith(word[:cut]))


def loose_originals(stem: str) -> Iterator[str]:
    """Like `originals`, for names that alone prove nothing: "a(1)", "a-edit", "a~2" of "a"; most often an independent photo."""
    core, number = numbered(stem)
    if number >= 0:
        yield core
    if found := _LOOSE.fullmatch(stem):
        yield found[1]


def shot(stem: str) -> str:
    """What the folded stems of a raw file and its JPEG have in common: a Pixel's are called "….RAW-01.COVER" and "….RAW-02.ORIGINAL"."""
    return _PIXEL_RAW.sub("", stem)


def tells_of_an_album(name: str) -> bool:
    """Return True for the JSON files of Google Takeout that describe a folder or the account."""
    stem, ending = split_name(fold(name))
    return ending == ".json" and numbered(stem)[0] in _FOLDED_ALBUM_JSON


def owners(name: str) -> Iterator[Guess]:
    """Yield what the owner of the sidecar with this name may be called; the surest reading first."""
    base, ending = split_name(fold(name))
    if tells_of_an_album(name):
        return
    yield Guess(Form.NAME, base)
    if ending == ".json":
        yield from _takeout_owners(base)
        return
    yield Guess(Form.STEM, base)
    if found := _RENAMED.fullmatch(base):
        yield Guess(Form.NAME, found[1])
    yield from (Guess(Form.STEM, stem) for stem in originals(base))


def beginnings(key: str, lengths: Collection[int]) -> Iterator[tuple[str, int]]:
    """Yield how Takeout would begin the JSON's name of the picture with this folded name, if it cut to one of `lengths`: text and "(n)"."""
    stem, ending = split_name(key)
    core, number = numbered(stem)
    for length in lengths:
        # The number is moved behind the cut; a newer export may leave it where it was, so that the cut has to come after it
        if number >= 0 and length < len(core + ending):
            yield (core + ending)[:length], number
        if length < len(key) and (number < 0 or length >= len(stem)):
            yield key[:length], -1


def is_json(name: str) -> bool:
    """Return True for names that end in .json, in any letter case."""
    return name.lower().endswith(".json")


def is_motion_clip(name: str) -> bool:
    """Return True for the name that Takeout gives the moving half of a Pixel's motion photo: an MP4 that is called "….MP" or "….MP~2"."""
    return _MOTION_CLIP.search(name) is not None


def _takeout_owners(base: str) -> Iterator[Guess]:
    plain = _SUPPLEMENTAL.sub("", base)
    core, number = numbered(base)
    bare = _SUPPLEMENTAL.sub("", core)
    yield Guess(Form.NAME, plain)
    if number >= 0:  # IMG.jpg(1).json tells of IMG(1).jpg, and never of IMG.jpg
        yield Guess(Form.NAME, f"({number})".join(split_name(bare)))
        yield Guess(Form.STEM, f"{bare}({number})")
    yield Guess(Form.STEM, base)
    yield Guess(Form.STEM, plain)
    if found := _RENAMED.fullmatch(base):
        yield Guess(Form.NAME, found[1])
    for text, of in dict.fromkeys(((base, -1), (plain, -1), (core, number), (bare, number))):
        # A name with wide characters is longer by one way of counting than by another: what reaches the limit by any may be cut.
        if len(text.encode("utf-16-le", "surrogatepass")) // 2 >= TAKEOUT_CUT or (text in (plain, bare) and _cut_ending(text)):
            yield Guess(Form.CUT, text, of)
    whole = plain if number < 0 else f"({number})".join(split_name(bare))
    yield Guess(Form.EDITED, split_name(whole)[0])
    yield Guess(Form.OTHER_ENDING, whole)


def _cut_ending(text: str) -> bool:
    # "….jp.supplemental-meta": the name was cut before the word was appended
    stem, ending = split_name(text)
    return len(stem) >= TAKEOUT_CUT - 8 and 1 < len(ending) < 4


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(fold(word)) for word in words)


_NUMBERED = re.compile(r"(.*?) ?\((\d{1,9})\)", re.DOTALL)
_APPLE = re.compile(r"(.*[a-z]{3}_)[eo](\d{4,5})", re.DOTALL)
_EDITED = re.compile(rf"(.+)-(?:{_any_of(_EDITED_WORDS)})(?:-\d{{1,9}})?", re.DOTALL)
_LOOSE = re.compile(rf"(.+?)(?:{_LOOSE_TAILS})", re.DOTALL)
_PIXEL_RAW = re.compile(r"\.raw-\d\d(?:\.mp)?\.(?:cover|original)\Z")
_FOLDED_WORDS = tuple(f"-{fold(word)}" for word in _EDITED_WORDS)
_FOLDED_ALBUM_JSON = frozenset(fold(name) for name in _ALBUM_JSON)
_MOTION_CLIP = re.compile(r"\.mp(?:~\d+)?\Z", re.IGNORECASE)
_RENAMED = re.compile(r"(.+)\.\d{1,9}", re.DOTALL)  # our own dress for a further sidecar of one photo: IMG.jpg.2.xmp


def _beginnings(word: str) -> str:
    return "".join(f"(?:{re.escape(letter)}" for letter in word) + ")?" * len(word)


_SUPPLEMENTAL = re.compile(rf"\.{_beginnings('supplemental-metadata')}\Z")
