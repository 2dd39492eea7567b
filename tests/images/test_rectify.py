"""Lines and regions are cut out upright, and map back to the page."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.images.rectify import crop_region, rectify_line, turn
from ocr.page.geometry import Box, Polygon, Transform

PAPER = 230


def page_with_dots(points, size=(400, 700), radius=5):
    pixels = np.full(size + (3,), PAPER, np.uint8)
    for x, y in points:
        cv2.circle(pixels, (round(x), round(y)), radius, (20, 20, 20), -1, cv2.LINE_AA)
    return pixels


def dark_columns(line_image):
    """Centres of the dark blobs of a line image, left to right: (N, 2) x, y."""
    _, _, _, centres = cv2.connectedComponentsWithStats((line_image < 140).astype(np.uint8))
    return centres[1:][np.argsort(centres[1:, 0])] + 0.5


def check_way_back(crop, points, slack=1.0):
    """Each dot found in the line image, outlined by columns and rows, must lie on the page where it was drawn."""
    found = dark_columns(crop.pixels)
    assert len(found) == len(points)
    for (x, y), point in zip(found, points):
        spot = crop.to_page(x - 1, x + 1, y - 1, y + 1).array.mean(axis=0)
        assert np.hypot(*(spot - (np.array(point) + 0.5))) <= slack


def rotated(points, degrees, centre=(350, 200)):
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (np.asarray(points, float) - centre) @ matrix + centre


DOTS = [(160, 200), (300, 190), (420, 210), (540, 200)]


def test_upright_box_keeps_aspect_and_gets_its_margin():
    crop = rectify_line(page_with_dots(DOTS), Polygon.from_box(Box(120, 170, 600, 230)), height=48)
    assert crop.pixels.dtype == np.uint8 and crop.pixels.shape[0] == 48
    assert crop.pixels.shape[1] == pytest.approx(48 * (480 + 18) / 78, abs=1)
    check_way_back(crop, DOTS)
    whole = crop.to_page(0, crop.pixels.shape[1]).box
    assert (whole.left, whole.top, whole.right, whole.bottom) == pytest.approx((111, 170, 609, 230), abs=1e-6)


@pytest.mark.parametrize("degrees", [-20, -4, 7, 25])
@pytest.mark.parametrize("start, backwards", [(0, False), (2, False), (1, True)])
def test_slanted_quad_with_corners_in_any_order(degrees, start, backwards):
    dots = rotated(DOTS, degrees)
    corners = np.roll(rotated([(120, 170), (600, 170), (600, 230), (120, 230)], degrees), start, axis=0)
    crop = rectify_line(page_with_dots(dots), Polygon.from_array(corners[::-1] if backwards else corners))
    check_way_back(crop, dots)
    assert np.ptp(dark_columns(crop.pixels)[:, 1]) < 48 * 24 / 78                # upright: the dots stay within 20 page pixels


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("many_corners", [False, True])
def test_page_orientation(turns, many_corners):
    """A page rotated counter-clockwise, with its orientation stated, gives the line image of the upright page."""
    upright = page_with_dots(DOTS)
    cv2.rectangle(upright, (150, 172), (170, 180), (20, 20, 20), -1)            # tells left and up
    outline = [(120, 170), (360, 168), (600, 170), (600, 230), (360, 236), (120, 230)] if many_corners else [
        (120, 170), (600, 170), (600, 230), (120, 230)]
    polygon = Polygon.from_array(np.array(outline))
    wanted = rectify_line(upright, polygon)
    back = Transform.quarter_turns(-turns, upright.shape[:2])
    found = rectify_line(turn(upright, -turns), back.polygon(polygon), orientation=turns)
    assert found.pixels.shape == wanted.pixels.shape
    assert np.abs(found.pixels.astype(int) - wanted.pixels).mean() < 1.0
    moved = back.polygon(wanted.to_page(100, 200)).array
    assert np.allclose(found.to_page(100, 200).array[0], moved[0], atol=1.0)


def curved_line():
    """A page with dots along an arc, its baseline, and an outline 20 below and 30 above it (12 at the right)."""
    x = np.linspace(60, 640, 30)
    y = 200 + 60 * np.sin((x - 60) / 580 * np.pi)
    slope = 60 * np.pi / 580 * np.cos((x - 60) / 580 * np.pi)
    normals = np.stack([-slope, np.ones_like(x)], axis=1) / np.sqrt(1 + slope ** 2)[:, None]
    spine = np.stack([x, y], axis=1)
    above = np.where(np.arange(30) < 20, 30, 12)[:, None]
    outline = np.concatenate([spine - above * normals, (spine + 20 * normals)[::-1]])
    dots = [tuple(spine[i] - 2 * normals[i]) for i in (3, 9, 15, 21, 26)]
    strangers = [tuple(spine[i] - 28 * normals[i]) for i in (23, 27)]
    return page_with_dots(dots, (400, 700)), page_with_dots(dots + strangers, (400, 700)), outline, spine, dots


@pytest.mark.parametrize("with_baseline", [True, False])
def test_curved_line_is_straightened(with_baseline):
    pixels, _, outline, spine, dots = curved_line()
    crop = rectify_line(pixels, Polygon.from_array(outline), spine[[0, 6, 12, 18, 24, 29]] if with_baseline else ())
    check_way_back(crop, dots)
    assert np.ptp(dark_columns(crop.pixels)[:, 1]) < (3 if with_baseline else 8)
    assert crop.pixels.shape[1] == pytest.approx(48 * 610 / 65, rel=0.1)
    box = crop.to_page(0, crop.pixels.shape[1]).box
    assert box.bottom == pytest.approx(outline[:, 1].max(), abs=6) and box.left == pytest.approx(45, abs=10)


def test_neighbours_outside_a_many_cornered_outline_vanish():
    _, pixels, outline, spine, dots = curved_line()
    crop = rectify_line(pixels, Polygon.from_array(outline), spine)
    check_way_back(crop, dots)                                                  # only the line's own dots are left
    assert crop.pixels.min(axis=0)[-6:].min() > PAPER - 12                      # and paper took the others' place
    boxed = rectify_line(pixels, Polygon.from_box(Polygon.from_array(outline).box))
    assert len(dark_columns(boxed.pixels)) == len(dots) + 2                     # a box hides nothing


def test_sideways_baseline_wins_over_the_orientation():
    pixels, _, outline, spine, dots = curved_line()
    back = Transform.quarter_turns(1, pixels.shape[:2])
    crop = rectify_line(turn(pixels, 1), back.polygon(Polygon.from_array(outline)), back.points(spine))
    check_way_back(crop, [tuple(np.array(back.points([np.array(p) + 0.5])[0]) - 0.5) for p in dots])


@pytest.mark.parametrize("points", [
    [(10, 10), (10, 10), (10, 10)],
    [(10, 50), (300, 50), (600, 50)],
    [(50, 10), (50, 300), (50, 200), (50, 100)],
    [(-500, -500), (-400, -500), (-400, -450), (-500, -450)],
    [(0, 0), (100, 100), (100, 0), (0, 100)],
    [(100, 100)] * 3 + [(200, 120)] * 4 + [(150, 140)],
    [(10, 10), (690, 10), (690, 10.5), (10, 10.5), (5, 10.2)],
    [(680, 380), (900, 380), (900, 500), (680, 500)],
])
@pytest.mark.parametrize("baseline", [(), ((5, 10), (5, 10)), ((10, 50), (300, 50))])
def test_degenerate_outline_gives_some_line_image(points, baseline):
    pixels = page_with_dots(DOTS)
    crop = rectify_line(pixels, Polygon.from_array(np.array(points, float)), baseline, height=32)
    assert crop.pixels.shape[0] == 32 and 8 <= crop.pixels.shape[1] <= 32_000
    assert np.isfinite(crop.to_page(0, crop.pixels.shape[1]).array).all()


def test_large_pages_are_shrunk_without_losing_thin_strokes():
    pixels = np.full((1200, 4000), 255, np.uint8)
    pixels[300:900, 200:3800:12] = 0                                           # thin upright strokes, one in 12 pixels
    line_image = rectify_line(pixels, Polygon.from_box(Box(200, 300, 3800, 900)), height=48).pixels
    inner = line_image[12:36, 20:-20]
    assert inner.mean() == pytest.approx(255 * 11 / 12, abs=3) and inner.std() < 12     # no moire


def test_region_is_upright_and_its_neighbours_are_gone():
    pixels = page_with_dots([(200, 150), (250, 250), (560, 80)])
    outline = Polygon.from_array(np.array([(100, 50), (400, 50), (400, 350), (330, 390), (100, 350)]))
    crop = crop_region(pixels, outline, width=300, margin=0.02)
    assert crop.pixels.shape[1:] == (300, 3)
    found = dark_columns(crop.pixels[..., 0])
    back = np.array(crop.to_page.points(found))
    assert np.allclose(np.sort(back[:, 1]), [150.5, 250.5], atol=1)
    wide = Polygon.from_array(np.array([(100, 50), (400, 50), (600, 350), (330, 390), (100, 350)]))
    assert len(dark_columns(crop_region(pixels, wide, width=400).pixels[..., 0])) == 2      # the third lies in the box only


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_region_of_a_turned_page(turns):
    upright = page_with_dots([(200, 150), (250, 250)])
    polygon = Polygon.from_box(Box(100, 50, 400, 350))
    back = Transform.quarter_turns(-turns, upright.shape[:2])
    wanted = crop_region(upright, polygon, width=310)
    found = crop_region(turn(upright, -turns), back.polygon(polygon), turns, width=310)
    assert np.array_equal(found.pixels, wanted.pixels)
    assert np.allclose(found.to_page.points([(10, 20)]), back.points(wanted.to_page.points([(10, 20)])))


def test_a_very_long_line_keeps_its_aspect_ratio():
    pixels = np.full((60, 6000, 3), 255, np.uint8)
    crop = rectify_line(pixels, Polygon.from_box(Box(100, 20, 5900, 40)))
    assert crop.pixels.shape == (48, round(48 * (5800 + 2 * 0.15 * 20) / (20 * 1.3)))
