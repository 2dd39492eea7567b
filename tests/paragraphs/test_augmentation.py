"""Random training crops: their orientation is right, masks follow their images, composed pages do not overlap."""
from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr.images.rectify import turn
from ocr.page.geometry import Box, Polygon
from ocr.paragraphs.ground_truth import LabelledPage, outlines
from ocr.paragraphs.augmentation import compose, random_crop
from ocr.synthesis.printer import Printer, blank


def striped_page(name="page", size=(960, 680)):
    """A page with black stripes where its writing is, one corner cut off so that no turn looks like another."""
    writing = np.zeros(size, np.uint8)
    writing[150:500, 90:600] = 255
    writing[150:250, 90:300] = 0
    pixels = np.full(size, 255, np.uint8)
    pixels[(writing > 0) & (np.arange(size[0]) % 20 < 8)[:, None]] = 0
    return LabelledPage(name, pixels, writing, outlines(writing))


@pytest.mark.parametrize("size", [(512, 384), (384, 512), (448, 448)])
def test_turning_a_view_as_it_says_makes_it_upright(size):
    page, seen = striped_page(), set()
    for seed in range(40):
        crop = random_crop(page, size, np.random.default_rng(seed), strength=0.0)
        seen.add(crop.turns)
        assert crop.pixels.shape == crop.kinds[..., 0].shape == size
        upright = turn(crop.pixels, crop.turns)
        across = np.abs(np.diff(upright.astype(int), axis=1)).sum()
        down = np.abs(np.diff(upright.astype(int), axis=0)).sum()
        assert down >= across                                                   # stripes lie
        whole = turn(crop.kinds[..., 0], crop.turns)
        if whole[:4].max() == whole[-4:].max() == whole[:, :4].max() == whole[:, -4:].max() == 0 and whole.any():
            rows, columns = np.nonzero(whole)
            box = whole[rows.min():rows.max() + 1, columns.min():columns.max() + 1]
            assert box[2, 2] == 0 and box[-3, -3] == box[2, -3] == box[-3, 2] == 255     # cut corner is top left
    assert len(seen) == 4


@pytest.mark.parametrize("seed", range(6))
def test_masks_follow_the_picture_through_every_change(seed):
    writing = striped_page().writing
    page = LabelledPage("page", 255 - writing, writing)
    crop = random_crop(page, (512, 384), np.random.default_rng(seed), strength=0.6)
    inside, outside = cv2.erode(crop.kinds[..., 0], np.ones((9, 9))) > 250, cv2.dilate(crop.kinds[..., 0], np.ones((9, 9))) < 5
    if inside.sum() > 500 and outside.sum() > 500:
        assert crop.pixels[inside].mean() < np.percentile(crop.pixels[outside], 60)


def test_pages_put_together_have_writing_only_where_the_mask_is():
    donors = [striped_page(str(index)) for index in range(3)]
    background = replace(blank((960, 700)), pixels=np.full((960, 700), 180, np.uint8))
    seen = 0
    for seed in range(12):
        page = compose(donors, background, np.random.default_rng(seed))
        assert page.pixels.shape == (960, 700)
        assert page.pixels[page.writing == 0].min() >= 180
        if page.writing.any():
            seen += 1
            assert page.pixels[page.writing == 255].min() < 60
    assert seen == 12 and (background.pixels == 180).all()


def test_half_of_what_is_put_on_a_page_is_a_line_or_less_by_itself():
    page = striped_page()
    donor = replace(page, lines=tuple(Polygon.from_box(Box(90, top, 600, top + 20)) for top in range(260, 500, 20)))
    background, heights, widths = blank((960, 700)), [], []
    for seed in range(40):
        page = compose([donor], background, np.random.default_rng(seed))
        box = outlines(page.writing)[0].box
        heights.append(box.height)
        widths.append(box.width)
        away = cv2.dilate(page.writing, np.ones((17, 17), np.uint8)) == 0
        assert page.pixels[page.writing > 250].min() < 60 and page.pixels[away].min() == 255
    short = np.array(heights) < 36
    assert 10 < short.sum() < 30 and np.ptp(np.array(widths)[short]) > 200


def test_a_page_without_donors_has_no_writing():
    background = Printer(["some words to print"]).draw(np.random.default_rng(3), (900, 600))
    page = compose([], background, np.random.default_rng(0))
    assert not page.writing.any() and (page.pixels == background.pixels).all()
    assert (page.machine[..., 1] == background.printed).all() and (page.machine[..., 0] == background.typed).all()


def test_print_is_gone_where_handwriting_is_pasted():
    marked = replace(blank((960, 700)), printed=np.full((960, 700), 255, np.uint8))
    page = compose([striped_page()], marked, np.random.default_rng(1))
    assert page.writing.any() and not page.machine[page.writing > 0].any() and page.machine[..., 1].mean() > 40
    crop = random_crop(page, (448, 448), np.random.default_rng(2), strength=0.5)
    assert crop.machine_known and not random_crop(striped_page(), (448, 448), np.random.default_rng(2)).machine_known
    assert crop.kinds.shape == (448, 448, 3) and (crop.upside_down().kinds[::-1, ::-1] == crop.kinds).all()
