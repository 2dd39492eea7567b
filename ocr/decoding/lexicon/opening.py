"""Which lexicons are searched: those that are registered, and the user's own."""
from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from ocr.decoding.lexicon.edit_costs import EditCosts, learn_costs
from ocr.decoding.lexicon.words import Lexicon, WordList
from ocr.decoding.lexicon.file import load_lexicon
from ocr.decoding.lexicon.lists import read_words
from ocr.errors import ModelMismatch
from ocr.models.registry import registry
from ocr.models.store import InstalledModel, require
from ocr.models.download import digest
from ocr.text.alphabet import Alphabet, describe

TASK = "lexicon"


@dataclass(frozen=True)
class OpenLexicons:
    """Lexicons, and how they are noted on a page: name and the beginning of the digest of what they were read from."""

    by_name: Dict[str, Lexicon]
    noted: Tuple[str, ...]


def open_registered(alphabet: Alphabet) -> OpenLexicons:
    """Open the registered lexicons that are for this alphabet.

    Raises
    ------
    ModelNotFound, ModelMismatch : one is not installed, or damaged.
    """
    found = [(model, load_lexicon(_words_of(model))) for model in _registered()]
    fitting = [(model, saved) for model, saved in found if not saved.differs(alphabet)]
    return OpenLexicons({model.card.name: Lexicon(saved.words, saved.costs, model.folder) for model, saved in fitting},
                        tuple(f"{model.card.name} {model.card.sha256[:12]}" for model, _ in fitting))


def open_own(sources: Sequence[str], alphabet: Alphabet) -> OpenLexicons:
    """Open the user's lexicons; what is wrong with single words is said on stderr.

    Parameters
    ----------
    sources : word lists, see `ocr.decoding.lexicon.lists.read_words`, or folders that `scripts/build_lexicon.py` wrote.

    Raises
    ------
    InputError : a list cannot be read, or holds no word.
    ModelNotFound, ModelMismatch : a folder holds no lexicon, a damaged one, or one for another alphabet.
    """
    by_name: Dict[str, Lexicon] = {}
    noted: List[str] = []
    problems: List[str] = []
    costs = default_costs(alphabet) if sources else None
    for source in dict.fromkeys(sources):
        if Path(source).is_dir():
            model = require(source, TASK)
            saved = load_lexicon(_words_of(model))
            differing = saved.differs(alphabet)
            if differing:
                raise ModelMismatch(f"{_words_of(model)}: a lexicon for another alphabet: it differs from the recogniser's "
                                    f"in {describe(differing[:8])}{', ...' if len(differing) > 8 else ''}. "
                                    "Build it anew for this recogniser (scripts/build_lexicon.py --model NAME).")
            by_name[source] = Lexicon(saved.words, saved.costs, model.folder)
            noted.append(f"{Path(source).name} {model.card.sha256[:12]}")
        else:
            by_name[source] = Lexicon(WordList.from_counts(read_words(source, alphabet, problems)), costs)
            noted.append(f"{Path(source).name} {digest(Path(source))[:12]}" if Path(source).is_file() else source)
    for problem in problems:
        print(f"warning: {problem}", file=sys.stderr)
    return OpenLexicons(by_name, tuple(noted))


def default_costs(alphabet: Alphabet) -> EditCosts:
    """Give the costs of misreading of the first registered lexicon for this alphabet, or such that know nothing of it."""
    for model in _registered():
        saved = load_lexicon(_words_of(model))
        if not saved.differs(alphabet):
            return saved.costs
    return learn_costs([], alphabet.characters)


def _registered() -> List[InstalledModel]:
    return [require(card.name, TASK) for card in registry() if card.task == TASK]


def _words_of(model: InstalledModel) -> Path:
    return model.folder / model.card.kind.files[0]
