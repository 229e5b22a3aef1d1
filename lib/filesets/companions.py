"""Find out which files belong together: a photo, its Live Photo video, its raw twin, its edited versions, its sidecars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.dates.capture_date import QUARTER_HOUR
from lib.dates.date_text import LARGEST_OFFSET
from lib.files.names import fold, split_name
from lib.filesets import name_patterns
from lib.filesets.name_patterns import Form, Guess
from lib.model import CaptureDate, Companion, DateSource, FileKind, FileSet, MediaFile, Metadata, Role

TOGETHER = timedelta(seconds=3)  # the files of one shot say times at most this far apart
LIVE_SECONDS = 10.0  # a Live Photo's video lasts about three; a longer one was filmed for its own sake

_JPEG = frozenset({".jpg", ".jpeg", ".jpe"})
_HEIC = frozenset({".heic", ".heif"})
_LIVE = frozenset({".mov", ".mp4"})
# Dates that say nothing of the shot itself: the time of writing, and the name, which is what they shall confirm.
_NO_EVIDENCE = frozenset({DateSource.FILE_NAME, DateSource.SIDECAR_JSON, DateSource.SIDECAR_XMP})


@dataclass(frozen=True, slots=True)
class GroupedFiles:
    """All files that went in, each exactly once: in a set, or among the sidecars and audio notes whose photo is not there."""

    sets: tuple[FileSet, ...]
    lone_sidecars: tuple[MediaFile, ...]


def group_files(files: Iterable[MediaFile], facts: Mapping[str, Metadata], captured: Mapping[str, CaptureDate]) -> GroupedFiles:
    """Bring together what belongs together, folder by folder, in time linear in the number of files.

    `facts` and `captured` are keyed by path; `captured` as decided for each file alone, without sidecars and partners. A file
    that is missing there is judged by its name, and a video is then never taken for a Live Photo's. What names suggest, facts
    can veto: another camera or another time makes a file independent. Files that are neither picture nor sidecar nor
    audio come back as sets of their own. The order of `files` decides the order of the answer and nothing else.
    """
    folders: dict[str, list[MediaFile]] = {}
    place: dict[MediaFile, int] = {}
    for number, file in enumerate(files):
        folders.setdefault(file.folder, []).append(file)
        place[file] = number
    sets: list[FileSet] = []
    lone: list[MediaFile] = []
    for members in folders.values():
        folder = _FolderFiles(sorted(members, key=lambda file: file.name), facts, captured)
        sets += folder.sets()
        lone += folder.lone
    return GroupedFiles(tuple(sorted(sets, key=lambda group: place[group.main])), tuple(sorted(lone, key=place.__getitem__)))


class _KnownPicture:
    """A picture with what is known of it, and its place in the set that is being found."""

    __slots__ = ("date", "ending", "facts", "file", "is_raw", "is_video", "key", "parent", "role", "stem")

    def __init__(self, file: MediaFile, facts: Metadata | None, date: CaptureDate | None) -> None:
        self.file = file
        self.facts = facts
        self.date = date if date and not date.is_guess and date.source not in _NO_EVIDENCE else None
        self.key = fold(file.name)
        self.stem, self.ending = split_name(self.key)
        self.is_video = file.kind is FileKind.VIDEO or name_patterns.is_motion_clip(file.name)
        self.is_raw = file.kind is FileKind.RAW
        self.parent: _KnownPicture | None = None
        self.role = Role.EDITED

    @property
    def root(self) -> _KnownPicture:
        return self if self.parent is None else self.parent.root

    @property
    def rank(self) -> tuple[int, str, str]:
        """Which of several equally named pictures is asked first: the one nearest to what the camera wrote."""
        order = (self.is_raw, self.ending in _HEIC, self.ending in _JPEG, not self.is_video, True).index(True)
        return order, self.key, self.file.name

    def follow(self, parent: _KnownPicture, role: Role) -> None:
        self.parent, self.role = parent, role


class _FolderFiles:
    """The files of one folder, sorted by name, and who belongs to whom among them."""

    def __init__(self, files: Sequence[MediaFile], facts: Mapping[str, Metadata], captured: Mapping[str, CaptureDate]) -> None:
        self.pictures: list[_KnownPicture] = []
        self.sidecars: list[MediaFile] = []
        self.notes: list[MediaFile] = []
        self.others: list[MediaFile] = []
        self.lone: list[MediaFile] = []
        self.owner: dict[MediaFile, _KnownPicture] = {}
        for file in files:
            if file.kind is FileKind.SIDECAR:
                self.sidecars.append(file)
            elif file.kind is FileKind.AUDIO:
                self.notes.append(file)
            elif file.kind.is_picture or name_patterns.is_motion_clip(file.name):
                path = file.path
                self.pictures.append(_KnownPicture(file, facts.get(path), captured.get(path)))
            else:
                self.others.append(file)
        self.by_stem: dict[str, list[_KnownPicture]] = {}
        for picture in sorted(self.pictures, key=lambda known: known.rank):
            self.by_stem.setdefault(picture.stem, []).append(picture)
        self._pair_live_photos()
        self._pair_raw()
        self._pair_edited(name_patterns.originals, _may_be_one_shot)
        self._place_sidecars()
        self._place_notes()
        self._pair_edited(name_patterns.loose_originals, self._is_proved_edit)

    def sets(self) -> Iterator[FileSet]:
        """Yield every picture in its set, every sidecar with its owner, and the other files alone."""
        children: dict[_KnownPicture, list[_KnownPicture]] = {}
        for picture in self.pictures:
            if picture.parent:
                children.setdefault(picture.parent, []).append(picture)
        sidecars: dict[_KnownPicture, list[Companion]] = {}
        for sidecar, owner in self.owner.items():
            role = Role.AUDIO_NOTE if sidecar.kind is FileKind.AUDIO else Role.SIDECAR
            sidecars.setdefault(owner, []).append(Companion(sidecar, role, owner.file))
        for picture in self.pictures:
            if picture.parent is None:
                members = [picture]
                for member in members:  # grows while it is walked: who hangs on a companion comes after it
                    members += children.get(member, ())
                joined = [Companion(each.file, each.role, each.parent.file) for each in members if each.parent]
                joined += (sidecar for member in members for sidecar in sidecars.get(member, ()))
                yield FileSet(picture.file, tuple(joined))
        yield from (FileSet(file) for file in self.others)

    def _pair_live_photos(self) -> None:
        photos = [picture for picture in self.pictures if picture.ending in _HEIC | _JPEG or picture.file.kind is FileKind.RAW]
        videos = [picture for picture in self.pictures if picture.ending in _LIVE]
        self.moving: set[str] = set()  # stems that have their video: a second one would want the same name
        groups: dict[str, tuple[list[_KnownPicture], list[_KnownPicture]]] = {}
        for side, pictures in enumerate((sorted(photos, key=lambda photo: photo.rank), videos)):
            for picture in pictures:
                if picture.facts and picture.facts.content_id:
                    groups.setdefault(picture.facts.content_id, ([], []))[side].append(picture)
        for identifier, (alike, moving) in groups.items():
            # Copies carry the identifier of what they were copied from, so the names come first, then what is left
            for video in moving:
                beside = (each for each in self.by_stem[video.stem] if not each.is_video)
                self._join(video, (photo for photo in beside if photo.facts and photo.facts.content_id == identifier))
            left = iter(alike)
            for video in moving:
                if video.parent is None:
                    self._join(video, left)
        for video in videos:
            if video.parent is None:
                photos_beside = (photo for photo in self.by_stem[video.stem] if photo.ending in _HEIC | _JPEG or photo.ending == ".dng")
                self._join(video, (photo for photo in photos_beside if _is_live(photo, video)))
        for clip in self.pictures:
            if name_patterns.is_motion_clip(clip.file.name):
                named_so = [*self.by_stem.get(clip.key, ()), *self.by_stem[clip.stem]]
                self._join(clip, (photo for photo in named_so if photo.ending in _JPEG))

    def _join(self, video: _KnownPicture, photos: Iterable[_KnownPicture]) -> None:
        for photo in photos:
            if photo.stem not in self.moving:
                self.moving.add(photo.stem)
                video.follow(photo, Role.LIVE_VIDEO)
                return

    def _pair_raw(self) -> None:
        shots: dict[str, list[_KnownPicture]] = {}
        for picture in sorted(self.pictures, key=lambda known: known.rank):
            if picture.is_raw or picture.ending in _JPEG | _HEIC:
                shots.setdefault(name_patterns.shot(picture.stem), []).append(picture)
        for twins in shots.values():
            if len(twins) < 2 or not twins[0].is_raw:
                continue
            # The raw file is what the camera saw, and no other file can be made into it; only a date is worth more than that
            main = next((twin for twin in twins if twin.date), twins[0])
            endings = {main.ending}
            for twin in twins:
                pair = (twin.is_raw or main.is_raw) and twin.ending not in endings and _may_be_one_shot(twin, main)
                if pair and twin is not main:
                    endings.add(twin.ending)
                    twin.follow(main, Role.RAW_PAIR)

    def _pair_edited(self, stems: Callable[[str], Iterable[str]], agrees: Callable[[_KnownPicture, _KnownPicture], bool]) -> None:
        for picture in self.pictures:
            if picture.parent is None:
                beside = (each for stem in stems(picture.stem) for each in self.by_stem.get(stem, ()))
                fitting = [
                    each for each in beside if each.is_video == picture.is_video and each.root is not picture and agrees(picture, each)
                ]
                if fitting:
                    picture.follow(min(fitting, key=lambda each: each.ending != picture.ending), Role.EDITED)

    def _is_proved_edit(self, picture: _KnownPicture, original: _KnownPicture) -> bool:
        # IMG(1).jpg is another photo or a copy far more often than an edited version. A copy is found by its content, and two
        # photos of one second are told apart by nothing: so only the very same fraction of a second, by one camera, counts.
        # What a Takeout tells of in a JSON of its own is a photo of its own.
        if picture in self.described or not (picture.date and original.date and picture.facts and original.facts):
            return False
        same_instant = picture.date.local == original.date.local and picture.date.local.microsecond != 0
        same_camera = picture.facts.model != "" and picture.facts.camera == original.facts.camera
        return same_instant and same_camera and picture.file.size != original.file.size

    def _place_notes(self) -> None:
        """An audio note goes with the photo of its name; of two that a file system could take for one, the second stays."""
        taken: set[str] = set()
        for note in self.notes:
            key = fold(note.name)
            photos = [each for each in self.by_stem.get(split_name(key)[0], ()) if not each.is_video]
            if photos and key not in taken:
                taken.add(key)
                self.owner[note] = photos[0]
            else:
                self.lone.append(note)

    def _place_sidecars(self) -> None:
        self.described: set[_KnownPicture] = set()
        by_name: dict[str, list[_KnownPicture]] = {}
        for picture in self.pictures:
            by_name.setdefault(picture.key, []).append(picture)
        guesses = {sidecar: list(name_patterns.owners(sidecar.name)) for sidecar in self.sidecars}
        lengths = {len(guess.text) for each in guesses.values() for guess in each if guess.form is Form.CUT}
        by_cut: dict[tuple[str, int], list[_KnownPicture]] = {}
        by_original: dict[str, list[_KnownPicture]] = {}
        for picture in self.pictures if any(guess.form is Form.EDITED for each in guesses.values() for guess in each) else ():
            for beginning in name_patterns.beginnings(picture.key, lengths):
                by_cut.setdefault(beginning, []).append(picture)
            for stem in name_patterns.originals(picture.stem):
                by_original.setdefault(stem, []).append(picture)

        def candidates(guess: Guess) -> list[_KnownPicture]:
            match guess.form:
                case Form.NAME:
                    return by_name.get(guess.text, [])
                case Form.STEM:
                    return self.by_stem.get(guess.text, [])
                case Form.CUT:
                    return _of_one_set(by_cut.get((guess.text, guess.number), []))
                case Form.EDITED:
                    return _of_one_set(by_original.get(guess.text, []))
                case Form.OTHER_ENDING:
                    stem, ending = split_name(guess.text)
                    beside = [each for each in self.by_stem.get(stem, []) if each not in self.described]
                    return _of_one_set([each for each in beside if _comes_from(each.ending, ending)])

        # A reading as of a photo under another ending counts only once every sidecar has had its surer choices
        for last in (False, True):
            for sidecar in self.sidecars:
                for guess in guesses[sidecar]:
                    if sidecar in self.owner or (guess.form is Form.OTHER_ENDING) is not last:
                        continue
                    if fitting := candidates(guess):
                        self.owner[sidecar] = owner = min(fitting, key=lambda each: _unlike(sidecar.name, each))
                        if name_patterns.is_json(sidecar.name):
                            self.described.add(owner)
        self.lone = [sidecar for sidecar in self.sidecars if sidecar not in self.owner]


def _of_one_set(pictures: list[_KnownPicture]) -> list[_KnownPicture]:
    """Return the pictures where they belong to one set, the nearest to the camera first; none where the choice would be a guess."""
    return sorted(pictures, key=lambda each: each.rank) if len({each.root for each in pictures}) == 1 else []


def _unlike(sidecar: str, picture: _KnownPicture) -> tuple[bool, bool, bool]:
    # A video's thumbnail is the video's, and where names differ in letter case alone, the nearest is meant
    name = picture.file.name
    thumbnail = sidecar.lower().endswith(".thm")
    return thumbnail and not picture.is_video, not sidecar.startswith(name), not sidecar.startswith(split_name(name)[0])


def _comes_from(ending: str, named: str) -> bool:
    # Takeout tells of a Live Photo once, under the photo's name, and may hand out HEIC as JPEG and MOV as MP4
    photo = named in _HEIC | _JPEG
    return (ending in _LIVE and (photo or named in _LIVE)) or (ending in _JPEG and named in _HEIC)


def _may_be_one_shot(one: _KnownPicture, other: _KnownPicture) -> bool:
    """False where camera or time contradict what the names suggest."""
    if one.facts and other.facts and one.facts.model and other.facts.model and _plain(one.facts.model) != _plain(other.facts.model):
        return False
    if one.date and other.date:
        known = one.date.offset is not None and other.date.offset is not None
        return abs(_utc(one.date) - _utc(other.date) if known else one.date.local - other.date.local) <= TOGETHER
    return True


def _is_live(photo: _KnownPicture, video: _KnownPicture) -> bool:
    """Return True where the times say that the equally named video was shot with the photo, and nothing contradicts."""
    if photo.date is None or video.date is None:
        return False
    if photo.facts and video.facts:
        identifiers = {photo.facts.content_id, video.facts.content_id} - {""}
        if len(identifiers) > 1 or (video.facts.duration or 0) > LIVE_SECONDS:
            return False
    still, moving = photo.date, video.date
    if still.offset is not None and moving.offset is not None:
        return abs(_utc(still) - _utc(moving)) <= TOGETHER
    if still.offset is None and moving.zone_assumed:
        # The photo tells wall time, the video UTC: what lies between may be any time zone, and those go by quarters of an hour
        zone = still.local - _utc(moving)
        return abs(zone) <= LARGEST_OFFSET + TOGETHER and abs((zone + QUARTER_HOUR / 2) % QUARTER_HOUR - QUARTER_HOUR / 2) <= TOGETHER
    return abs(still.local - moving.local) <= TOGETHER


def _utc(date: CaptureDate) -> datetime:
    return date.local - (date.offset or timedelta())


def _plain(model: str) -> str:
    return " ".join(model.casefold().split())
