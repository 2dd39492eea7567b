"""Open lexicons: the registered ones, and the user's own."""
from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ocr.decoding.lexicon.edit_costs import EditCosts, learn_costs
from ocr.decoding.lexicon.file import load_lexicon
from ocr.decoding.lexicon.lists import read_words
from ocr.decoding.lexicon.words import Lexicon, WordList, WordWeights
from ocr.errors import ModelMismatch
from ocr.models.download import digest
from ocr.models.registry import registry
from ocr.models.store import InstalledModel, require
from ocr.text.alphabet import Alphabet, describe
from ocr.text.language_codes import sole_language, supports_language

TASK = "lexicon"
MIN_WRITABLE = 0.5
"""Share of a lexicon's words that a recogniser must be able to write."""


class AlphabetMismatch(ModelMismatch):
    """A lexicon's words have letters that the recogniser lacks."""


@dataclass(frozen=True)
class OpenLexicons:
    """Lexicons, and their provenance: name and abbreviated digest of the file of each."""

    by_name: Dict[str, Lexicon]
    provenance: Tuple[str, ...]


def open_lexicon(model: InstalledModel, alphabet: Alphabet) -> Lexicon:
    """Open a lexicon for a recogniser of any alphabet that can write most of its words.

    Characters of the recogniser whose misreading the lexicon does not know get neutral costs; see `EditCosts.widened`.

    Parameters
    ----------
    model : its card's settings, named as the fields of `WordWeights`, overrule those.
    alphabet : of the recogniser.

    Raises
    ------
    AlphabetMismatch : the recogniser cannot write its words.
    ModelMismatch : its file is damaged, or its settings are no numbers.
    """
    saved = load_lexicon(_file_of(model))
    if saved.writable(alphabet) < MIN_WRITABLE:
        lacking = saved.lacking(alphabet)
        raise AlphabetMismatch(f"{_file_of(model)}: a lexicon for another alphabet: the recogniser cannot write "
                            f"{describe(lacking[:8])}{', ...' if len(lacking) > 8 else ''}. Take one in a language that it "
                            "reads, or build one for it (scripts/build_lexicon.py --model NAME).")
    card = model.card
    given: Dict[str, Any] = dict(card.settings)
    try:
        weights = WordWeights(**{field.name: float(given[field.name]) for field in fields(WordWeights) if field.name in given})
    except (TypeError, ValueError) as error:
        raise ModelMismatch(f"{card.name}: its settings cannot be used ({error}). Correct them on its card.") from error
    return Lexicon(saved.words, saved.costs, model.folder, alphabet.characters, weights, sole_language(card.languages))


def open_registered(alphabet: Alphabet, language: Optional[str] = None) -> OpenLexicons:
    """Open the registered lexicons whose words the recogniser can write.

    Parameters
    ----------
    language : BCP 47 code; those of other languages are left out. None takes all.

    Raises
    ------
    ModelNotFound, ModelMismatch : one is not installed, or damaged.
    """
    by_name: Dict[str, Lexicon] = {}
    provenance: List[str] = []
    for model in _registered(language):
        with suppress(AlphabetMismatch):
            by_name[model.card.name] = model.card.kind.open()(model, alphabet)
            provenance.append(f"{model.card.name} {model.card.sha256[:12]}")
    return OpenLexicons(by_name, tuple(provenance))


def open_own(sources: Sequence[str], alphabet: Alphabet) -> OpenLexicons:
    """Open the user's lexicons; what is wrong with single words is reported on stderr.

    Parameters
    ----------
    sources : word lists, see `ocr.decoding.lexicon.lists.read_words`, or folders that `scripts/build_lexicon.py` wrote.

    Raises
    ------
    InputError : a list cannot be read, or holds no word.
    ModelNotFound, ModelMismatch : a folder holds no lexicon, a damaged one, or one for another alphabet.
    """
    if not sources:
        return OpenLexicons({}, ())
    by_name: Dict[str, Lexicon] = {}
    provenance: List[str] = []
    problems: List[str] = []
    costs = default_costs(alphabet)
    for source in dict.fromkeys(sources):
        if Path(source).is_dir():
            model = require(source, TASK)
            by_name[source] = model.card.kind.open()(model, alphabet)
            provenance.append(f"{Path(source).name} {model.card.sha256[:12]}")
        else:
            by_name[source] = Lexicon(WordList.from_counts(read_words(source, alphabet, problems)), costs)
            provenance.append(f"{Path(source).name} {digest(Path(source))[:12]}" if Path(source).is_file() else source)
    for problem in problems:
        print(f"warning: {problem}", file=sys.stderr)
    return OpenLexicons(by_name, tuple(provenance))


def default_costs(alphabet: Alphabet) -> EditCosts:
    """Return the edit costs of the first registered lexicon that fits, or untrained ones."""
    for model in _registered():
        with suppress(AlphabetMismatch):
            return open_lexicon(model, alphabet).costs
    return learn_costs([], alphabet.characters)


def _registered(language: Optional[str] = None) -> List[InstalledModel]:
    return [require(card.name, TASK) for card in registry()
            if card.task == TASK and (language is None or supports_language(card.languages, language))]


def _file_of(model: InstalledModel) -> Path:
    return model.folder / model.card.kind.files[0]
