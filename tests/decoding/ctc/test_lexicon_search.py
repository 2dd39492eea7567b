"""Correction by lexicons: what is misread is put right, what is right or unknown to the lexicon stays."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr.decoding.ctc.alignment import align
from ocr.decoding.ctc.best_path import Alternative, Frames, decode, log_softmax, words
from ocr.decoding.ctc.decoders import BestPath
from ocr.decoding.lexicon.edit_costs import learn_costs
from ocr.decoding.lexicon.words import Lexicon, WordList, WordWeights
from ocr.decoding.ctc.lexicon_search import LexiconSearch, LexiconSettings
from ocr.text.alphabet import Alphabet

pytest.importorskip("hnswlib")
ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'-.,")
COSTS = learn_costs([("tbe hovse", "the house")] * 5, ALPHABET.characters)
ENGLISH = "the house and mouse was there with a small round window in every wall of which one could see sun".split()
GERMAN = "das haus und die maus waren dort mit einem kleinen runden fenster in jeder wand durch die man sonne sah".split()
ANY, ALL = LexiconSettings(min_words=1), WordWeights(min_fit=-99.0)


def lexicon(listed, weights=ALL, language=None):
    return Lexicon(WordList.from_counts(dict.fromkeys(listed, 1.0)), COSTS, weights=weights, language=language)


def seen(*lines):
    return [Frames.of(line, ALPHABET) for line in lines]


def logits_of(text, doubts=None, by=1.0):
    """Logits that read a text greedily, two frames a character and a blank; doubts name what is nearly as likely, by place.

    A doubt at a place between two characters, as 3.5, is a character that the blank there may hide.
    """
    logits = np.zeros((3 * len(text), ALPHABET.size), np.float32)
    for place, character in enumerate(text):
        logits[3 * place:3 * place + 2, ALPHABET.characters.index(character)] = 16
        logits[3 * place + 2, ALPHABET.blank] = 16
    for place, character in (doubts or {}).items():
        column = ALPHABET.blank if not character else ALPHABET.characters.index(character)
        frames = slice(3 * int(place) + 2, 3 * int(place) + 3) if place % 1 else slice(3 * int(place), 3 * int(place) + 2)
        logits[frames, column] = 16 - by
    return logits


def search(listed=ENGLISH, own=(), settings=ANY, weights=ALL, **more):
    return LexiconSearch(ALPHABET, BestPath(), {"english": lexicon(listed, weights)} if listed else {},
                         [lexicon(some) for some in own], settings=settings, **more)


def read(line, *arguments, **more):
    return search(*arguments, **more)(seen(line))[0].text


@pytest.mark.parametrize("greedy, doubts, meant", [
    ("the hovse was", {6: "u"}, "the house was"), ("The Hovse", {6: "u"}, "The House"), ("THE HOVSE", {6: "U"}, "THE HOUSE"),
    ("the hovse, and", {6: "u"}, "the house, and"), ("'hovse'", {3: "u"}, "'house'"),
    ("mouse-hovse", {8: "u"}, "mouse-house"),
    ("hovsse", {2: "u", 3: ""}, "house"), ("hous", {3.5: "e", 1: "a"}, "house")])
def test_a_word_that_was_misread_is_put_right(greedy, doubts, meant):
    line = logits_of(greedy, doubts)
    assert decode(line, ALPHABET).text == greedy and read(line) == meant


def test_spaces_that_were_missed_or_made_up():
    assert read(logits_of("therewas", {4.5: " "})) == read(logits_of("therewas", {4.5: " ", 1: "b"})) == "there was"
    assert read(logits_of("therewas")) == "therewas"
    assert read(logits_of("win dow", {3: ""})) == "window"
    assert read(logits_of("was there", {3: ""})) == "was there"


@pytest.mark.parametrize("greedy, doubts", [
    ("the house", {6: "v"}), ("zebra", {1: "w"}), ("1hovse", {3: "u"}), ("w.a.x.", {4: "s"}),
    ("the 1966", {5: "o"}), ("", {})])
def test_what_is_right_or_no_word_stays(greedy, doubts):
    assert read(logits_of(greedy, doubts)) == greedy


def test_what_the_network_is_sure_of_stays():
    assert read(logits_of("the hovse", {6: "u"}, by=9.0)) == "the hovse"
    assert read(logits_of("hovse", {2: "u"}), settings=LexiconSettings(sure=0.1)) == "hovse"


def test_a_likelier_known_word_beats_a_doubtful_one():
    counts = {**dict.fromkeys(ENGLISH, 1.0), "was": 500.0, "wag": 1.0}
    known = Lexicon(WordList.from_counts(counts), COSTS, weights=ALL)
    decoder = LexiconSearch(ALPHABET, BestPath(), {"english": known}, settings=ANY)
    lines = [logits_of("wag", {2: "s"}), logits_of("wag", {2: "s"}, by=9.0)]
    assert [decoded.text for decoded in decoder(seen(*lines))] == ["was", "wag"]


def test_a_page_has_the_lexicon_that_fits_it_or_none():
    both = {"english": lexicon(ENGLISH, WordWeights(), "en"), "german": lexicon(GERMAN, WordWeights(), "de")}
    decoder = LexiconSearch(ALPHABET, BestPath(), both)
    assert decoder.language(["the small hovse", "and the mouse"]) == "english"
    assert decoder.language(["das kleine hous", "und die maus waren"]) == "german"
    assert [decoder.language(texts) for texts in (["la petite maison", "et la souris 12"], [], ["12 ..."])] == [None] * 3
    assert [decoder.language([text]) for text in ("the small", "the small house")] == [None, "english"]
    doubtful = logits_of("hous", {1: "a", 2.5: "s"})
    rest = {"english": logits_of("the mouse was there with one"), "german": logits_of("und die maus waren dort mit"),
            "none": logits_of("la petite maison et la souris")}
    german = decoder(seen(logits_of("hous", {1: "a"}), rest["german"]))
    assert [(line.text[:4], line.language) for line in german] == [("haus", "de"), ("und ", "de")]
    foreign = seen(doubtful, rest["none"])
    assert decoder(foreign) == BestPath()(foreign)


def test_own_words_are_looked_for_on_every_page_in_their_case():
    line = logits_of("la maison de Mcheod", {15: "L"})
    assert read(line, own=[["McLeod", "Smith"]], settings=LexiconSettings(), weights=WordWeights()) == "la maison de McLeod"
    assert read(line, listed=None, own=[["McLeod"]]) == "la maison de McLeod" and read(line) == "la maison de Mcheod"
    assert read(logits_of("the mcleod", {5: "h"}), own=[["McLeod"]]) == "the mcleod"


def test_own_words_alone_leave_the_others_known_but_unused():
    alone = search(own=[["horse"]], own_alone=True)
    lines = [logits_of("hovse", {2: "r"}), logits_of("mause", {1: "o"}), logits_of("house", {2: "r"}, by=3.0)]
    assert [decoded.text for decoded in alone(seen(*lines))] == ["horse", "mause", "house"]


def test_characters_and_words_have_frames_and_confidences():
    lines = [logits_of("the hovse was", {6: "u"}), logits_of("rond wall", {1.5: "u", 3: "t"})]
    for line, text, decoded in zip(lines, ["the house was", "round wall"], search()(seen(*lines))):
        assert decoded.text == text == "".join(character.character for character in decoded.characters)
        log_probs = log_softmax(line)
        (score, frames), = align([log_probs], [ALPHABET.encode(text).tolist()])
        assert decoded.log_probability == pytest.approx(score)
        assert [[character.start_frame, character.end_frame] for character in decoded.characters] == frames.tolist()
        for character in decoded.characters:
            column = log_probs[character.start_frame:character.end_frame, ALPHABET.characters.index(character.character)]
            assert character.confidence == pytest.approx(np.exp(column.max()), rel=1e-5)
        found = words(decoded)
        assert [word.text for word in found] == text.split() and 0.0 < min(word.confidence for word in found) < 0.8
        assert all(one.end_frame <= other.start_frame for one, other in zip(found, found[1:]))


class Guessing(BestPath):
    """Greedy reading with other readings beside it."""

    def __call__(self, lines):
        return [replace(decoded, others=(Alternative("the house", 0.5), Alternative("tbe hovse", 1e-30)))
                for decoded in super().__call__(lines)]


def test_what_was_replaced_is_kept_among_the_others():
    decoder = LexiconSearch(ALPHABET, Guessing(), {"english": lexicon(ENGLISH)}, settings=ANY)
    changed, unchanged = decoder(seen(logits_of("the hovse", {6: "u"}), logits_of("the sun")))
    assert [other.text for other in changed.others] == ["the hovse", "tbe hovse"]   # the likeliest first, the new one gone
    assert 0.0 < changed.others[0].share < 1.0
    assert unchanged == Guessing()(seen(logits_of("the sun")))[0]


def test_several_words_of_a_line_and_lines_of_a_page_at_once():
    lines = [logits_of("the hovse and mouze", {6: "u", 17: "s"}), logits_of(""), logits_of("wiidow", {2: "n"})]
    assert [decoded.text for decoded in search()(seen(*lines))] == ["the house and mouse", "", "window"]
    assert search()([]) == []


def test_each_lexicon_has_its_own_weights():
    line = logits_of("hovse", {2: "u"}, by=3.0)
    assert read(line) == "house" and read(line, weights=WordWeights(unknown=-2.0, letter=0.0, min_fit=-99.0)) == "hovse"
    strict = search(settings=LexiconSettings(), weights=WordWeights(min_fit=-1.0))
    assert strict.language(["the small house"]) is None and search().language(["the small house"]) == "english"


def test_the_language_that_was_told_before_stays():
    class Telling(BestPath):
        def __call__(self, lines):
            return [replace(line, language="sv") for line in super().__call__(lines)]

    decoder = LexiconSearch(ALPHABET, Telling(), {"english": lexicon(ENGLISH, language="en")}, settings=ANY)
    (decoded,) = decoder(seen(logits_of("the hovse", {6: "u"})))
    assert (decoded.text, decoded.language) == ("the house", "sv")


def test_words_whose_letters_the_alphabet_lacks_are_never_written():
    assert read(logits_of("hovse", {2: "u"}), listed=["höuse", "hößse"]) == "hovse"
