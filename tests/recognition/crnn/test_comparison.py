"""Comparing decoders on a recogniser that knows its output: counts, gains and changes against distances worked out apart."""
from __future__ import annotations

from dataclasses import astuple
import json
from types import SimpleNamespace

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Frames
from ocr.decoding.settings import DecodingSettings
from ocr.errors import DatasetError
from ocr.recognition.crnn import comparison
from ocr.recognition.crnn.comparison import compare_decoders
from ocr.recognition.samples import LineSample
from ocr.text.alphabet import Alphabet

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz")
# transcript, greedy reading, reading with the language, place and character in doubt, page, data set
LINES = [("the house", "the hovse", "the house", (6, "u"), "p", "iam"),
         ("the sun was out", "the sun was out", "the sun was out", None, "q", "iam"),
         ("the old mouse", "the old mouse", "the old mouse", None, "p", "iam"),
         ("the hovse was loud", "the hovse was loud", "the house was loud", (6, "u"), "q", "iam"),
         ("we went to shore", "we wenx to shore", "we went to shore", (6, "t"), "p", "alto"),
         ("and the sand lay", "and the zand", "and the zand", None, "p", "iam"),
         ("the boat lay there", "the doat lay", "the boat lay", (4, "b"), "q", "iam")]


def distance(one, other):
    """Edits between two sequences, by the textbook's table."""
    row = list(range(len(other) + 1))
    for count, left in enumerate(one, 1):
        before, row = row, [count]
        for place, right in enumerate(other, 1):
            row.append(min(row[-1] + 1, before[place] + 1, before[place - 1] + (left != right)))
    return row[-1]


def logits_of(text, doubt):
    logits = np.zeros((3 * len(text), ALPHABET.size), np.float32)
    for place, character in enumerate(text):
        logits[3 * place:3 * place + 2, ALPHABET.characters.index(character)] = 16
        logits[3 * place + 2, ALPHABET.blank] = 16
    if doubt:
        logits[3 * doubt[0]:3 * doubt[0] + 2, ALPHABET.characters.index(doubt[1])] = 15.3
    return logits


class Numbered:
    """Finds on a line image the number of the line that it shows; counts how many pages it was given."""

    alphabet = ALPHABET
    pages = 0

    def frames(self, lines):
        self.pages += 1
        return [Frames.of(logits_of(*(LINES[int(line[0, 0])][part] for part in (1, 3))), ALPHABET) for line in lines]


def samples_of(numbers):
    return [LineSample(np.full((2, 9), number, np.uint8), LINES[number][0], LINES[number][4], LINES[number][5])
            for number in numbers]


@pytest.fixture(scope="module")
def compared(language_folder):
    stage = Numbered()
    found = compare_decoders(stage, samples_of(range(len(LINES))), ["greedy", "beam", "beam+lm"],
                             DecodingSettings(language_models=(str(language_folder),)))
    return SimpleNamespace(stage=stage, found=found)


def test_every_decoder_gives_its_own_readings_to_the_right_lines(compared):
    greedy, beam, language = compared.found
    assert [one.name for one in compared.found] == ["greedy", "beam", "beam+lm"]
    changed = {(change.ground_truth, change.before, change.after) for change in language.changes}
    assert changed == {line[:3] for line in LINES if line[1] != line[2]}
    assert beam.changes == ()
    for one, column in ((greedy, 1), (beam, 1), (language, 2)):
        edits = [distance(line[0], line[column]) for line in LINES]
        words = [distance(line[0].split(), line[column].split()) for line in LINES]
        assert (one.rates.character_edits, one.rates.word_edits) == (sum(edits), sum(words))
        assert one.rates.cer == pytest.approx(sum(edits) / sum(len(line[0]) for line in LINES))
        assert (one.rates.lines, one.rates.pages) == (len(LINES), 3)            # p of iam, q of iam, p of alto


def test_the_network_sees_each_page_once(compared):
    assert compared.stage.pages == 3


