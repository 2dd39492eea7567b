"""Distortions repeat by seed and take the ground truth along, and the table has a row for each."""
from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = ["rotated by 90", "rotated by 180", "rotated by 270",
         "skew +3", "skew -3", "skew +5", "skew -5", "skew +10", "skew -10", "perspective", "shadow", "uneven light",
         "skew +10, perspective, shadow", "skew -10, perspective, shadow", "defocus", "motion", "noise", "JPEG quality 30",
         "half resolution", "double resolution", "low contrast", "coloured paper", "ruled paper", "squared paper",
         "binarised", "a phone's photo"]


@pytest.fixture(scope="module")
def robustness(benchmark_named):
    return benchmark_named("robustness")


def test_all_distortions_are_tested_here(robustness):
    assert list(robustness.DISTORTIONS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_dot_is_where_the_map_says_and_a_seed_gives_one_picture(robustness, name):
    page = np.full((360, 260, 3), 245, np.uint8)
    cv2.circle(page, (90, 250), 9, (10, 10, 60), -1)
    before = page.copy()
    (pixels, transform), (again, same) = (robustness.DISTORTIONS[name](page, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(pixels, again) and transform == same and np.array_equal(page, before)
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and (pixels.shape != page.shape or (pixels != page).any())
    (x, y), = transform.points([(90.5, 250.5)])
    level = cv2.GaussianBlur(pixels, (0, 0), 2).mean(axis=2)
    reach = 30
    spot = level[int(y) - reach:int(y) + reach, int(x) - reach:int(x) + reach]
    rows, columns = np.nonzero(spot < (spot.min() + np.median(spot)) / 2)
    assert abs(rows.mean() + int(y) - reach + 0.5 - y) < 1.5 and abs(columns.mean() + int(x) - reach + 0.5 - x) < 1.5


@pytest.fixture(scope="module")
def read_samples(tmp_path_factory, installed_models):
    """A data set of two sample pages whose ground truth is what was read of them: undistorted they are read without error."""
    from ocr import read_page
    from ocr.formats.page_xml import page_xml_bytes

    folder = tmp_path_factory.mktemp("pages")
    (folder / "splits").mkdir()
    for name in ("harbour", "garden-sideways"):
        with Image.open(SAMPLES / f"{name}.jpg") as image:
            image.resize((image.width // 2, image.height // 2)).save(folder / f"{name}.png")
        (folder / f"{name}.xml").write_bytes(page_xml_bytes(read_page(folder / f"{name}.png")))
    (folder / "splits" / "validation.txt").write_text("harbour\ngarden-sideways\n")
    return folder


def test_the_table_sets_each_distortion_beside_the_plain_pages(robustness, read_samples, capsys):
    words = ["--data", f"page:{read_samples}", "--only", "rotated by 180", "--only", "motion", "--json"]
    assert robustness.main(words) == 0
    printed = capsys.readouterr().out.splitlines()
    figures = json.loads(printed[-1])
    assert list(figures) == ["none", "rotated by 180", "motion"]
    assert [line[:8] for line in printed[2:5]] == ["| none |", "| rotate", "| motion"]
    assert figures["none"]["page_cer"] == 0 and figures["none"]["line_f1"] == 1 and figures["none"]["pages"] == 2
    assert figures["rotated by 180"]["line_f1"] > 0.95 and figures["rotated by 180"]["turned_wrong"] == 0
    assert figures["motion"]["page_cer"] > 0 and f"+{100 * figures['motion']['page_cer']:.1f}" in printed[4]


def test_only_some_pages_on_request(robustness, read_samples, capsys):
    assert robustness.main(["--data", f"page:{read_samples}", "--pages", "1", "--only", "noise"]) == 0
    assert "\n1 pages of page:" in capsys.readouterr().out
