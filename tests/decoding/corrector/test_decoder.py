"""Proposals beside beam search: taken where the network and the language model like them better, and only there."""
from __future__ import annotations

import hashlib

import numpy as np
import pytest

from ocr.decoding.corrector.tokens import END, Tokens
from ocr.decoding.ctc.beam_search import BeamSettings, search
from ocr.decoding.ctc.best_path import decode, log_softmax
from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.decoding.corrector.decoder import Correcting, Corrector, open_corrector
from ocr.decoding.ctc.decoders import Beam, Fit
from ocr.decoding.ngrams.kneser_ney import estimate
from ocr.decoding.ngrams.file import CharacterNgrams
from ocr.errors import ModelMismatch, ModelNotFound
from ocr.decoding.lstm.characters import Characters
from ocr.text.alphabet import Alphabet

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz")
ENGLISH = ("the old house and the mouse stood there while the sun was out and the house was loud so we all went to the "
           "shore where a boat lay on the sand the quick brown fox jumps over the lazy dog ")
ALWAYS, NEVER = Fit(sure=100.0, foreign=101.0), Fit(sure=0.0, foreign=0.1)


def beam(width=8, fit=ALWAYS, candidates=6):
    tokens = np.array([ALPHABET.characters.index(character) for character in ENGLISH])
    model = CharacterModel(CharacterNgrams(ALPHABET.characters, estimate(tokens, len(ALPHABET.characters) + 1, 3)), ALPHABET)
    return Beam(ALPHABET, {"english": model}, BeamSettings(beam=width, candidates=candidates, weight=0.8, bonus=0.8), fit)


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


def always(*texts):
    """Propose the same texts for every line."""
    return lambda read: [list(texts) for _ in read]


def test_a_better_text_that_the_beam_lost_is_taken_with_its_places():
    line, narrow = logits_of("the hovse", {6: "u"}), beam(candidates=1)
    (before,), (after,) = narrow([line]), Correcting(narrow, always("the house", "the mouse"))([line])
    assert before.text == "the hovse" and after.text == "the house"
    assert [character.character for character in after.characters] == list("the house")
    assert [3 * place <= character.start_frame < character.end_frame <= 3 * place + 2
            for place, character in enumerate(after.characters)] == [True] * 9
    assert 0.2 < after.characters[6].confidence < 0.5 < after.characters[0].confidence
    assert after.others[0].text == "the hovse" and 0 < after.others[0].share < 1


def test_what_is_clear_on_paper_stays_whatever_is_proposed():
    lines, plain = [logits_of("the hovse"), logits_of("zebra")], beam()
    assert Correcting(plain, always("the house", "the", ""))(lines) == plain(lines)


def test_texts_that_cannot_be_written_are_left_out():
    line = logits_of("the hovse", {6: "u"})
    assert [read.text for read in Correcting(beam(), always("the höuse"))([line])] == ["the house"]
    assert Correcting(beam(), always("a"))([]) == []


def test_nothing_is_proposed_where_the_language_does_not_fit():
    def never(read):
        raise AssertionError("asked")

    line, foreign = logits_of("the hovse", {6: "u"}), beam(fit=NEVER)
    assert Correcting(foreign, never)([line]) == [decode(line, ALPHABET)]


def test_texts_are_scored_as_beam_search_scores_them():
    line, plain = logits_of("tne old", {1: "h", 4: "a"}), beam(width=500)
    chances = log_softmax(line)
    found = {ALPHABET.decode(one.labels): one.score for one in search([chances], plain.models["english"], plain.settings)[0]}
    texts = ["tne old", "the old", "the ald"]
    (scores,) = Correcting(plain, always()).scores([chances], [texts], plain.models["english"], 1.0)
    assert [scores[text] for text in texts] == pytest.approx([found[text] for text in texts], abs=1e-2)


def test_a_corrector_proposes_what_it_finds_likeliest():
    tokens = Tokens(Characters(" abc"))

    def writes_what_was_read(source, prefix):
        after = np.concatenate([source, np.full((len(source), prefix.shape[1]), END)], axis=1)[:, :prefix.shape[1]]
        return (9 * np.eye(tokens.size, dtype=np.float32)[after.astype(int)],)

    proposed = Corrector(writes_what_was_read, tokens, beam=2)(["cab a", "", "b" * 200])
    assert [texts[:1] for texts in proposed] == [["cab a"], [""], []] and len(proposed[0]) == 2


def test_a_corrector_is_opened_by_its_folder_in_every_engine(corrector_folder):
    digest = hashlib.sha256((corrector_folder / "network.onnx").read_bytes()).hexdigest()
    read, found = ["the house", "a b", ""], []
    for engine in ("onnx", "gluon"):
        corrector = open_corrector(str(corrector_folder), engine, "cpu", 1)
        assert corrector.noted.endswith(f" {digest[:12]}")
        found.append(corrector(read))
    assert found[0] == found[1] and all(len(set(texts)) == 4 for texts in found[0])
    assert open_corrector(None) is None


def test_what_is_no_corrector_is_named(language_folder, tmp_path):
    with pytest.raises(ModelMismatch, match="for language, not for corrector"):
        open_corrector(str(language_folder))
    with pytest.raises(ModelNotFound, match="nowhere"):
        open_corrector(str(tmp_path / "nowhere"))
