"""What the network is shown, and how its outputs are read."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.images.rectify import turn
from ocr.paragraphs.maps import cells_to_page, ink, network_input, read_maps
from ocr.paragraphs.regions import find_regions
from ocr.paragraphs.settings import ParagraphSettings, VoteSettings

LONGEST = ParagraphSettings().longest


def dark_is_writing(votes_for):
    """A stand-in network: dark cells are writing, and all of them vote for one orientation."""
    def network(images):
        count, _, height, width = images.shape
        cells = images.reshape(count, 1, height // 8, 8, width // 8, 8).mean(axis=(3, 5))
        turns = np.zeros((count, 4, height // 16, width // 16), np.float32)
        turns[:, votes_for] = 5.0
        return (20 * (cells - 0.5)).astype(np.float32), turns

    return network


@pytest.mark.parametrize("size", [(1294, 1000), (1000, 1294), (700, 700), (384, 768), (1, 1), (640, 480)])
def test_input_has_sides_that_the_network_can_halve_five_times(size):
    images = network_input(np.full((*size, 3), 255, np.uint8))
    assert images.dtype == np.float32 and images.shape[:2] == (1, 1)
    assert max(images.shape) == LONGEST and images.shape[2] % 32 == images.shape[3] % 32 == 0
    assert np.abs(images).max() == 0


def test_input_keeps_the_aspect_ratio_to_within_a_stride():
    rows, columns = network_input(np.zeros((1771, 1239), np.uint8)).shape[2:]
    assert rows == LONGEST and abs(columns - LONGEST * 1239 / 1771) <= 16


@pytest.mark.parametrize("size, zoom, expected", [
    ((383, 766), 1.0, (384, 768)), ((1000, 4000), 1.0, (384, 1536)), ((4000, 400), 1.0, (3840, 384)),
    ((64, 1200), 1.0, (64, 1216)), ((64, 400), 1.0, (128, 768)), ((2000, 1500), 1.5, (1152, 864)), ((400, 4000), 2.0, (640, 6336))])
def test_long_pages_get_more_pixels_as_far_as_they_have_them_and_not_too_many(size, zoom, expected):
    found = network_input(np.zeros(size, np.uint8), zoom=zoom).shape[2:]
    assert np.abs(np.subtract(found, expected)).max() <= 16


def test_black_is_one():
    assert ink(np.array([[0, 255]], np.uint8)).tolist() == [[1.0, 0.0]]


def says(logits, turns):
    """A stand-in network with one answer: logits (h, w), and the orientation that everything votes for by a little."""
    votes = np.zeros((1, 4, logits.shape[0] // 2, logits.shape[1] // 2), np.float32)
    votes[:, turns] = 1.0
    return lambda images: (logits[None, None].astype(np.float32), votes)


def test_logits_become_probabilities():
    page = np.full((96, 96), 255, np.uint8)
    maps = read_maps(page, says(np.full((96, 96), np.log(3.0)), 1))
    assert maps.writing == pytest.approx(0.75) and maps.votes[1] == pytest.approx(np.e / (np.e + 3))


def test_only_what_is_likelier_than_the_threshold_votes_and_only_where_there_is_enough():
    page, logits = np.full((96, 96), 255, np.uint8), np.zeros((96, 96))                     # exactly the threshold
    assert read_maps(page, says(logits, 2)).orientation == 0
    enough = np.full((96, 96), -30.0)
    enough[:2, :4] = 30.0                                                                  # two patches, each certain
    assert read_maps(page, says(enough, 2), ParagraphSettings(votes=VoteSettings(min_writing=1.999))).orientation == 2
    assert read_maps(page, says(enough, 2), ParagraphSettings(votes=VoteSettings(min_writing=2.001))).orientation == 0


@pytest.mark.parametrize("orientation", range(4))
def test_votes_of_the_writing_give_the_orientation(orientation):
    page = np.full((800, 600), 255, np.uint8)
    page[200:500, 100:500] = 0
    maps = read_maps(page, dark_is_writing(orientation))
    assert maps.orientation == orientation
    assert sum(maps.votes) == pytest.approx(1) and maps.votes[orientation] > 0.9


def test_blank_page_counts_as_upright_whatever_its_paper_votes():
    maps = read_maps(np.full((800, 600), 250, np.uint8), dark_is_writing(2))
    assert maps.orientation == 0 and maps.writing.max() < 0.1


@pytest.mark.parametrize("orientation", range(4))
def test_regions_come_back_in_pixels_of_the_page_as_loaded(orientation):
    page = np.full((900, 600), 255, np.uint8)
    page[90:300, 60:240] = 0
    loaded = turn(page, -orientation)
    maps = read_maps(loaded, dark_is_writing(orientation))
    writing = turn(maps.writing, maps.orientation)
    (region,) = find_regions(writing, cells_to_page(writing.shape, loaded.shape, maps.orientation))
    rows, columns = np.nonzero(loaded == 0)
    box = region.polygon.box
    assert np.allclose((box.left, box.top, box.right, box.bottom),
                       (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1), atol=11)