def test_helped_hurt_and_changes_add_up(compared):
    language = compared.found[2]
    saved = [distance(line[0], line[1]) - distance(line[0], line[2]) for line in LINES]
    assert (language.helped, language.hurt) == (sum(gain > 0 for gain in saved), sum(gain < 0 for gain in saved)) == (3, 1)
    assert [change.saved for change in language.changes] == sorted((gain for gain in saved if gain), reverse=True)
    for ground_truth, before, after, gain in map(astuple, language.changes):
        assert gain == distance(ground_truth, before) - distance(ground_truth, after)
    assert sum(change.saved for change in language.changes) == \
        compared.found[0].rates.character_edits - language.rates.character_edits


def test_a_corrector_is_compared_by_its_folder(language_folder, corrector_folder):
    names, numbers = ["beam+lm", str(corrector_folder)], [3, 5]
    found = compare_decoders(Numbered(), samples_of(numbers), names, DecodingSettings(language_models=(str(language_folder),)))
    assert [one.name for one in found] == names
    assert [pair.hypothesis for pair in found[1].pairs] == [LINES[number][2] for number in numbers]


def test_the_first_decoder_compared_with_itself_gains_nothing(compared):
    first = compared.found[0]
    assert (first.cer_gain, first.wer_gain, first.helped, first.hurt, first.changes) == ((0, 0), (0, 0), 0, 0, ())


def test_a_gain_is_what_the_first_has_more_of_errors(compared, language_folder):
    language = compared.found[2]
    low, high = language.cer_gain
    assert low < compared.found[0].rates.cer - language.rates.cer < high
    numbers = [number for number, line in enumerate(LINES) if line[4:] == ("q", "iam")]
    lines, names = [LINES[number] for number in numbers], ("greedy", "beam+lm")
    characters, words = (sum(len(split(line[0])) for line in lines) for split in (list, str.split))
    for order, columns in ((names, (1, 2)), (names[::-1], (2, 1))):
        _, other = compare_decoders(Numbered(), samples_of(numbers), order, DecodingSettings(language_models=(str(language_folder),)))
        edits, word_edits = ([sum(distance(split(line[0]), split(line[column])) for line in lines) for column in columns]
                             for split in (list, str.split))
        assert other.cer_gain == pytest.approx([(edits[0] - edits[1]) / characters] * 2)
        assert other.wer_gain == pytest.approx([(word_edits[0] - word_edits[1]) / words] * 2)


def test_time_of_the_network_makes_lines_come_slower(compared):
    for one in compared.found:
        alone, together = one.lines_per_second
        assert alone > together > 0


def test_lines_of_a_kind_are_read_with_their_page_and_scored_alone(compared, language_folder, monkeypatch):
    monkeypatch.setitem(comparison.LINE_KINDS, "loud", lambda text: "hovse" in text)
    stage = Numbered()
    found = compare_decoders(stage, samples_of(range(len(LINES))), ["greedy", "beam+lm"],
                             DecodingSettings(language_models=(str(language_folder),)), kind="loud")
    assert stage.pages == 3                                                     # of all lines, not of the one
    assert [[(pair.reference, pair.hypothesis) for pair in one.pairs] for one in found] == [
        [(LINES[3][0], LINES[3][column])] for column in (1, 2)]
    counts = [(one.rates.lines, one.rates.character_edits, one.helped, one.hurt) for one in found]
    assert counts == [(1, 0, 0, 0), (1, 1, 0, 1)]
    with pytest.raises(DatasetError, match="None of the 7 lines is of the kind 'numbers'"):
        compare_decoders(stage, samples_of(range(len(LINES))), ["greedy"], kind="numbers")


def test_figures_are_plain_json(compared):
    figures = json.loads(json.dumps(compared.found[2].as_dict()))
    assert figures["cer"] == compared.found[2].rates.cer and figures["wer"] == compared.found[2].rates.wer
    assert (figures["helped"], figures["hurt"]) == (3, 1) and figures["cer_gain"] == list(compared.found[2].cer_gain)
    assert figures["decoding_lines_per_second"] > figures["lines_per_second"] > 0
