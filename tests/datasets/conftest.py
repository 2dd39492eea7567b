"""A tiny data set in IAM's layout, drawn on the spot."""
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FORMS = ["a01-000u 000 2 prt 2 2 6 6", "a01-003 002 2 all 2 2 5 5", "b02-010 002 1 all 1 1 2 2"]
LINES = ["a01-000u-00 ok 154 6 20 40 300 30 He|said|:|\"|We",
         "a01-000u-01 err 154 6 22 80 260 30 M Ps|won't|go|,|\"|ever|.",
         "a01-003-00 ok 154 6 20 40 300 30 The|Foot-Griffiths|resolution",
         "a01-003-01 ok 154 6 20 80 200 30 (|280,000|members|)",
         "b02-010-00 ok 154 2 20 40 100 30 Alone|.|"]
WORDS = ["a01-000u-00-00 ok 154 20 42 40 26 PP3A He", "a01-000u-00-01 ok 154 70 42 50 26 VBD said",
         "a01-000u-00-02 ok 154 122 50 6 18 : :", "a01-000u-00-03 ok 154 140 40 10 8 *' \"",
         "a01-000u-00-04 ok 154 152 42 40 28 PP1AS We",
         "a01-000u-01-00 err 154 22 80 60 28 NPTS M Ps", "a01-000u-01-01 err 154 90 80 60 28 MDX won't",
         "a01-000u-01-02 err 154 -1 -1 -1 -1 VB go", "a01-000u-01-03 err 154 180 100 5 8 , ,",
         "a01-003-00-00 ok 154 20 42 50 26 ATI The"]


@pytest.fixture
def make_iam(tmp_path):
    """Return a function that writes an IAM folder; its arguments replace the lists and the forms drawn."""

    def make(forms=FORMS, lines=LINES, words=WORDS, drawn=("a01-000u", "a01-003", "b02-010"), place="formsA-D"):
        folder = tmp_path / "iam"
        for name, rows in (("forms", forms), ("lines", lines), ("words", words)):
            write(folder / "ascii" / f"{name}.txt", "#--- " + name + " ---#\n#\n" + "\n".join(rows) + "\n")
        for form in drawn:
            path = folder / place / f"{form}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.full((160, 400), 245, np.uint8)
            pixels[40:70, 20:320:7] = 30
            pixels[80:110, 22:280:9] = 60
            Image.fromarray(pixels).save(path)
        write(folder / "splits" / "validation.txt", "b02-010\n")
        return folder

    return make


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
