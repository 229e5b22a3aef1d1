"""The page of a proof: the answer, the numbers by folder, and everything that is only here, as pictures. It needs no script."""

from __future__ import annotations

import base64
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from lib.files.own_files import replacing_path
from lib.model import BadRequest
from lib.proof.model import Answer, FileVerdict, Finding
from lib.reporting.command_line import printable, size_text
from lib.reporting.previews import PreviewRequest, make_previews
from lib.reporting.review_page import file_url, previews_folder

MOST_SHOWN = 1000
"""So many of the files that are only here are shown; the table has all."""
_START = '<!doctype html>\n<html lang="en" data-kind="safe-to-erase">\n'
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { border-left: .5rem solid; padding-left: .75rem; }
h1.yes { border-color: #2a7d3f; } h1.no { border-color: #b3261e; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem .2rem 0; text-align: right; }
th:first-child, td:first-child { text-align: left; }
td, dd { overflow-wrap: anywhere; } dt { font-weight: 600; }
ul { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
li { overflow-wrap: anywhere; } img { max-width: 100%; display: block; }
"""


def check_target(target: Path) -> None:
    """Return if the page may be written to `target`. Raises BadRequest where something lies there that is no such page."""
    try:
        with target.open("rb") as file:
            start = file.read(len(_START))
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadRequest(f"{target} cannot be written; name another place with --report.") from error
    if start and start != _START.encode():
        raise BadRequest(f"{target} exists and is no page of this toolkit; name another place with --report.")


def write(target: Path, answer: Answer, sentence: str, facts: Mapping[str, str], findings: Sequence[Finding], *, workers: int) -> None:
    """Make small pictures of what is only here, beside `target`, then the page. Raises OSError."""
    only_here = [one for one in findings if one.only_here]
    previews = _previews(only_here[:MOST_SHOWN], previews_folder(target), workers)
    with replacing_path(target) as page:
        for part in _parts(target, answer, sentence, facts, findings, only_here, previews):
            page.write(part.encode("utf-8"))


def _previews(shown: Sequence[Finding], folder: Path, workers: int) -> dict[str, str]:
    wanted = [PreviewRequest(one.path, one.sha256) for one in shown if one.is_picture and one.sha256 and os.path.isfile(one.path)]
    if not wanted:
        return {}
    return {request.path: made for request, made in make_previews(wanted, folder, workers=workers) if isinstance(made, str)}


def _parts(
    target: Path,
    answer: Answer,
    sentence: str,
    facts: Mapping[str, str],
    findings: Sequence[Finding],
    only_here: Sequence[Finding],
    previews: Mapping[str, str],
) -> Iterator[str]:
    style_hash = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style_hash}'; img-src 'self' file:; base-uri 'none'; form-action 'none'"
    yield _START + f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>Safe to erase?</title><style>{_STYLE}</style>\n'
    kind = "yes" if answer.allows else "no"
    yield f'<h1 class="{kind}">{_text(answer.value)}</h1>\n<p>{_text(sentence)}</p>\n<dl>'
    for name, value in facts.items():
        yield f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>"
    yield "</dl>\n<h2>By folder</h2>\n"
    yield from _table(findings)
    if only_here:
        yield f"<h2>Only here: {len(only_here):,}</h2>\n<ul>\n"
        for one in only_here[:MOST_SHOWN]:
            yield _item(target, one, previews.get(one.path, ""))
        yield "</ul>\n"
        if len(only_here) > MOST_SHOWN:
            yield f"<p>… and {len(only_here) - MOST_SHOWN:,} more, which the table beside this page names.</p>\n"
    yield "</html>\n"


def _table(findings: Sequence[Finding]) -> Iterator[str]:
    folders: dict[str, Counter[FileVerdict]] = {}
    for one in findings:
        folders.setdefault(os.path.dirname(one.archive or one.path), Counter())[one.verdict] += 1
    verdicts = [verdict for verdict in FileVerdict if any(counts[verdict] for counts in folders.values())]
    yield "<table><tr><th>folder</th>" + "".join(f"<th>{_text(verdict.value)}</th>" for verdict in verdicts) + "</tr>\n"
    for folder in sorted(folders):
        cells = "".join(f"<td>{folders[folder][verdict] or ''}</td>" for verdict in verdicts)
        yield f"<tr><td>{_text(folder)}</td>{cells}</tr>\n"
    yield "</table>\n"


def _item(target: Path, one: Finding, preview: str) -> str:
    name = f'<a href="{escape(file_url(one.archive or one.path))}">{_text(one.path)}</a>'
    source = f"{quote(previews_folder(target).name)}/{quote(preview)}"
    image = f'<img src="{escape(source)}" alt="" loading="lazy">' if preview else ""
    reason = f": {_text(one.reason)}" if one.reason else ""
    return f"<li>{image}{name}<br>{_text(one.verdict.value)}, {size_text(one.size)}{reason}</li>\n"


def _text(text: str) -> str:
    return escape(printable(text))
