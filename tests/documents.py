"""What can be checked in the Markdown files: their code blocks, commands, links and names of files."""
from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, List, Tuple

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "samples" / "README.md"])
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:\A|\n\n)((?:    [^\n]*\n)+)")
PROGRAMS = ("python", "ocr", "pip", "make", "curl", "docker", "git", ".", "cd")


@dataclass(frozen=True)
class Block:
    """A code block: its language, empty where it names none, its text, and the paragraphs before it, latest last."""

    language: str
    text: str
    before: str


@dataclass(frozen=True)
class Command:
    """A command for users to type: the document that it is in, and its words, without its output."""

    document: str
    words: Tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.document}: {' '.join(self.words)}"


def fenced(text: str) -> Iterator[Block]:
    """Yield the blocks between ``` lines."""
    for found in _FENCE.finditer(text):
        yield Block(found.group(1), found.group(2), text[:found.start()])


def section(text: str, title: str) -> str:
    """Return a section of a document, from its heading of the second level to the next."""
    return re.split(r"^## ", text.split(f"\n## {title}\n")[1], flags=re.MULTILINE)[0]


def commands(path: Path) -> List[Command]:
    """List the commands of a document's indented and shell blocks; other lines in those are output."""
    text = path.read_text(encoding="utf-8")
    blocks = [block.text for block in fenced(text) if block.language == "sh"]
    blocks += [block.group(1) for block in _INDENTED.finditer(_FENCE.sub("", text))]
    found = []
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s&&\s", line):
                words = shlex.split(re.sub(r"\s>\s*\S+$", "", part), comments=True)
                if words and words[0] in PROGRAMS:
                    found.append(Command(path.relative_to(ROOT).as_posix(), tuple(words)))
    return found
