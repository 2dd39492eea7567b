"""Every writer's characters get one width: by their texts in training, by what is read of a few lines otherwise."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.decoding.ctc.best_path import Decoded
from ocr.recognition import width as module
from ocr.recognition.samples import LineSample, normalise_widths, read_samples
from ocr.recognition.width import read_normalised


def line(characters, character_width, page="p", source="iam"):
    """Draw one black column for each character."""
    line_image = np.full((48, characters * character_width), 230, np.uint8)
    line_image[:, character_width // 2::character_width] = 0
    return LineSample(line_image, "x" * characters, page, source)


def bars(line_images):
    """Reads each dark column as a character, but misses every other one of those less than 6 pixels from the last."""
    found = []
    for line_image in line_images:
        columns = np.flatnonzero(np.diff((line_image.min(axis=0) < 150).astype(int)) == 1)
        close = int((np.diff(columns) < 6).sum())
        found.append(Decoded("x" * (len(columns) - close + close // 2), 1.0))
    return found


def read_writer(line_images, character_width):
    return read_normalised(bars, line_images, character_width, lambda decoded: len(decoded.text))


def test_each_pages_characters_get_the_width_asked_for():
    samples = normalise_widths([line(10, 10), line(30, 10), line(10, 20, "q"), line(10, 16, source="alto")], 16)
    assert [sample.width / len(sample.text) for sample in samples] == pytest.approx([16] * 4)
    for sample in samples:
        assert sample.draw(np.random.default_rng(0)).shape == (48, round(sample.width))
    assert (samples[2].text, samples[2].page, samples[3].source) == ("x" * 10, "q", "alto")


def test_no_writer_is_made_more_than_so_many_times_as_wide_or_narrow():
    narrow, wide = normalise_widths([line(10, 4), line(10, 100, "q")], 16)
    assert (narrow.factor, wide.factor) == (module.MAX_SCALE, module.MIN_SCALE)


def test_a_narrow_writer_is_read_stretched_and_the_strips_are_given_as_they_were_read():
    line_images = [line(count, 10).line_image for count in (20, 30, 5)]
    readings, read = read_writer(line_images, 16)
    assert [len(decoded.text) for decoded in readings] == [20, 30, 5]
    assert [line_image.shape[1] for line_image in read] == pytest.approx([320, 480, 80], abs=1)


def test_the_longest_and_the_shortest_lines_do_not_count():
    lines = [line(20, 10).line_image] * 6 + [line(2, 40).line_image, line(90, 5).line_image]
    readings, read = read_writer(lines, 16)
    assert [line_image.shape[1] for line_image in read] == pytest.approx([320] * 6 + [128, 720], abs=1)
    assert [len(decoded.text) for decoded in readings] == [20] * 6 + [2, 90]


def test_what_shows_no_writing_or_is_not_to_be_changed_stays_as_it_is():
    blank = np.full((48, 100), 230, np.uint8)
    readings, (read,) = read_writer([blank], 16)
    assert readings[0].text == "" and np.array_equal(read, blank)
    assert read_writer([], 16) == ([], []) and read_writer([blank], 0)[1][0] is blank


def test_pages_are_read_as_writers_of_their_own():
    lines = [line(20, 5), line(20, 24, "q"), line(8, 5)]
    assert [len(decoded.text) for decoded in read_samples(lambda line_images: read_writer(line_images, 14)[0], lines)] == [20, 20, 8]
    assert [len(decoded.text) for decoded in read_samples(lambda line_images: read_writer(line_images, 0)[0], lines)] == [10, 20, 4]
