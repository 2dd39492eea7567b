"""Train a character n-gram model on running text, and measure how well it predicts other text."""
from __future__ import annotations

from collections import Counter
from typing import Sequence

import numpy as np

from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.decoding.ngrams.kneser_ney import estimate
from ocr.decoding.ngrams.file import CharacterNgrams
from ocr.errors import DatasetError
from ocr.text.alphabet import Alphabet


def learn_language(lines: Sequence[str], order: int, min_counts: Sequence[int], min_count: int) -> CharacterNgrams:
    """Estimate a model from lines of text, taken as one text with spaces between them.

    Parameters
    ----------
    lines : NFC text.
    order : characters of the longest n-grams.
    min_counts : see `ocr.decoding.ngrams.kneser_ney.estimate`.
    min_count : rarer characters are mapped to the unknown character.

    Raises
    ------
    DatasetError : the text is too short, its characters are too rare, or too many for n-grams of this order; or nothing is
        kept but single characters.
    """
    text = " ".join(lines)
    counts = Counter(text)
    characters = "".join(sorted(character for character, count in counts.items() if count >= min_count))
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    table = np.full(int(codes.max(initial=0)) + 1, len(characters), np.int64)
    table[[ord(character) for character in characters]] = np.arange(len(characters))
    try:
        if order < 2 or not characters:
            raise ValueError(f"{len(characters)} characters are there {min_count} times or more, and n-grams are of {order}. "
                             "Give more text, or n-grams of 2 or more.")
        model = CharacterNgrams(characters, estimate(table[codes], len(characters) + 1, order, min_counts))
        if len(model.ngrams.grams) < 2:
            raise ValueError("no n-gram of two is there often enough to be kept.")
    except ValueError as error:
        raise DatasetError(f"No model can be made of these {len(lines)} lines: {error}") from error
    return model


def bits_per_character(model: CharacterNgrams, lines: Sequence[str]) -> float:
    """Return the cross-entropy in bits per character; each line begins anew."""
    return CharacterModel(model, Alphabet.from_texts(lines)).bits_per_character(lines)
