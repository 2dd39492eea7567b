"""Made-up lines: what is read, what is left out, and that each epoch gets new lines, by its seed alone."""
from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import ImageFont

from ocr.datasets.corpus import Corpus
from ocr.datasets.held_out import HeldOut
from ocr.datasets.opening import open_dataset
from ocr.errors import DatasetError, InputError
from ocr.recognition.synthetic_lines import FontLines, load_synthetic_lines, split_data
from ocr.recognition.samples import LineSample
from ocr.recognition.crnn.training import RecognitionTask
from ocr.synthesis.fonts import PRINT
from ocr.text.alphabet import Alphabet, load_alphabet

PROSE = ("The baker opened his window to listen; nobody had asked for a piano on the quay. "
         "It took three men four days, and they drank all of our tea in June! ") * 3


@pytest.fixture
def files(tmp_path):
    """A file of strokes, one of text, a folder with a font."""
    zigzag = [value for tooth in range(40) for value in (30 * tooth, 100 * (tooth % 2))]
    rows = [{"id": f"l{number}", "text": text, "strokes": [zigzag, [40, 50]]}
            for number, text in enumerate(["a line of ink", "The harbour was quiet today", "naïve л", "Zz"])]
    (tmp_path / "pen.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "prose.txt").write_text(PROSE, encoding="utf-8")
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "plain.ttf").write_bytes(ImageFont.load_default(20).font_bytes)
    return tmp_path


def validation(*texts):
    return [LineSample(np.full((48, 300), 240, np.uint8), text, "p", "iam") for text in texts]


def font_lines(files, **changes):
    values = {"corpus": Corpus([files / "prose.txt"]), "faces": (PRINT,), "alphabet": load_alphabet("latin"), "held_out": HeldOut(),
              "height": 48, "count": 30}
    return FontLines(**{**values, **changes})


def test_data_is_parted_by_kind():
    pages, files_by_kind = split_data(["iam:a", "strokes:b.jsonl", "page:c", "text:d.txt", "strokes:C:/e.jsonl"])
    assert pages == ["iam:a", "page:c"]
    assert {kind: [path.as_posix() for path in paths] for kind, paths in files_by_kind.items()} == {
        "strokes": ["b.jsonl", "C:/e.jsonl"], "text": ["d.txt"]}
    with pytest.raises(DatasetError, match="pages to validate"):
        split_data(["strokes:b.jsonl"])


@pytest.mark.parametrize("spec", ["strokes:x.jsonl", "text:x.txt"])
def test_stages_that_need_pages_refuse_them(spec):
    with pytest.raises(DatasetError, match=f"{spec}.*has no pages.*3_recognise_text.*iam, alto, page"):
        open_dataset(spec)


def test_pen_lines_that_are_held_out_or_not_in_the_alphabet_are_left_out(files, capsys):
    _, files_by_kind = split_data(["iam:a", f"strokes:{files / 'pen.jsonl'}"])
    lines, fonts = load_synthetic_lines(files_by_kind, load_alphabet("latin"), 48,
                                        validation("so the Harbour", "was quiet."))      # on two lines of a page
    assert [(line.text, line.page) for line in lines] == [("a line of ink", "l0"), ("Zz", "l3")]
    assert fonts is None
    said = capsys.readouterr().err
    assert "3 lines of pen strokes; 1 more" in said and "л" in said


def test_text_needs_fonts_and_fonts_need_text(files):
    _, files_by_kind = split_data(["iam:a", f"text:{files / 'prose.txt'}"])
    with pytest.raises(InputError, match="--fonts"):
        load_synthetic_lines(files_by_kind, load_alphabet("latin"), 48, [])
    with pytest.raises(InputError, match="--data text:FILE"):
        load_synthetic_lines(split_data(["iam:a"])[1], load_alphabet("latin"), 48, [], files / "fonts")


def test_text_that_cannot_be_learned_from_is_said_at_once(files, capsys):
    _, files_by_kind = split_data(["iam:a", f"text:{files / 'prose.txt'}"])
    _, fonts = load_synthetic_lines(files_by_kind, load_alphabet("latin"), 48, validation("opened his window to"), files / "fonts", 20)
    assert len(fonts.draw(np.random.default_rng(0))) == 20
    assert "share four words" in capsys.readouterr().err
    with pytest.raises(DatasetError, match="prose.txt.*alphabet lacks"):
        load_synthetic_lines(files_by_kind, Alphabet("0123456789 "), 48, [], files / "fonts", 20)


def test_font_lines_keep_to_the_alphabet_the_fonts_and_what_is_not_held_out(files):
    held_out = HeldOut(["nobody had asked for a piano"])
    texts = [line.text for line in font_lines(files, held_out=held_out, count=200).draw(np.random.default_rng(0))]
    assert len(texts) == 200 and not any("asked for a piano" in text.casefold() for text in texts)
    without = Alphabet("".join(sorted(set(load_alphabet("latin").characters) - {"!", "J"})))
    lines = font_lines(files, alphabet=without).draw(np.random.default_rng(0))
    assert lines and not any("!" in line.text or "J" in line.text for line in lines)
    assert font_lines(files, alphabet=Alphabet("~ ")).draw(np.random.default_rng(0)) == []


def test_some_font_lines_are_numbers_and_some_are_in_capitals(files):
    texts = [line.text for line in font_lines(files, count=1000).draw(np.random.default_rng(0))]
    prose = [text for text in texts if text.casefold() in PROSE.casefold()]
    assert 0.1 < 1 - len(prose) / len(texts) < 0.2
    assert 0.08 < sum(text.isupper() for text in prose) / len(prose) < 0.17


def test_epochs_and_batches_depend_on_their_seeds_alone(files):
    pens, _ = load_synthetic_lines(split_data(["iam:a", f"strokes:{files / 'pen.jsonl'}"])[1], load_alphabet("latin"), 48, [])
    first, second = (RecognitionTask(pens, [], load_alphabet("latin"), fonts=font_lines(files)) for _ in range(2))
    second.plan(np.random.default_rng(9))                                       # what was done before does not matter
    plans = [[[(line.source, line.text) for line in recipe] for recipe in task.plan(np.random.default_rng(seed))]
             for task, seed in ((first, 1), (second, 1), (second, 2))]
    assert plans[0] == plans[1] != plans[2]
    lines = [line for recipe in plans[0] for line in recipe]
    assert sorted(text for source, text in lines if source != "text") == sorted(line.text for line in pens)
    assert len(lines) == len(pens) + 30
    recipe = first.plan(np.random.default_rng(1))[0]
    batches = [first.batch(recipe, np.random.default_rng(seed))["images"] for seed in (3, 3, 4)]
    assert np.array_equal(batches[0], batches[1])
    assert batches[0].shape != batches[2].shape or not np.array_equal(batches[0], batches[2])


def test_a_strip_that_is_drawn_too_narrow_is_stretched_until_its_text_fits():
    class Narrow(LineSample):
        width = 999

    batch = RecognitionTask([Narrow(np.full((48, 20), 240, np.uint8), "a" * 30, "p", "iam")], [], load_alphabet("latin")).batch(
        [Narrow(np.full((48, 20), 240, np.uint8), "a" * 30, "p", "iam")], np.random.default_rng(0))
    assert batch["frames"][0] >= 59                                             # 30 letters, 29 blanks between
