"""Another decoder's readings beside what a corrector proposes; the network and the language model decide.

Axis letters: T frames, C classes.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Sequence, Tuple

import numpy as np

from ocr.decoding.corrector.search import search
from ocr.decoding.corrector.tokens import Tokens
from ocr.decoding.ctc.alignment import align
from ocr.decoding.ctc.best_path import Alternative, Decoded, Frames
from ocr.decoding.ctc.ctc_score import forward_scores
from ocr.decoding.ctc.decoders import OTHERS, Beam, placed
from ocr.decoding.lstm.characters import Characters
from ocr.decoding.opening import open_decoder
from ocr.decoding.settings import DecodingSettings
from ocr.engine.network import Network, open_network
from ocr.engine.settings import EngineSettings
from ocr.errors import InputError
from ocr.models.store import InstalledModel
from ocr.text.alphabet import Alphabet

CORRECTED = "beam+lm"
"""The decoder whose readings are corrected."""

Propose = Callable[[Sequence[str]], List[List[str]]]
"""Tells of each line that was read what it may say instead, the likeliest first."""


@dataclass(frozen=True)
class Corrector:
    """Proposes texts: the likeliest ones by a corrector network.

    Parameters
    ----------
    network : maps source and prefix to logits, see `ocr.decoding.corrector.network.Corrector`.
    tokens : of the network.
    beam : texts that are proposed for each line, at most.
    """

    network: Network
    tokens: Tokens
    beam: int = 4

    def __call__(self, read: Sequence[str]) -> List[List[str]]:
        """Find texts by beam search."""
        return [[correction.text for correction in found]
                for found in search(self.network, self.tokens, read, self.beam)]


def open_proposals(model: InstalledModel, engine: EngineSettings) -> Corrector:
    """Open a corrector's network, without the decoder whose readings it corrects."""
    network = open_network(model.folder, engine.engine, engine.device, engine.threads)
    return Corrector(network, Tokens(Characters(model.card.alphabet)))


def open_corrector(model: InstalledModel, engine: EngineSettings, alphabet: Alphabet,
                   decoding: DecodingSettings) -> "Correcting":
    """Open a corrector as a decoder of its own, beam search with language models before it.

    Parameters
    ----------
    model : that `scripts/train_corrector.py` trained.
    alphabet : of the recogniser.
    decoding : its language and language models are those of the beam search.

    Raises
    ------
    InputError : no language model is to be had.
    ModelNotFound, ModelMismatch : a language model is not installed, or a file is damaged.
    """
    base, provenance = open_decoder(alphabet, replace(decoding, decoder=CORRECTED, lexicons=()), engine)
    if not isinstance(base, Beam):
        raise InputError("A corrector's proposals are weighed by a language model, and there is none for these pages. "
                         "Give one with --language-model.")
    return Correcting(base, open_proposals(model, engine), provenance[1:])


class Correcting:
    """Beam search whose readings are set against those that a corrector proposes.

    A proposal is taken only where it scores better by the measure that beam search has: the CTC probability of the text,
    the language model's weighted probability, and the bonus of its characters. Where no language model fits the page,
    nothing is proposed.

    Parameters
    ----------
    base : beam search with language models.
    propose : of a corrector.
    provenance : of the language models, as (name, value) pairs.
    """

    def __init__(self, base: Beam, propose: Propose, provenance: Tuple[Tuple[str, str], ...] = ()):
        self.base, self._propose, self.provenance = base, propose, provenance

    def __call__(self, lines: Sequence[Frames]) -> List[Decoded]:
        """Read each line."""
        found, alphabet = list(self.base(lines)), self.base.alphabet
        name, share = self.base.language([line.greedy.text for line in lines])
        if not share:
            return found
        log_probs = [line.log_probs for line in lines]
        offers = [_offers(read, proposed, alphabet)
                  for read, proposed in zip(found, self._propose([read.text for read in found]))]
        scores = self.scores(log_probs, offers, name, share)
        taken = [max(scored, key=scored.__getitem__) for scored in scores]
        changed = [line for line, text in enumerate(taken) if text != found[line].text]
        labels = [alphabet.encode(taken[line]) for line in changed]
        for line, spelt, (score, frames) in zip(changed, labels, align([log_probs[line] for line in changed], labels)):
            characters = placed(log_probs[line], taken[line], spelt, frames)
            found[line] = Decoded(taken[line], score, characters, _others(taken[line], scores[line]), found[line].language)
        return found

    def scores(self, lines: Sequence[np.ndarray], offers: Sequence[Sequence[str]], name: str,
               share: float) -> List[Dict[str, float]]:
        """Score the texts of each line, (T, C) log probabilities, as beam search would with a share of a model's weights."""
        ctc_scores = forward_scores(lines, [[self.base.alphabet.encode(text).tolist() for text in texts] for texts in offers])
        settings, model = self.base.settings_of(name, share), self.base.models[name].model
        weight = settings.weight * np.log(2)
        return [{text: float(score) + len(text) * (settings.bonus - weight * model.bits_per_character([text]))
                 for text, score in zip(texts, scores)} for texts, scores in zip(offers, ctc_scores)]


def _offers(read: Decoded, proposed: Sequence[str], alphabet: Alphabet) -> List[str]:
    """Give what beam search found, and what is proposed and can be written in the alphabet, each text once."""
    every = (read.text, *(other.text for other in read.others), *proposed)
    return [text for text in dict.fromkeys(every) if alphabet.covers(text)]


def _others(taken: str, scores: Dict[str, float]) -> tuple:
    """Give the texts that were not taken, but can stand on the line, with their share."""
    others = sorted((text for text in scores if text != taken and scores[text] > -np.inf), key=lambda text: -scores[text])
    return tuple(Alternative(text, float(np.exp(scores[text] - scores[taken]))) for text in others[:OTHERS])
