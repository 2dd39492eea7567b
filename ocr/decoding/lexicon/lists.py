"""Word lists: text files with one word a line, and the package wordfreq."""
from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Dict, List, Optional

from ocr.datasets.corpus import decoded_lines
from ocr.decoding.lexicon.words import MAX_LENGTH
from ocr.errors import DatasetError, EngineUnavailable, InputError
from ocr.text.alphabet import Alphabet, describe
from ocr.text.normalise import normalise

WORDFREQ = "wordfreq:"
_NAMED = 8                  # characters outside the alphabet that a warning names


def read_words(source: str, alphabet: Alphabet, problems: List[str]) -> Dict[str, float]:
    """Read words and their relative frequencies.

    Parameters
    ----------
    source : a .txt or .txt.xz file in UTF-8, or UTF-16 with its mark, one word a line, after a tab its count if there is one
        (else 1); of several words in a line each is taken. Or wordfreq:LANGUAGE or wordfreq:LANGUAGE:COUNT.
    alphabet : of the recogniser; words with other characters are left out.
    problems : messages on what was left out are appended.

    Returns
    -------
    Shares by word, NFC, in the order of the source; their sum is 1.

    Raises
    ------
    InputError : the source cannot be read, or holds no word.
    EngineUnavailable : wordfreq is not installed.
    """
    left_out: Counter = Counter()
    if source.startswith(WORDFREQ):
        counts = _from_wordfreq(source)
    else:
        counts = _from_text(Path(source), left_out)
    strange = {word: alphabet.unknown(word) for word in counts if not alphabet.covers(word)}
    long = [word for word in counts if len(word) > MAX_LENGTH]
    kept = {word: count for word, count in counts.items() if word not in strange and len(word) <= MAX_LENGTH}
    named = "".join(sorted(set("".join(strange.values()))))
    left_out["words with characters outside the recogniser's alphabet ("
             f"{describe(named[:_NAMED])}{', ...' if len(named) > _NAMED else ''})"] = len(strange)
    left_out[f"words of more than {MAX_LENGTH} characters"] = len(long)
    if any(left_out.values()):
        problems.append(f"{source}: left out " + ", ".join(f"{count} {what}" for what, count in left_out.items() if count))
    total = sum(kept.values())
    if not total > 0:
        raise InputError(f"{source}: holds no word that can be read"
                         f"{': ' + problems[-1] if any(left_out.values()) else ''}. Give one word a line, in UTF-8.")
    return {word: count / total for word, count in kept.items()}


def _from_text(path: Path, left_out: Counter) -> Dict[str, float]:
    """Read the words of a file with their counts; of words that are there more than once the highest count holds."""
    counts: Dict[str, float] = {}
    for line in _lines(path, left_out):
        text, _, number = line.partition("\t")
        words = [word for word in normalise(text).split(" ") if any(character.isalnum() for character in word)]
        if not words:
            left_out["lines without a word"] += 1
        count = _number(number.strip())
        if words and count is None:
            left_out["counts that are no number above 0; the words count once"] += 1
        for word in words:
            left_out["words that are there again"] += word in counts
            counts[word] = max(counts.get(word, 0.0), count or 1.0)
    return counts


def _lines(path: Path, left_out: Counter) -> List[str]:
    """Read the lines of a file."""
    try:
        lines, lost = decoded_lines(path)
    except DatasetError as error:
        raise InputError(f"{error} It holds one word a line. The folder of a built lexicon is taken, too.") from error
    if lost:
        left_out["lines that are not UTF-8 (save the file as UTF-8)"] += lost
    return lines


def _number(text: str) -> Optional[float]:
    """Read a count; None where it is none."""
    try:
        return float(text) if 0 < float(text) < float("inf") else None
    except ValueError:
        return None if text else 1.0


def _from_wordfreq(source: str) -> Dict[str, float]:
    """Take the most frequent words of a language that have no digits."""
    language, _, count = source[len(WORDFREQ):].partition(":")
    try:
        import wordfreq
    except ImportError as error:
        raise EngineUnavailable(f"{source} needs the package wordfreq, which cannot be imported ({error}). "
                                'Install it: pip install wordfreq, or ".[lexicon]" in a clone.') from error
    known = wordfreq.available_languages()
    if language not in known or not (count or "1").isdigit() or count == "0":
        raise InputError(f"{source}: give wordfreq:LANGUAGE or wordfreq:LANGUAGE:COUNT, where COUNT is 1 or more and "
                         f"LANGUAGE one of {', '.join(sorted(known))}.")
    words = [word for word in map(normalise, wordfreq.top_n_list(language, 10 ** 9))
             if any(character.isalpha() for character in word) and not any(character.isdigit() for character in word)]
    return {word: wordfreq.word_frequency(word, language) for word in words[:int(count) if count else None]}
