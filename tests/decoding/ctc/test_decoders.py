"""Decoders: greedy reading where no language fits, repaired words where one does, and where the words stand."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.ctc.alignment import align
from ocr.decoding.ctc.beam_search import BeamSettings
from ocr.decoding.ctc.best_path import Frames, decode, log_softmax, words
from ocr.decoding.ngrams.character_model import CharacterModel
from ocr.decoding.ctc.decoders import Beam, BestPath, letter_share
from ocr.decoding.ngrams.file import CharacterNgrams
from ocr.decoding.ngrams.kneser_ney import estimate
from ocr.decoding.ngrams.opening import Fit, WeightedModel
from ocr.text.alphabet import Alphabet

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz")
ENGLISH = ("the old house and the mouse stood there while the sun was out and the house was loud so we all went to the "
           "shore where a boat lay on the sand it was late and the wind blew from the south but no one heard the old mouse "
           "sing in the empty house that night when the sun was out of sight and the mist came down to hide the road "
           "the quick brown fox jumps over the lazy dog ")
GERMAN = ("das alte haus und die maus waren dort als die sonne schien und das haus war laut da gingen wir alle an den "
          "strand wo ein boot auf dem sand lag es war kalt und der wind wehte aus dem norden aber niemand sah die alte maus "
          "die im leeren haus nach brot suchte bis der mond aufging und das licht auf die dunklen felder und den weg fiel "
          "franz jagt im komplett verwahrlosten taxi quer durch bayern ")
SETTINGS = BeamSettings(beam=8, candidates=6)
ALWAYS, NEVER = Fit(sure=100.0, foreign=101.0), Fit(sure=0.0, foreign=0.1)


def language_model(text):
    characters = ALPHABET.characters
    tokens = np.array([characters.index(character) for character in text])
    return CharacterModel(CharacterNgrams(characters, estimate(tokens, len(characters) + 1, 3)), ALPHABET)


@pytest.fixture(scope="module")
def models():
    return {"english": language_model(ENGLISH), "german": language_model(GERMAN)}


def logits_of(text, doubts=None, seed=0):
    """Logits that read a text greedily, two frames a character and a blank; doubts name second-best characters by place."""
    logits = np.random.default_rng(seed).normal(size=(3 * len(text), ALPHABET.size)).astype(np.float32) * 0.3
    for place, character in enumerate(text):
        frames = slice(3 * place, 3 * place + 2)
        logits[frames, ALPHABET.characters.index(character)] += 16
        if place in (doubts or {}):
            logits[frames, ALPHABET.characters.index(doubts[place])] += 15.3
        logits[3 * place + 2, ALPHABET.blank] += 16
    return logits


def beam_of(models, fit=ALWAYS, language=None):
    return Beam(ALPHABET, {name: WeightedModel(model, 0.8, 0.8, fit, language and language[name])
                           for name, model in models.items()}, SETTINGS)


def read(decoder, lines, alphabet=ALPHABET):
    return decoder([Frames.of(line, alphabet) for line in lines])


def texts_of(decoded):
    return [line.text for line in decoded]


def test_best_path_reads_every_line_greedily():
    lines = [logits_of("the house"), logits_of(""), logits_of("xq zz", seed=3)]
    assert read(BestPath(), lines) == [decode(line, ALPHABET) for line in lines]
    assert BestPath()([]) == []


@pytest.mark.parametrize("greedy, doubts, meant", [
    ("the hovse", {6: "u"}, "the house"), ("tne old moose", {1: "h", 10: "u"}, "the old mouse"),
    ("the sun wag out", {10: "s"}, "the sun was out")])
def test_a_model_repairs_an_obvious_error(models, greedy, doubts, meant):
    line = logits_of(greedy, doubts)
    assert decode(line, ALPHABET).text == greedy
    assert texts_of(read(beam_of({"english": models["english"]}, ALWAYS), [line])) == [meant]


def test_what_is_clear_is_left_as_it_stands(models):
    lines = [logits_of("the hovse"), logits_of("zebra", seed=2)]
    assert texts_of(read(beam_of(models, ALWAYS), lines)) == ["the hovse", "zebra"]


def test_foreign_text_is_read_greedily_to_the_last_digit(models):
    lines = [logits_of("kvzyq hovse fjord", {8: "u"}), logits_of("pxkyj", seed=1), logits_of("")]
    greedy = [decode(line, ALPHABET) for line in lines]
    assert read(beam_of(models, Fit(sure=3.0, foreign=4.5)), lines) == greedy
    assert read(beam_of(models, NEVER), [logits_of("the hovse", {6: "u"})])[0].text == "the hovse"
    assert texts_of(read(beam_of(models, ALWAYS), lines))[0] == "kvzyq house fjord"


def test_the_language_of_the_page_decides_what_is_in_doubt(models):
    beam = beam_of(models, ALWAYS)
    in_doubt = {"english": logits_of("the hause", {5: "o"}), "german": logits_of("das hous", {5: "a"})}
    rest = {"english": logits_of("and the mouse was out", seed=1), "german": logits_of("und die maus waren dort", seed=1)}
    assert texts_of(read(beam, [in_doubt["english"], rest["english"]]))[0] == "the house"
    assert texts_of(read(beam, [in_doubt["german"], rest["german"]]))[0] == "das haus"
    assert texts_of(read(beam_of({"german": models["german"]}, ALWAYS), [in_doubt["english"]]))[0] != "the house"
    assert beam.language(["the hause", "and the mouse was out"])[0] == "english"
    assert beam.language(["das hous", "und die maus waren dort"])[0] == "german"


def test_the_language_of_the_model_that_fits_is_told(models):
    codes = {"english": "en", "german": "de"}
    beam = beam_of(models, language=codes)
    assert [read(beam, [logits_of(text)])[0].language for text in ("the old mouse", "die alte maus")] == ["en", "de"]
    assert read(beam_of(models, NEVER, codes), [logits_of("the old mouse")])[0].language is None


def test_each_model_has_its_own_weight(models):
    line = logits_of("the hovse", {6: "u"})
    for weight, expected in ((0.8, "the house"), (0.0, "the hovse")):
        entry = WeightedModel(models["english"], weight, 0.0, ALWAYS)
        other = WeightedModel(models["german"], 0.8 - weight, 0.0, ALWAYS)
        assert texts_of(read(Beam(ALPHABET, {"english": entry, "german": other}, SETTINGS), [line])) == [expected]


def test_frames_are_made_of_logits_of_the_alphabet_alone():
    line = logits_of("the house").astype(np.float16)
    frames = Frames.of(line, ALPHABET)
    assert frames.greedy == decode(line, ALPHABET) and frames.log_probs.dtype == np.float32
    assert np.exp(frames.log_probs).sum(axis=1) == pytest.approx(np.ones(len(line)), rel=1e-4)
    with pytest.raises(ValueError, match=r"\(27, 28\), expected \(frames, 2\)"):
        Frames.of(line, Alphabet("a"))


def test_a_few_foreign_words_on_a_page_do_not_change_its_language(models):
    beam = beam_of(models, ALWAYS)
    assert beam.language(["die sonne"])[0] == "german"
    assert beam.language(["die sonne", ENGLISH])[0] == "english"


def test_bits_of_a_page_count_every_character_once(models):
    model, fit = models["english"], Fit(sure=0.0, foreign=20.0)
    texts = ["the old house", "zq", "", "was it out"]
    bits = sum(model.bits_per_character([text]) * len(text) for text in texts if text) / sum(map(len, texts))
    assert 0 < bits < 20
    name, share = beam_of({"english": model}, fit).language(texts)
    assert name == "english" and share == pytest.approx(1 - bits / 20)


def test_the_better_a_model_fits_the_more_it_weighs(models):
    model, line = models["english"], logits_of("the hovse", {6: "u"})
    bits = model.bits_per_character(["the hovse"])
    for share, expected in ((0.95, "the house"), (0.02, "the hovse")):
        fit = Fit(sure=bits - 1 + share, foreign=bits + share)
        assert fit.share(bits) == pytest.approx(share)
        assert texts_of(read(beam_of({"english": model}, fit), [line])) == [expected]


def test_what_was_nearly_read_is_kept_the_likeliest_first(models):
    (decoded,) = read(beam_of({"english": models["english"]}, ALWAYS), [logits_of("the hovse", {6: "u"})])
    shares = [other.share for other in decoded.others]
    assert decoded.text == "the house" and "the hovse" in {other.text for other in decoded.others} and len(shares) == 4
    assert shares == sorted(shares, reverse=True) and 0 < shares[-1] <= shares[0] < 1
    assert len({decoded.text, *(other.text for other in decoded.others)}) == 5
    assert decode(logits_of("the house"), ALPHABET).others == ()


def test_words_stand_in_order_inside_the_line(models):
    lines = [logits_of("the hovse was loud", {6: "u"}), logits_of("tbe sun", {1: "h"}, seed=2), logits_of("mouse", seed=3)]
    for text, line, decoded in zip(("the house was loud", "the sun", "mouse"), lines,
                                   read(beam_of(models, ALWAYS), lines)):
        assert decoded.text == text == "".join(character.character for character in decoded.characters)
        for place, character in enumerate(decoded.characters):
            assert 3 * place <= character.start_frame < character.end_frame <= 3 * place + 3
            posteriors = np.exp(log_softmax(line))[character.start_frame:character.end_frame]
            assert character.confidence == pytest.approx(
                posteriors[:, ALPHABET.characters.index(character.character)].max(), rel=1e-4)
        found = words(decoded)
        assert [word.text for word in found] == text.split()
        assert all(word.start_frame < word.end_frame <= len(line) for word in found)
        assert all(one.end_frame < other.start_frame for one, other in zip(found, found[1:]))


def test_log_probability_is_that_of_the_best_path_of_the_reading(models):
    line = logits_of("the hovse", {6: "u"})
    decoded, = read(beam_of(models, ALWAYS), [line])
    (expected, _), = align([log_softmax(line)], [ALPHABET.encode("the house").tolist()])
    assert decoded.log_probability == pytest.approx(expected)
    assert decoded.log_probability < decode(line, ALPHABET).log_probability
    confidences = [character.confidence for character in decoded.characters]
    assert np.argmin(confidences) == 6 and confidences[6] < 0.5 < confidences[5]


def test_without_models_paths_are_summed():
    alphabet = Alphabet("ab")
    line = np.log(np.array([[0.4, 0.01, 0.59]] * 2, np.float32))
    assert decode(line, alphabet).text == ""
    decoded, = read(Beam(alphabet, {}, BeamSettings(beam=4, weight=1.0, bonus=-9.0)), [line], alphabet)
    assert decoded.text == "a" and np.exp(decoded.log_probability) == pytest.approx(0.4 * 0.59, rel=1e-4)


def test_pages_without_lines_and_lines_without_frames_or_text(models):
    beam = beam_of(models, ALWAYS)
    assert beam([]) == []
    assert texts_of(read(beam, [logits_of("")])) == [""]
    blank = np.zeros((5, ALPHABET.size), np.float32)
    blank[:, ALPHABET.blank] = 20
    assert texts_of(read(beam, [logits_of(""), blank, logits_of("the sun")])) == ["", "", "the sun"]


def test_logits_of_half_precision_are_read_the_same(models):
    line, beam = logits_of("the hovse", {6: "u"}).astype(np.float16), beam_of(models, ALWAYS)
    assert texts_of(read(beam, [line])) == ["the house"]
    assert read(beam, [line]) == read(beam, [line.astype(np.float32)])


def test_share_of_the_weight():
    fit = Fit(sure=2.0, foreign=4.0)
    assert [fit.share(bits) for bits in (0.0, 2.0, 2.5, 3.0, 4.0, 9.0)] == [1.0, 1.0, 0.75, 0.5, 0.0, 0.0]
    assert Fit().share(Fit().sure) == 1.0 and Fit().share(Fit().foreign) == 0.0


class Anything:
    """A language model that finds every text as probable."""

    def bits_per_character(self, texts):
        return 2.0


@pytest.mark.parametrize("texts, share, counts", [(["the house"], 1.0, True), (["house 12345"], 0.5, True),
                                                  (["house 12345", "6"], 5 / 11, False), (["", "  "], 0.0, False)])
def test_a_language_model_counts_where_half_of_the_characters_are_letters(texts, share, counts):
    assert letter_share(texts) == pytest.approx(share)
    assert beam_of({"any": Anything()}).language(texts) == ("any", float(counts))
