"""Tell by name and first bytes whether a file holds a picture, whatever it is called; in doubt it does."""

from __future__ import annotations

import os

from lib.analysis.formats import SNIFFED, sniff_format
from lib.files.names import split_name
from lib.model import FileKind, Unreadable, in_words
from lib.proof.model import Content

# Pictures and films that an album does not take in, and that are not to be lost as if they were documents.
_FURTHER_PICTURES = frozenset(
    {
        "bmp",
        "dib",
        "pcx",
        "tga",
        "hdr",
        "exr",
        "psd",
        "psb",
        "ppm",
        "pxn",
        "xcf",
        "mng",
        "jfif",
        "hif",
        "heics",
        "heifs",
        "jxl",
        "jxr",
        "hdp",
    }
    | {"jp2", "j2k", "jpf", "jpx", "wdp", "insp", "mpo", "raw", "3fr", "ari", "cap", "crw", "dcr", "dcs", "erf", "fff", "gpr", "iiq", "k25"}
    | {"kdc", "lrv", "mef", "mos", "mrw", "nrw", "pef", "r3d", "braw", "rwl", "sr2", "srf", "srw", "x3f"}
    | {"asf", "divx", "dv", "f4v", "flv", "insv", "m1v", "m2v", "mpe", "mpeg", "mpg", "mxf", "ogv", "qt", "rm", "rmvb", "tod", "vob"}
    | {"webm", "wmv", "xvid"}
)
_FURTHER_SIGNATURES = (b"BM", b"8BPS", b"\0\0\0\x0cjP  ", b"\0\0\0\x0cJXL ", b"\xff\x0a", b"gimp xcf", b"FOVb", b"\0\0\1\xb3")
_CLOSED = frozenset(
    {"7z", "arj", "bz2", "cab", "cbr", "cbz", "cpio", "gz", "lha", "lz4", "lzh", "lzma", "rar", "sit", "sitx", "tar", "tbz", "tbz2", "tgz"}
    | {"txz", "xz", "z", "zst", "ab", "bak", "bkf", "dd", "dmg", "e01", "gho", "img", "iso", "nrg", "qcow2", "sparseimage", "tib", "udf"}
    | {"vdi", "vhd", "vhdx", "vmdk", "wim", "eml", "mbox", "pst", "ost"}
)
_CLOSED_SIGNATURES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"MSCF")
_TAR_AT, _TAR = 257, b"ustar"
# Made of zip, but each a document or a program, as everybody sees them.
_ZIPPED_DOCUMENTS = frozenset(
    {"docm", "docx", "dotx", "epub", "key", "kmz", "numbers", "odg", "odp", "ods", "odt", "pages", "pptm", "pptx", "vsdx", "xlsb", "xlsm"}
    | {"xlsx", "apk", "ipa", "jar", "war", "whl", "xpi"}
)
_ZIP = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")
_APPLE_DOUBLE = b"\0\x05\x16\x07"


def content_of(path: str) -> Content:
    """Return what the file at `path` holds. Raises Unreadable."""
    try:
        with open(path, "rb", buffering=0) as file:
            head = file.read(SNIFFED)
    except OSError as error:
        raise Unreadable(f"could not be read: {in_words(error)}") from error
    return content(os.path.basename(path), head)


def content(name: str, head: bytes) -> Content:
    """Return what a file with this name and these first bytes (SNIFFED are enough) holds. Pure."""
    ending = split_name(name)[1][1:].lower()
    if not head or (name.startswith("._") and head.startswith(_APPLE_DOUBLE)):
        return Content.OTHER  # nothing, or what macOS notes of a file, under that file's name
    kind = FileKind.of(name)
    if kind.is_picture or ending in _FURTHER_PICTURES or sniff_format(head) or head.startswith(_FURTHER_SIGNATURES):
        return Content.PICTURE
    if head.startswith(_ZIP) or ending == "zip":
        return Content.OTHER if ending in _ZIPPED_DOCUMENTS else Content.ARCHIVE
    if ending in _CLOSED or head.startswith(_CLOSED_SIGNATURES) or head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return Content.CLOSED
    return Content.SIDECAR if kind is FileKind.SIDECAR else Content.OTHER
