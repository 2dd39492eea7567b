"""Cross-check error rates with sclite, the scorer of NIST's SCTK, where it is installed (Debian: sctk).

Every token is encoded in ASCII letters and digits, so that neither sclite's markup nor its character sets can alter it.
sclite weights a substitution 4, a deletion and an insertion 3 each, so it may count slightly more edits than the minimum
edit distance; `weighted_edits` counts as it does.
"""
from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Literal, Optional, Sequence, Tuple

from rapidfuzz.distance import Levenshtein

from ocr.errors import EngineUnavailable, OcrError
from ocr.output import make_folder, write_atomically
from ocr.scoring.error_rates import TextPair, score_texts
from ocr.text.normalise import normalise

Unit = Literal["characters", "words"]
_WEIGHTS = (3, 3, 4)  # insertion, deletion, substitution
_BASE = 1 << 24       # more edits than a line can have


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


@dataclass(frozen=True)
class CrossCheck:
    """The counts of sclite and of this program for the same pairs.

    Parameters
    ----------
    unit : the kind of token.
    total : sclite's counts of all pages together.
    percent : sclite's error rate in its row Sum/Avg, in per cent of the tokens, to one decimal.
    tokens, errors, min_edits : this program's counts: tokens of the transcripts; edits weighted as sclite weights them;
        the minimum edit distance, from which the error rates are computed.
    """

    unit: Unit
    total: SpeakerCounts
    percent: str
    tokens: int
    errors: int
    min_edits: int

    @property
    def equal(self) -> bool:
        """Whether sclite's counts equal this program's, with sclite's weights."""
        return (self.total.tokens, self.total.errors, self.percent) == (
            self.tokens, self.errors, f"{100 * self.errors / max(self.tokens, 1):.1f}")

    def as_dict(self) -> Dict[str, object]:
        """Return the figures for JSON."""
        return {"tokens": self.total.tokens, "errors": self.total.errors, "percent": float(self.percent),
                "our_tokens": self.tokens, "our_errors": self.errors, "fewest_errors": self.min_edits, "equal": self.equal}


def installed() -> bool:
    """Tell whether sclite can be run."""
    return bool(_command())


def require_sclite() -> List[str]:
    """Return the command that calls sclite.

    Raises
    ------
    EngineUnavailable : it is not installed.
    """
    command = _command()
    if not command:
        raise EngineUnavailable("sclite is not installed. Install it (Debian: apt-get install sctk) or leave the "
                                "cross-check out.")
    return command


def cross_check(pairs: Sequence[TextPair], unit: Unit, folder: Optional[Path] = None,
                name: str = "hypothesis") -> CrossCheck:
    """Compare the counts of sclite for some pairs with ours; parameters and errors are those of `run_sclite`."""
    output = run_sclite(pairs, unit, folder, name)
    ours = score_texts(pairs, 1)
    tokens, min_edits = (ours.characters, ours.character_edits) if unit == "characters" else (ours.words, ours.word_edits)
    return CrossCheck(unit, parse_counts(output)[-1], parse_percent(output), tokens,
                      sum(weighted_edits(pair.reference, pair.hypothesis, unit) for pair in pairs), min_edits)


