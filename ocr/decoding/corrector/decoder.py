"""Another decoder's readings beside what a corrector proposes; the network and the language model decide.

Axis letters: T frames, C classes.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence

import numpy as np

from ocr.decoding.corrector.search import search
from ocr.decoding.corrector.tokens import Tokens
from ocr.decoding.ctc.alignment import align
from ocr.decoding.ctc.best_path import Alternative, Decoded, decode, log_softmax
from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.decoding.ctc.ctc_score import forward_scores
from ocr.decoding.ctc.decoders import OTHERS, Beam, placed
from ocr.engine.network import Network, open_network
from ocr.decoding.lstm.characters import Characters
from ocr.models.store import require
from ocr.text.alphabet import Alphabet

CORRECTOR = "corrector"
"""The decoder, and the task of its network."""

Propose = Callable[[Sequence[str]], List[List[str]]]
"""Tells of each line that was read what it may say instead, the likeliest first."""


@dataclass(frozen=True)
class Corrector:
    """Proposes texts: the likeliest ones by a corrector network.

    Parameters
    ----------
    network : maps source and prefix to logits, see `ocr.decoding.corrector.network.Corrector`.
    tokens : of the network.
    noted : name and beginning of the digest, for the steps of a page.
    beam : texts that are proposed for each line, at most.
    """

    network: Network
    tokens: Tokens
    noted: str = ""
    beam: int = 4

    def __call__(self, read: Sequence[str]) -> List[List[str]]:
        """Find texts by beam search."""
        return [[correction.text for correction in found]
                for found in search(self.network, self.tokens, read, self.beam)]


def open_corrector(folder: Optional[str], engine: str = "onnx", device: str = "cpu",
                   threads: int = 0) -> Optional[Corrector]:
    """Open a corrector.

    Parameters
    ----------
    folder : that `scripts/train_corrector.py` wrote; None opens none.
    engine, device, threads : see `ocr.engine.network.open_network`.

    Raises
    ------
    ModelNotFound, ModelMismatch, InputError : there is none, or it is damaged or for another task.
    """
    if folder is None:
        return None
    model = require(folder, CORRECTOR)
    return Corrector(open_network(model.folder, engine, device, threads), Tokens(Characters(model.card.alphabet)),
                     f"{model.card.name} {model.card.sha256[:12]}")


class Correcting:
    """Beam search whose readings are set against those that a corrector proposes.

    A proposal is taken only where it scores better by the measure that beam search has: the CTC probability of the text,
    the language model's weighed probability, and the bonus of its characters. Where no language model fits the page,
    nothing is proposed.

    Parameters
    ----------
    base : beam search with language models.
    propose : of a corrector.
    """

    def __init__(self, base: Beam, propose: Propose):
        self.base, self._propose = base, propose

    def __call__(self, lines: Sequence[np.ndarray]) -> List[Decoded]:
        """Turn logits into one reading each."""
        found, alphabet = list(self.base(lines)), self.base.alphabet
        name, share = self.base.language([decode(line, alphabet).text for line in lines])
        if not share:
            return found
        chances = [log_softmax(line.astype(np.float32)) for line in lines]
        offers = [_offers(read, proposed, alphabet)
                  for read, proposed in zip(found, self._propose([read.text for read in found]))]
        scores = self.scores(chances, offers, self.base.models[name], share)
        taken = [max(scored, key=scored.__getitem__) for scored in scores]
        changed = [line for line, text in enumerate(taken) if text != found[line].text]
        labels = [alphabet.encode(taken[line]) for line in changed]
        for line, spelt, (score, frames) in zip(changed, labels, align([chances[line] for line in changed], labels)):
            characters = placed(chances[line], taken[line], spelt, frames)
            found[line] = Decoded(taken[line], score, characters, _others(taken[line], scores[line]))
        return found

    def scores(self, lines: Sequence[np.ndarray], offers: Sequence[Sequence[str]], model: CharacterModel,
               share: float) -> List[Dict[str, float]]:
        """Score the texts of each line, (T, C) log probabilities, as beam search would with a share of its weights."""
        heard = forward_scores(lines, [[self.base.alphabet.encode(text).tolist() for text in texts] for texts in offers])
        bonus, weight = share * self.base.settings.bonus, share * self.base.settings.weight * np.log(2)
        return [{text: float(score) + len(text) * (bonus - weight * model.bits_per_character([text]))
                 for text, score in zip(texts, scores)} for texts, scores in zip(offers, heard)]


def _offers(read: Decoded, proposed: Sequence[str], alphabet: Alphabet) -> List[str]:
    """Give what beam search found, and what is proposed and can be written in the alphabet, each text once."""
    every = (read.text, *(other.text for other in read.others), *proposed)
    return [text for text in dict.fromkeys(every) if alphabet.covers(text)]


def _others(taken: str, scores: Dict[str, float]) -> tuple:
    """Give the texts that were not taken, but can stand on the line, with their share."""
    others = sorted((text for text in scores if text != taken and scores[text] > -np.inf), key=lambda text: -scores[text])
    return tuple(Alternative(text, float(np.exp(scores[text] - scores[taken]))) for text in others[:OTHERS])
