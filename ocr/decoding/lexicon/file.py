"""Lexicons on disk: one small file with the words, their probabilities and the costs of misreading; nothing in it is unpickled."""
from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from ocr.decoding.lexicon.edit_costs import EditCosts
from ocr.decoding.lexicon.words import MAX_LENGTH, WordList
from ocr.engine.learner import DAMAGE
from ocr.errors import ModelMismatch
from ocr.output import write_atomically
from ocr.text.alphabet import Alphabet

FORMAT = 1
_RESOLUTION = 8.0                 # log-probabilities are stored in eighths, from -255 / 8 up


@dataclass(frozen=True)
class SavedLexicon:
    """Content of a lexicon, and the characters of the recogniser from whose misreadings its costs were learnt."""

    words: WordList
    costs: EditCosts
    characters: str

    def lacking(self, alphabet: Alphabet) -> str:
        """Return the letters of its words that a recogniser lacks, the most frequent first, none twice.

        Words of an alphabet that the recogniser has in full are not looked at one by one.
        """
        if set(self.characters) <= set(alphabet.characters):
            return ""
        codes = np.ascontiguousarray(self.words.words).view(np.uint32)
        found, counts = np.unique(codes[codes != 0], return_counts=True)
        letters = [chr(code) for code in found[np.argsort(-counts, kind="stable")].tolist()]
        return "".join(letter for letter in letters if letter not in alphabet.characters)

    def writable(self, alphabet: Alphabet) -> float:
        """Give the share of its words that a recogniser can write, from 0 to 1."""
        lacking = self.lacking(alphabet)
        if not lacking or not len(self.words.words):
            return 1.0
        codes = np.ascontiguousarray(self.words.words).view(np.uint32).reshape(len(self.words.words), -1)
        return 1.0 - float(np.isin(codes, [ord(letter) for letter in lacking]).any(axis=1).mean())


def save_lexicon(path: Path, lexicon: SavedLexicon) -> None:
    """Write a lexicon. Log-probabilities are rounded to eighths, costs to half precision.

    Raises
    ------
    OutputError : the file cannot be written.
    """
    costs = lexicon.costs
    arrays = {"format": np.array(FORMAT), "characters": _pack(lexicon.characters),
              "words": _pack("\n".join(lexicon.words.words.tolist())),
              "chances": np.clip(np.round(lexicon.words.log_probs * -_RESOLUTION), 0, 255).astype(np.uint8),
              "priced": _pack(costs.characters), "substitution": costs.substitution.astype(np.float16),
              "insertion": costs.insertion.astype(np.float16), "deletion": costs.deletion.astype(np.float16)}
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


def load_lexicon(path: Path) -> SavedLexicon:
    """Read a lexicon.

    Raises
    ------
    ModelMismatch : the file is damaged, not a lexicon, or of another version.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if int(arrays["format"]) != FORMAT:
            raise ModelMismatch(f"{path}: a lexicon of format {int(arrays['format'])}; {FORMAT} is read. "
                                "Build it anew, or fetch it with python -m ocr models fetch.")
        words = np.array(_unpack(arrays["words"]).split("\n"), np.str_)
        log_probs = arrays["chances"].astype(np.float32) / np.float32(-_RESOLUTION)
        found = WordList(words, log_probs)
        if len(words) != len(log_probs) or words.dtype.itemsize > 4 * MAX_LENGTH or not (words != "").all() \
                or (found.keys[1:] < found.keys[:-1]).any():
            raise ValueError("its words are not in order")
        costs = EditCosts(_unpack(arrays["priced"]), *(arrays[name].astype(np.float32) for name in
                                                       ("substitution", "insertion", "deletion")))
        return SavedLexicon(found, costs, _unpack(arrays["characters"]))
    except (*DAMAGE, IndexError) as error:
        raise ModelMismatch(f"{path}: not a whole lexicon ({error}). "
                            "Build it anew, or fetch it with python -m ocr models fetch.") from error


def _pack(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-8"), np.uint8)


def _unpack(array: np.ndarray) -> str:
    return array.astype(np.uint8, casting="safe").tobytes().decode("utf-8")
