"""Cross-check error rates with sclite, the scorer of NIST's SCTK, where it is installed (Debian: sctk).

Every token goes in spelt in ASCII letters and digits, so that neither sclite's markup nor its character sets can touch
it. sclite weights a substitution 4, a deletion and an insertion 3 each, so it may count slightly more edits than the
shortest way has; `weighted_distance` gives the sum that it minimises.
"""
from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Literal, Sequence, Tuple

from rapidfuzz.distance import Levenshtein

from ocr.errors import EngineUnavailable, OcrError
from ocr.scoring.error_rates import TextPair
from ocr.text.normalise import normalise

Unit = Literal["characters", "words"]
_WEIGHTS = (3, 3, 4)  # insertion, deletion, substitution


@dataclass(frozen=True)
class SpeakerCounts:
    """One row of sclite's table of counts; speakers are pages here, "Sum" is all of them together."""

    speaker: str
    sentences: int
    tokens: int
    correct: int
    substitutions: int
    deletions: int
    insertions: int
    errors: int


def installed() -> bool:
    """Tell whether sclite can be run."""
    return bool(_command())


def run_sclite(pairs: Sequence[TextPair], unit: Unit) -> Tuple[SpeakerCounts, ...]:
    """Score pairs with sclite, one row for each group in order of first appearance, then the row "Sum".

    Raises
    ------
    EngineUnavailable : sclite is not installed.
    OcrError : sclite failed or printed no table.
    """
    command = _command()
    if not command:
        raise EngineUnavailable("sclite is not installed. Install it (Debian: apt-get install sctk) or leave the "
                                "cross-check out.")
    with tempfile.TemporaryDirectory() as folder:
        reference, hypothesis = Path(folder) / "reference.trn", Path(folder) / "hypothesis.trn"
        reference.write_text(trn([pair.reference for pair in pairs], pairs, unit), encoding="ascii")
        hypothesis.write_text(trn([pair.hypothesis for pair in pairs], pairs, unit), encoding="ascii")
        done = subprocess.run([*command, "-s", "-i", "spu_id", "-r", str(reference), "trn", "-h", str(hypothesis),
                               "trn", "-o", "rsum", "stdout"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
    if done.returncode != 0:
        raise OcrError(f"sclite ended with {done.returncode}: {done.stdout.strip()[-500:]}")
    names = {_speaker(number): group for number, group in enumerate(_groups(pairs))}
    return tuple(SpeakerCounts(names.get(row.speaker, row.speaker), *list(vars(row).values())[1:])
                 for row in parse_counts(done.stdout))


def trn(texts: Sequence[str], pairs: Sequence[TextPair], unit: Unit) -> str:
    """Return texts in sclite's trn format: tokens, then (page-line) in brackets."""
    speakers = {group: _speaker(number) for number, group in enumerate(_groups(pairs))}
    rows = []
    for number, (text, pair) in enumerate(zip(texts, pairs)):
        rows.append(f"{' '.join(spell(token) for token in tokens(text, unit))} ({speakers[pair.group]}-{number:06d})\n")
    return "".join(rows)


def tokens(text: str, unit: Unit) -> List[str]:
    """Split a text, normalised, to its characters (spaces too) or to its words."""
    text = normalise(text)
    return list(text) if unit == "characters" else text.split()


def spell(token: str) -> str:
    """Spell a token in ASCII letters and digits; different tokens stay different."""
    return "".join(c if c.isascii() and c.isalnum() and c != "Z" else f"Z{ord(c):x}Z" for c in token)


def parse_counts(output: str) -> Tuple[SpeakerCounts, ...]:
    """Read sclite's table of counts ("-o rsum"): columns by their names, rows down to "Sum".

    Raises
    ------
    OcrError : there is no such table.
    """
    columns: List[str] = []
    found: List[SpeakerCounts] = []
    for line in output.splitlines():
        cells = re.findall(r"# ?\w+|[^\s|]+", line.strip().strip("|"))
        if "SPKR" in cells:
            columns = [cell.replace(" ", "") for cell in cells]
        elif columns and "|" in line and len(cells) == len(columns):
            row: Dict[str, str] = dict(zip(columns, cells))
            if not all(re.fullmatch(r"\d+", row[name]) for name in columns if name != "SPKR"):
                continue
            found.append(SpeakerCounts(row["SPKR"], *(int(row[name]) for name in
                                                      ("#Snt", "#Wrd", "Corr", "Sub", "Del", "Ins", "Err"))))
    if not found or found[-1].speaker != "Sum":
        raise OcrError(f"sclite printed no table of counts that ends in a row Sum, but: {output.strip()[:500]!r}")
    return tuple(found)


def weighted_distance(reference: str, hypothesis: str, unit: Unit) -> int:
    """Return 4 substitutions + 3 deletions + 3 insertions of the alignment that sclite looks for."""
    return Levenshtein.distance(tokens(reference, unit), tokens(hypothesis, unit), weights=_WEIGHTS)


def _command() -> List[str]:
    """Return how sclite is called: Debian has it as a verb of sctk, others on its own."""
    if shutil.which("sclite"):
        return ["sclite"]
    return ["sctk", "sclite"] if shutil.which("sctk") else []


def _groups(pairs: Sequence[TextPair]) -> List[str]:
    return list(dict.fromkeys(pair.group for pair in pairs))


def _speaker(number: int) -> str:
    return f"p{number:06d}"
