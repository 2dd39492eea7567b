"""Read the lists in IAM's ascii folder: forms.txt, lines.txt and words.txt."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Tuple, TypeVar

from ocr.errors import DatasetError
from ocr.page.geometry import Box

Row = TypeVar("Row")
EMPTY = Box(0, 0, 0, 0)


@dataclass(frozen=True)
class IamLine:
    """One row of lines.txt; the box is in pixels of the form's image; doubtful: its segmentation into words may be wrong."""

    id: str
    form: str
    doubtful: bool
    box: Box
    tokens: Tuple[str, ...]


@dataclass(frozen=True)
class IamWord:
    """One row of words.txt: a token, its tag and its box in pixels of the form's image; doubtful: its segmentation may be wrong."""

    id: str
    line: str
    index: int
    doubtful: bool
    box: Box
    tag: str
    token: str


@dataclass(frozen=True)
class IamLists:
    """All three lists: writers by form, lines by form and words by line; and the rows that could not be read."""

    writers: Dict[str, str]
    lines: Dict[str, List[IamLine]]
    words: Dict[str, List[IamWord]]
    problems: Tuple[str, ...]


def read_lists(folder: Path) -> IamLists:
    """Read an ascii folder; words.txt may be absent.

    Raises
    ------
    DatasetError : forms.txt or lines.txt is absent or holds no row that can be read.
    """
    problems: List[str] = []
    writers = dict(_rows(folder / "forms.txt", _writer, problems))
    lines: Dict[str, List[IamLine]] = {}
    for line in _rows(folder / "lines.txt", _line, problems):
        lines.setdefault(line.form, []).append(line)
    words: Dict[str, List[IamWord]] = {}
    if (folder / "words.txt").is_file():
        for word in _rows(folder / "words.txt", _word, problems):
            words.setdefault(word.line, []).append(word)
    problems += [f"{folder / 'lines.txt'}: form {form} is not in forms.txt" for form in lines if form not in writers]
    known = {line.id for rows in lines.values() for line in rows}
    problems += [f"{folder / 'words.txt'}: line {line} is not in lines.txt" for line in words if line not in known]
    return IamLists(writers, lines, words, tuple(problems))


def _rows(path: Path, parse: Callable[[str], Row], problems: List[str]) -> List[Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read ({error}). IAM's ascii.tgz holds it; unpack it into "
                           f"{path.parent}.") from error
    rows: List[Row] = []
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip() or row.startswith("#"):
            continue
        try:
            rows.append(parse(row))
        except ValueError as error:
            problems.append(f"{path}:{number}: {row!r} is not a row of this list ({error})")
    if not rows:
        raise DatasetError(f"{path} holds no row that can be read; {len(problems)} could not be, "
                           f"first: {problems[:1]}. Take the file from IAM's ascii.tgz.")
    return rows


def _writer(row: str) -> Tuple[str, str]:
    form, writer = row.split()[:2]
    return form, writer


def _line(row: str) -> IamLine:
    """Parse: id ok|err threshold components x y w h tokens-joined-by-bars."""
    identity, status, _, _, x, y, width, height, tokens = row.rstrip().split(" ", 8)
    box = _box(x, y, width, height)
    return IamLine(identity, identity.rsplit("-", 1)[0], status != "ok", box, tuple(tokens.split("|")))


def _word(row: str) -> IamWord:
    """Parse: id ok|err threshold x y w h tag token; the token may hold spaces."""
    identity, status, _, x, y, width, height, tag, token = row.rstrip().split(" ", 8)
    line, index = identity.rsplit("-", 1)
    return IamWord(identity, line, int(index), status != "ok", _box(x, y, width, height), tag, token)


def _box(x: str, y: str, width: str, height: str) -> Box:
    """Make a box; IAM writes -1 four times for words without a box, which become empty boxes."""
    if int(width) < 0 or int(height) < 0:
        return EMPTY
    return Box.from_xywh(int(x), int(y), int(width), int(height))
