"""Proposals beside beam search: taken where the network and the language model like them better, and only there."""
from __future__ import annotations

import hashlib

import numpy as np
import pytest

from ocr.decoding.corrector.tokens import END, Tokens
from ocr.decoding.ctc.beam_search import BeamSettings, search
from ocr.decoding.ctc.best_path import Frames, decode, log_softmax
from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.decoding.corrector.decoder import CorrectorDecoder, ProposalNetwork
from ocr.decoding.opening import open_decoder
from ocr.decoding.settings import DecodingSettings
from ocr.decoding.ctc.decoders import Beam
from ocr.decoding.ngrams.file import CharacterNgrams
from ocr.decoding.ngrams.kneser_ney import estimate
from ocr.decoding.ngrams.opening import Fit, WeightedModel
from ocr.engine.settings import EngineSettings
from ocr.errors import InputError, ModelMismatch, ModelNotFound
from ocr.decoding.lstm.characters import Characters
from ocr.text.alphabet import Alphabet

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz")
ENGLISH = ("the old house and the mouse stood there while the sun was out and the house was loud so we all went to the "
           "shore where a boat lay on the sand the quick brown fox jumps over the lazy dog ")
ALWAYS, NEVER = Fit(sure=100.0, foreign=101.0), Fit(sure=0.0, foreign=0.1)


def beam(width=8, fit=ALWAYS, candidates=6):
    tokens = np.array([ALPHABET.characters.index(character) for character in ENGLISH])
    model = CharacterModel(CharacterNgrams(ALPHABET.characters, estimate(tokens, len(ALPHABET.characters) + 1, 3)), ALPHABET)
    entry = WeightedModel(model, 0.8, 0.8, fit, "en")
    return Beam(ALPHABET, {"english": entry}, BeamSettings(beam=width, candidates=candidates))


def logits_of(text, doubts=None):
    """Logits that read a text greedily; doubts name second-best characters by place."""
    logits = np.random.default_rng(0).normal(size=(3 * len(text), ALPHABET.size)).astype(np.float32) * 0.3
    for place, character in enumerate(text):
        frames = slice(3 * place, 3 * place + 2)
        logits[frames, ALPHABET.characters.index(character)] += 16
        if place in (doubts or {}):
            logits[frames, ALPHABET.characters.index(doubts[place])] += 15.3
        logits[3 * place + 2, ALPHABET.blank] += 16
    return logits


def seen(*lines):
    return [Frames.of(line, ALPHABET) for line in lines]


def always(*texts):
    """Propose the same texts for every line."""
    return lambda read: [list(texts) for _ in read]


def test_a_better_text_that_the_beam_lost_is_taken_with_its_places():
    line, narrow = logits_of("the hovse", {6: "u"}), beam(candidates=1)
    (before,), (after,) = narrow(seen(line)), CorrectorDecoder(narrow, always("the house", "the mouse"))(seen(line))
    assert before.text == "the hovse" and after.text == "the house" and before.language == after.language == "en"
    assert [character.character for character in after.characters] == list("the house")
    assert [3 * place <= character.start_frame < character.end_frame <= 3 * place + 2
            for place, character in enumerate(after.characters)] == [True] * 9
    assert 0.2 < after.characters[6].confidence < 0.5 < after.characters[0].confidence
    assert after.others[0].text == "the hovse" and 0 < after.others[0].share < 1


def test_what_is_clear_on_paper_stays_whatever_is_proposed():
    lines, plain = seen(logits_of("the hovse"), logits_of("zebra")), beam()
    assert CorrectorDecoder(plain, always("the house", "the", ""))(lines) == plain(lines)


def test_texts_that_cannot_be_written_are_left_out():
    line = logits_of("the hovse", {6: "u"})
    assert [read.text for read in CorrectorDecoder(beam(), always("the höuse"))(seen(line))] == ["the house"]
    assert CorrectorDecoder(beam(), always("a"))([]) == []


def test_nothing_is_proposed_where_the_language_does_not_fit():
    def never(read):
        raise AssertionError("asked")

    line, foreign = logits_of("the hovse", {6: "u"}), beam(fit=NEVER)
    assert CorrectorDecoder(foreign, never)(seen(line)) == [decode(line, ALPHABET)]


def test_texts_are_scored_as_beam_search_scores_them():
    line, plain = logits_of("tne old", {1: "h", 4: "a"}), beam(width=500)
    probabilities = log_softmax(line)
    found = {ALPHABET.decode(one.labels): one.score for one in
             search([probabilities], plain.models["english"].model, plain.settings_of("english", 1.0))[0]}
    texts = ["tne old", "the old", "the ald"]
    (scores,) = CorrectorDecoder(plain, always()).scores([probabilities], [texts], "english", 1.0)
    assert [scores[text] for text in texts] == pytest.approx([found[text] for text in texts], abs=1e-2)


def test_a_corrector_proposes_what_it_finds_likeliest():
    tokens = Tokens(Characters(" abc"))

    def writes_what_was_read(source, prefix):
        after = np.concatenate([source, np.full((len(source), prefix.shape[1]), END)], axis=1)[:, :prefix.shape[1]]
        return (9 * np.eye(tokens.size, dtype=np.float32)[after.astype(int)],)

    proposed = ProposalNetwork(writes_what_was_read, tokens, beam=2)(["cab a", "", "b" * 200])
    assert [texts[:1] for texts in proposed] == [["cab a"], [""], []] and len(proposed[0]) == 2


def test_a_corrector_is_a_decoder_that_is_opened_by_its_folder_in_every_engine(corrector_folder, language_folder):
    digest = hashlib.sha256((corrector_folder / "network.onnx").read_bytes()).hexdigest()
    language = (str(language_folder),)
    _, base = open_decoder(ALPHABET, DecodingSettings("beam+lm", language_models=language))
    found = []
    for engine in ("onnx", "gluon"):
        settings = DecodingSettings(str(corrector_folder), language_models=language)
        decoder, provenance = open_decoder(ALPHABET, settings, EngineSettings(engine, threads=1))
        assert provenance[:2] == (("decoder", "corrector"), base[1]) and len(provenance) == 3
        assert provenance[2][0] == "corrector" and provenance[2][1].endswith(f" {digest[:12]}")
        found.append(decoder._propose(["the house", "a b", ""]))
        assert decoder(seen(logits_of("the hovse", {6: "u"})))[0].text == "the house"
    assert found[0] == found[1] and all(len(set(texts)) == 4 for texts in found[0])


def test_a_corrector_needs_a_language_model(corrector_folder):
    with pytest.raises(InputError, match="--language-model"):
        open_decoder(ALPHABET, DecodingSettings(str(corrector_folder), language_models=()))


def test_what_is_no_decoder_is_named(language_folder, tmp_path):
    with pytest.raises(ModelMismatch, match="for language, which is no decoder.*corrector.*greedy"):
        open_decoder(ALPHABET, DecodingSettings(str(language_folder)))
    with pytest.raises(ModelNotFound, match="empty"):
        (tmp_path / "empty").mkdir()
        open_decoder(ALPHABET, DecodingSettings(str(tmp_path / "empty")))
    with pytest.raises(InputError, match="nowhere"):
        open_decoder(ALPHABET, DecodingSettings("nowhere"))
