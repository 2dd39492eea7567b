"""The corrector as a decoder: its proposals compete with the readings of beam search by CTC and language-model score.

Axis letters: T frames, C classes.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Sequence, Tuple, cast

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
"""Maps recognised lines to the proposed texts of each, the most probable first."""


@dataclass(frozen=True)
class ProposalNetwork:
    """Proposes texts: the most probable ones of a corrector network.

    Parameters
    ----------
    network : maps source and prefix to logits, see `ocr.decoding.corrector.network.CorrectorTransformer`.
    tokens : the network's vocabulary.
    beam : proposals for each line, at most.
    """

    network: Network
    tokens: Tokens
    beam: int = 4

    def __call__(self, read: Sequence[str]) -> List[List[str]]:
        """Propose texts by beam search."""
        return [[correction.text for correction in found]
                for found in search(self.network, self.tokens, read, self.beam)]


def open_proposals(model: InstalledModel, engine: EngineSettings) -> ProposalNetwork:
    """Open the corrector's network alone, without the decoder that it corrects."""
    network = open_network(model.folder, engine.engine, engine.device, engine.threads)
    return ProposalNetwork(network, Tokens(Characters(cast(str, model.card.alphabet))))


def open_corrector(model: InstalledModel, engine: EngineSettings, alphabet: Alphabet,
                   decoding: DecodingSettings) -> CorrectorDecoder:
    """Open a corrector as a decoder, on top of beam search with language models.

    Parameters
    ----------
    model : trained by `scripts/train_corrector.py`.
    alphabet : of the recogniser.
    decoding : language and language models of the beam search.

    Raises
    ------
    InputError : no language model is available.
    ModelNotFound, ModelMismatch : a language model is not installed, or a file is damaged.
    """
    base, provenance = open_decoder(alphabet, replace(decoding, decoder=CORRECTED, lexicons=()), engine)
    if not isinstance(base, Beam):
        raise InputError("A corrector's proposals are weighed by a language model, and there is none for these pages. "
                         "Give one with --language-model.")
    return CorrectorDecoder(base, open_proposals(model, engine), provenance[1:])


class CorrectorDecoder:
    """Beam search whose readings compete with the proposals of a corrector.

    A proposal is taken only where it scores better by the measure of beam search: the CTC log-probability of the text,
    the weighted log-probability of the language model, and the bonus of its characters. Where no language model fits the page,
    nothing is proposed.

    Parameters
    ----------
    base : beam search with language models.
    propose : the corrector's proposals.
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
        candidates = [_candidates(read, proposed, alphabet)
                  for read, proposed in zip(found, self._propose([read.text for read in found]))]
        scores = self.scores(log_probs, candidates, name, share)
        taken = [max(scored, key=scored.__getitem__) for scored in scores]
        changed = [line for line, text in enumerate(taken) if text != found[line].text]
        labels = [alphabet.encode(taken[line]) for line in changed]
        for line, text_labels, (score, frames) in zip(changed, labels, align([log_probs[line] for line in changed], labels)):
            characters = placed(log_probs[line], taken[line], text_labels, frames)
            found[line] = Decoded(taken[line], score, characters, _others(taken[line], scores[line]), found[line].language)
        return found

    def scores(self, lines: Sequence[np.ndarray], candidates: Sequence[Sequence[str]], name: str,
               share: float) -> List[Dict[str, float]]:
        """Score the texts of each line, (T, C) log-probabilities, as beam search would with a share of a model's weight."""
        ctc_scores = forward_scores(lines, [[self.base.alphabet.encode(text).tolist() for text in texts] for texts in candidates])
        settings, model = self.base.settings_of(name, share), self.base.models[name].model
        weight = settings.weight * np.log(2)
        return [{text: float(score) + len(text) * (settings.bonus - weight * model.bits_per_character([text]))
                 for text, score in zip(texts, scores)} for texts, scores in zip(candidates, ctc_scores)]


def _candidates(read: Decoded, proposed: Sequence[str], alphabet: Alphabet) -> List[str]:
    """Return the readings of beam search, and the proposals that the alphabet covers, each text once."""
    every = (read.text, *(other.text for other in read.others), *proposed)
    return [text for text in dict.fromkeys(every) if alphabet.covers(text)]


def _others(taken: str, scores: Dict[str, float]) -> tuple:
    """Return the texts that were not taken, but have a finite score, with their share."""
    others = sorted((text for text in scores if text != taken and scores[text] > -np.inf), key=lambda text: -scores[text])
    return tuple(Alternative(text, float(np.exp(scores[text] - scores[taken]))) for text in others[:OTHERS])
