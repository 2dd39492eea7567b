"""The second look at a page: when it is taken, what it adds, and what stays in doubt."""
from __future__ import annotations

import numpy as np
import pytest

from ocr.images.rectify import turn
from ocr.paragraphs.finding import find_text

BODY, NOTE, SPOT = (100, 300, 700, 900), (100, 60, 400, 120), (500, 60, 700, 120)      # left, top, right, bottom


def page(*boxes):
    """White paper with a patch of grey 0, 1, 2, ... for each box."""
    pixels = np.full((1000, 800), 255, np.uint8)
    for grey, (left, top, right, bottom) in enumerate(boxes):
        pixels[top:bottom, left:right] = grey
    return pixels


def network(*probabilities, votes_for=0):
    """A stand-in: the probabilities of each patch, or of each kind there, at both looks; and a list of the input sizes."""
    sizes, kinds = [], 3 if any(np.ndim(looks[0]) for looks in probabilities) else 1

    def run(images):
        sizes.append(images.shape[2:])
        darkness = np.round(255 * (1 - images[0, 0, 4::8, 4::8])).astype(int)              # (h, w), the grey of each cell
        writing = np.full((kinds, *darkness.shape), -9.0, np.float32)
        for grey, looks in enumerate(probabilities):
            for kind, value in enumerate(np.atleast_1d(looks[len(sizes) - 1])):
                writing[kind][darkness == grey] = np.log(value / (1 - value))
        turns = np.zeros((1, 4, darkness.shape[0] // 2, darkness.shape[1] // 2), np.float32)
        turns[:, votes_for] = 5.0
        return writing[None], turns

    return run, sizes


def boxes_of(regions):
    return [tuple(round(side, -1) for side in (box.left, box.top, box.right, box.bottom))
            for box in (region.polygon.box for region in regions)]


def near(found, *expected):
    return len(found) == len(expected) and np.abs(np.subtract(boxes_of(found), expected)).max(initial=0) <= 20


def test_a_page_without_doubt_is_looked_at_once():
    run, sizes = network((0.95, 0.0), (0.29, 0.0))
    found = find_text(page(BODY, NOTE), run)
    assert near(found.regions, BODY) and not found.doubtful and len(sizes) == 1


def test_blank_paper_is_looked_at_once():
    run, sizes = network()
    assert find_text(page(), run).regions == () and len(sizes) == 1


def test_what_is_in_doubt_is_looked_at_again_larger():
    run, sizes = network((0.95, 0.95), (0.31, 0.9), (0.4, 0.2))
    found = find_text(page(BODY, NOTE, SPOT), run)
    assert near(found.regions, BODY, NOTE) and not found.doubtful
    assert sizes[1][0] == pytest.approx(1.5 * sizes[0][0], abs=16)


def test_what_stays_in_doubt_is_named():
    run, _ = network((0.95, 0.95), (0.7, 0.7))
    found = find_text(page(BODY, NOTE), run)
    assert near(found.regions, BODY) and near(found.doubtful, NOTE) and found.doubtful[0].confidence == pytest.approx(0.7, abs=0.03)


def test_a_larger_region_of_the_second_look_takes_the_place_of_a_smaller_one():
    whole, half = BODY, (BODY[0], BODY[1], BODY[2], 560)
    rest = (BODY[0], 560, BODY[2], BODY[3])
    run, _ = network((0.95, 0.95), (0.4, 0.95))
    assert near(find_text(page(half, rest), run).regions, whole)


@pytest.mark.parametrize("first, orientation", [(0.95, 3), (0.4, 3)])
def test_the_orientation_is_that_of_the_look_that_found_writing(first, orientation):
    run, _ = network((first, 0.95), (0.4, 0.9), votes_for=orientation)
    pixels = page(BODY, NOTE)
    found = find_text(turn(pixels, -orientation), run)
    assert found.orientation == orientation and len(found.regions) == 2


SURE = [(0.95, 0.02, 0.02), (0.02, 0.95, 0.02), (0.02, 0.02, 0.95)]


@pytest.mark.parametrize("text, kinds", [("handwriting", (0, 1)), ("print", (1, 2)), ("all", (0, 1, 2))])
def test_the_kinds_that_are_wanted_are_found(text, kinds):
    run, sizes = network(*((one, one) for one in SURE))
    found = find_text(page(BODY, NOTE, SPOT), run, text=text)
    assert sorted(region.kind for region in found.regions) == list(kinds) and not found.others and len(sizes) == 1
    assert near([region for region in found.regions if region.kind == 1], NOTE)


def test_print_is_named_where_nothing_else_was_found():
    run, sizes = network((SURE[2], SURE[2]), (SURE[2], SURE[2]))
    found = find_text(page(BODY, NOTE), run)
    assert not found.regions and near(found.others, NOTE, BODY) and {region.kind for region in found.others} == {2}
    assert find_text(page(BODY, NOTE), network((SURE[2], SURE[2]), (SURE[0], SURE[0]))[0]).others == ()


def test_text_is_of_the_kind_that_is_likeliest():
    run, _ = network(((0.85, 0.02, 0.9), (0.85, 0.02, 0.9)), ((0.9, 0.02, 0.85), (0.9, 0.02, 0.85)))
    assert near(find_text(page(BODY, NOTE), run).regions, NOTE)


def test_a_network_that_knows_handwriting_alone_finds_nothing_else():
    run, _ = network((0.95, 0.95))
    assert near(find_text(page(BODY), run, text="all").regions, BODY)
