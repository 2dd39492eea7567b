"""Read IAM's xml folder, one file for each form, where the ascii lists are missing, into the same rows."""
from __future__ import annotations

from functools import reduce
from html import unescape
from pathlib import Path
from typing import Any, Dict, List, Optional

from ocr.datasets.iam_lists import EMPTY, IamLine, IamLists, IamWord
from ocr.errors import DatasetError, PageFormatError
from ocr.page.geometry import Box
from ocr.formats.xml_parsing import parse_xml


def read_xml_forms(folder: Path) -> IamLists:
    """Read every form's XML in a folder.

    Forms that cannot be read, and lines without any box, are named among the problems. A line's box is the bounding box
    of its words' ink.

    Raises
    ------
    DatasetError : no form could be read.
    """
    writers: Dict[str, str] = {}
    lines: Dict[str, List[IamLine]] = {}
    words: Dict[str, List[IamWord]] = {}
    problems: List[str] = []
    for path in sorted(folder.glob("*.xml")):
        try:
            root = parse_xml(path)
            form = root.get("id") or path.stem
            doubtful = {line.get("id") or "": line.get("segmentation") != "ok" for line in root.iter("line")}
            rows = {identity: [_word(word, identity, index, doubtful[identity])
                               for index, word in enumerate(line.iterfind("word"))]
                    for line in root.iterfind("handwritten-part/line") for identity in [line.get("id") or ""]}
        except (PageFormatError, ValueError, TypeError) as error:
            problems.append(f"{path}: is not the XML of an IAM form ({error})")
            continue
        writers[form] = root.get("writer-id") or form
        for identity, members in rows.items():
            line = _line(identity, form, doubtful[identity], members)
            if line is None:
                problems.append(f"{path}: line {identity!r} has no words with ink")
                continue
            lines.setdefault(form, []).append(line)
            words[identity] = members
    if not lines:
        raise DatasetError(f"{folder} holds no form of IAM that can be read; {len(problems)} could not be, "
                           f"first: {problems[:1]}. Unpack IAM's ascii.tgz or xml.tgz.")
    return IamLists(writers, lines, words, tuple(problems))


def _line(identity: str, form: str, doubtful: bool, words: List[IamWord]) -> Optional[IamLine]:
    boxes = [word.box for word in words if word.box.area > 0]
    if not boxes or not identity:
        return None
    return IamLine(identity, form, doubtful, reduce(Box.union, boxes), tuple(word.token for word in words))


def _word(element: Any, line: str, index: int, doubtful: bool) -> IamWord:
    """Read a word: its box is the bounding box of its connected components; quotes are escaped twice in IAM's files."""
    parts = [Box.from_xywh(*(int(part.get(name)) for name in ("x", "y", "width", "height")))
             for part in element.iterfind("cmp")]
    return IamWord(element.get("id") or f"{line}-{index:02d}", line, index, doubtful,
                   reduce(Box.union, parts) if parts else EMPTY, unescape(element.get("tag") or ""),
                   unescape(element.get("text") or ""))
