"""The characters that a recogniser knows, as data; the only place that defines the CTC blank and the label padding."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterable, List, Set

import numpy as np

from ocr.errors import AlphabetError


@dataclass(frozen=True)
class Alphabet:
    """Characters of a recogniser and their class indices; the CTC blank is the class after the last character.

    Parameters
    ----------
    characters : the characters in class order, each one code point in NFC, none twice.

    Raises
    ------
    AlphabetError : a character is repeated or not in NFC, or there is none.
    """

    characters: str
    _index: Dict[str, int] = field(init=False, repr=False, compare=False)

    padding = -1  # fills label rows up to the longest of a batch; a class attribute, not a field

    def __post_init__(self) -> None:
        if not self.characters:
            raise AlphabetError("An alphabet needs at least one character, got an empty string.")
        index = {character: number for number, character in enumerate(self.characters)}
        repeated = sorted({c for c in self.characters if self.characters.count(c) > 1}) \
            if len(index) < len(self.characters) else []
        if repeated:
            raise AlphabetError(f"Characters are there twice: {describe(repeated)}. Name each one once.")
        decomposed = [c for c in self.characters if unicodedata.normalize("NFC", c) != c]
        if decomposed:
            raise AlphabetError(f"Characters are not in Unicode form NFC: {describe(decomposed)}.")
        object.__setattr__(self, "_index", index)

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Alphabet:
        """Make the smallest alphabet that covers some texts, in code point order."""
        seen: Set[str] = set()
        for text in texts:
            seen.update(unicodedata.normalize("NFC", text))
        return cls("".join(sorted(seen)))

    @property
    def size(self) -> int:
        """Number of classes of a network's output: the characters and the blank."""
        return len(self.characters) + 1

    @property
    def blank(self) -> int:
        """Class index of the CTC blank, the last one."""
        return len(self.characters)

    def encode(self, text: str) -> np.ndarray:
        """Return the class indices of a text's characters, as int32, after normalising it to NFC.

        Raises
        ------
        AlphabetError : the text holds characters that the alphabet lacks; all are named.
        """
        text = unicodedata.normalize("NFC", text)
        unknown = self.unknown(text)
        if unknown:
            raise AlphabetError(
                f"Text holds {describe(unknown)}, not among the alphabet's {len(self.characters)} characters: "
                f"{text!r}. Leave the line out or train with a wider alphabet.")
        return np.array([self._index[character] for character in text], dtype=np.int32)

    def decode(self, indices: Iterable[int]) -> str:
        """Return the text of class indices; blanks and padding are left out, repeats are kept.

        Raises
        ------
        AlphabetError : an index is not a class of this alphabet.
        """
        numbers = [int(number) for number in indices]
        outside = sorted({n for n in numbers if not (self.padding <= n <= self.blank)})
        if outside:
            raise AlphabetError(f"Class numbers {outside} are outside 0 to {self.blank}.")
        return "".join(self.characters[n] for n in numbers if n not in (self.blank, self.padding))

    def unknown(self, text: str) -> str:
        """Return the characters of a text that the alphabet lacks, each once, in code point order."""
        return "".join(sorted(set(unicodedata.normalize("NFC", text)) - self._index.keys()))

    def covers(self, text: str) -> bool:
        """Return whether every character of the text, in NFC, is in the alphabet."""
        return not self.unknown(text)


def describe(characters: Iterable[str]) -> str:
    """Return characters with their code points, such as 'é' U+00E9, for messages."""
    return ", ".join(f"{character!r} U+{ord(character):04X}" for character in characters)


def load_alphabet(name: str) -> Alphabet:
    """Load a built-in alphabet by its name, or one of your own by its file.

    Parameters
    ----------
    name : such as "latin", or the path of a text file in UTF-8 with the characters in class order; its line breaks are
        ignored.

    Raises
    ------
    AlphabetError : there is no such name or file, or it is not an alphabet.
    """
    folder = Path(__file__).parent / "alphabets"
    path = folder / f"{name}.txt" if name in alphabet_names() else Path(name).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AlphabetError(f"{name!r} is neither a built-in alphabet ({', '.join(alphabet_names())}) nor a text file in "
                            f"UTF-8 ({error}).") from error
    try:
        return Alphabet("".join(text.splitlines()))
    except AlphabetError as error:
        raise AlphabetError(f"{path}: {error}") from error


def alphabet_names() -> List[str]:
    """Return the names of the built-in alphabets."""
    return sorted(path.stem for path in (Path(__file__).parent / "alphabets").glob("*.txt"))