def run_sclite(pairs: Sequence[TextPair], unit: Unit, folder: Optional[Path] = None, name: str = "hypothesis") -> str:
    """Score pairs with sclite; each group is a speaker, p000000 the first to appear.

    Parameters
    ----------
    folder : where sclite's input, reference.UNIT.trn and NAME.UNIT.trn, and its output, NAME.UNIT.txt, are kept; created
        if needed; None keeps nothing.
    name : of the recognised texts.

    Returns
    -------
    The tables of per cent ("-o sum") and of counts ("-o rsum").

    Raises
    ------
    EngineUnavailable : sclite is not installed.
    OutputError : the folder cannot be written.
    OcrError : sclite failed.
    """
    command = require_sclite()
    with tempfile.TemporaryDirectory() as scratch:
        kept = folder or Path(scratch)
        make_folder(kept)
        reference, hypothesis, output = (kept / f"{name}.{unit}.{kind}" for name, kind in (
            ("reference", "trn"), (name, "trn"), (name, "txt")))
        write_atomically(reference, trn([pair.reference for pair in pairs], pairs, unit).encode("ascii"))
        write_atomically(hypothesis, trn([pair.hypothesis for pair in pairs], pairs, unit).encode("ascii"))
        done = subprocess.run([*command, "-s", "-i", "spu_id", "-r", str(reference), "trn", "-h", str(hypothesis),
                               "trn", "-o", "sum", "rsum", "stdout"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        write_atomically(output, done.stdout.encode())
    if done.returncode != 0:
        raise OcrError(f"sclite ended with {done.returncode}: {done.stdout.strip()[-500:]}")
    return done.stdout


def trn(texts: Sequence[str], pairs: Sequence[TextPair], unit: Unit) -> str:
    """Return texts in sclite's trn format: tokens, then (page-line) in brackets."""
    speakers = {group: _speaker(number) for number, group in enumerate(_groups(pairs))}
    rows = []
    for number, (text, pair) in enumerate(zip(texts, pairs)):
        rows.append(f"{' '.join(spell(token) for token in tokens(text, unit))} ({speakers[pair.group]}-{number:06d})\n")
    return "".join(rows)


def tokens(text: str, unit: Unit) -> List[str]:
    """Normalise a text and split it into characters (spaces too) or words."""
    text = normalise(text)
    return list(text) if unit == "characters" else text.split()


def spell(token: str) -> str:
    """Encode a token in ASCII letters and digits, injectively."""
    return "".join(c if c.isascii() and c.isalnum() and c != "Z" else f"Z{ord(c):x}Z" for c in token)


def parse_counts(output: str) -> Tuple[SpeakerCounts, ...]:
    """Read sclite's table of counts ("-o rsum"): columns by their names, rows down to "Sum".

    Raises
    ------
    OcrError : there is no such table.
    """
    found = [SpeakerCounts(row["SPKR"], *(int(row[name]) for name in ("#Snt", "#Wrd", "Corr", "Sub", "Del", "Ins", "Err")))
             for row in _rows(output) if all(cell.isdecimal() for name, cell in row.items() if name != "SPKR")]
    if not found or found[-1].speaker != "Sum":
        raise OcrError(f"sclite printed no table of counts that ends in a row Sum, but: {output.strip()[:500]!r}")
    return tuple(found)


def parse_percent(output: str) -> str:
    """Read the errors of all pages from sclite's table of per cent ("-o sum"), its row "Sum/Avg".

    Raises
    ------
    OcrError : there is no such row.
    """
    found = [row["Err"] for row in _rows(output) if row["SPKR"] == "Sum/Avg"]
    if not found:
        raise OcrError(f"sclite printed no row Sum/Avg, but: {output.strip()[:500]!r}")
    return found[-1]


def weighted_edits(reference: str, hypothesis: str, unit: Unit) -> int:
    """Count the edits of the alignment of minimum weight, 4 substitutions + 3 deletions + 3 insertions, as sclite does.

    Of several such alignments it is the one with the fewest edits; sclite may take another, so it can count a few more
    edits in texts that are almost entirely wrong.
    """
    insertion, deletion, substitution = (_BASE * weight + 1 for weight in _WEIGHTS)
    return Levenshtein.distance(tokens(reference, unit), tokens(hypothesis, unit),
                                weights=(insertion, deletion, substitution)) % _BASE


def _rows(output: str) -> Iterator[Dict[str, str]]:
    """Yield the rows of sclite's tables as cells by column name."""
    columns: List[str] = []
    for line in output.splitlines():
        cells = re.findall(r"# ?\w+|[^\s|]+", line.strip().strip("|"))
        if "SPKR" in cells:
            columns = [cell.replace(" ", "") for cell in cells]
        elif columns and "|" in line and len(cells) == len(columns):
            yield dict(zip(columns, cells))


def _command() -> List[str]:
    """Return the command that runs sclite: on Debian a verb of sctk, elsewhere a program of its own."""
    if shutil.which("sclite"):
        return ["sclite"]
    return ["sctk", "sclite"] if shutil.which("sctk") else []


def _groups(pairs: Sequence[TextPair]) -> List[str]:
    return list(dict.fromkeys(pair.group for pair in pairs))


def _speaker(number: int) -> str:
    return f"p{number:06d}"
