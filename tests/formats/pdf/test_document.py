"""Searchable PDF, judged by PDFium, and by qpdf and poppler where they are installed: text, its order, its places, pages."""
from __future__ import annotations

import html
import re
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from ocr.errors import ImageError, OutputError
from ocr.page.geometry import Box, Polygon, Transform
from ocr.page.model import Line, Page, Reading, Region, Sheet, Word
from ocr.formats.pdf.document import pdf_bytes
from ocr.formats.plain_text import text_bytes
from ocr.formats.xml_parsing import written_line

SIZE = (877, 620)                                           # (height, width) in pixels; on A4, 0.96 points each
POINTS = 841.89 / 877
TEXTS = ("Où l'été s'achève, un cœur naïf à Noël", "Съешь ещё этих мягких булок", "Đường Nguyễn Huệ, quận Bình Thạnh",
         "a m̃ x̄́ q̣ Ї", "AT&T <b> \"it's\" 50 % (2)", "𝔄𝔅 😀 ﬀ ½ №", "I a.", "be\x07ll \ud800 end")


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "white.png"
    Image.new("L", SIZE[::-1], 255).save(path)
    return path


def written(texts=TEXTS, left=60.0, top=80.0):
    """A region of lines, 60 pixels apart, with words as wide as their letters, some with ascenders, some with descenders."""
    lines = []
    for row, text in enumerate(texts):
        base, x, words = top + 60.0 * row, left, []
        for number, token in enumerate(text.split()):
            box = Box(x, base - (24, 14, 24)[number % 3], x + 11 * len(token), base + (0, 0, 9)[number % 3])
            words.append(Word(f"w{row}-{number}", Polygon.from_box(box), (Reading(token),)))
            x = box.right + 9
        outline = Polygon.from_box(Box(left, base - 26, x, base + 10))
        lines.append(Line(f"l{row}", outline, ((left, base), (x, base)), tuple(words), (Reading(text),)))
    return Region("r", Polygon.from_box(Box(left, top - 40, 560, top + 60 * len(texts))), tuple(lines))


def moved(region, transform):
    lines = [replace(line, polygon=transform.polygon(line.polygon), baseline=transform.points(line.baseline),
                     words=tuple(replace(word, polygon=transform.polygon(word.polygon)) for word in line.words))
             for line in region.lines]
    return replace(region, polygon=transform.polygon(region.polygon), lines=tuple(lines))


def page_of(*regions, **more):
    return Page("folder/white.png", SIZE, regions, **more)


def lines_of(data, number=0):
    """The lines that PDFium reads; it writes a ligature as its letters, which are put back."""
    text = pypdfium2.PdfDocument(data)[number].get_textpage().get_text_range()
    return [line.rstrip().replace(" ff ", " ﬀ ") for line in text.splitlines()]


def word_boxes(data):
    """The words that PDFium reads and the boxes around their characters, in points from the top left corner."""
    page = pypdfium2.PdfDocument(data)[0]
    text, found = page.get_textpage(), []
    for match in re.finditer(r"\S+", text.get_text_range()):
        boxes = np.array([text.get_charbox(index) for index in range(*match.span())])
        left, bottom, right, top = *boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)
        found.append((match.group(), (left, page.get_height() - top, right, page.get_height() - bottom)))
    return found


def test_text_comes_back_line_by_line(image):
    page = page_of(written())
    expected = text_bytes([page]).decode().splitlines()
    assert "\ufffd" in expected[-1] and lines_of(pdf_bytes([Sheet(page, image)])) == expected


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("skew", (-20, -3, 0, 3))
def test_words_are_found_where_they_are_written(tmp_path, turns, skew):
    texts = ("The harbour was quiet this morning", "A light wind came from the west", "and only the gulls kept watch")
    lean = Transform.from_array(cv2.getRotationMatrix2D((300, 400), skew, 1.0))
    upright = moved(written(texts, top=300), lean)
    size = SIZE if turns % 2 == 0 else SIZE[::-1]
    path = tmp_path / "page.png"
    Image.new("L", size[::-1], 255).save(path)
    page = Page("page.png", size, (moved(upright, Transform.quarter_turns(turns, size).inverse()),), orientation=turns)
    data = pdf_bytes([Sheet(page, path)])
    assert pypdfium2.PdfDocument(data)[0].get_size() == pytest.approx((620 * POINTS, 841.89), abs=0.1)
    found, words = word_boxes(data), [word for line in upright.lines for word in line.words]
    assert [text for text, _ in found] == [word.text for word in words]
    for (text, box), word in zip(found, words):
        expected = np.array([getattr(word.polygon.box, side) for side in ("left", "top", "right", "bottom")]) * POINTS
        assert np.abs(np.array(box) - expected).max() < 5, text


def test_words_follow_a_bent_baseline(image):
    region = written(("up up up along along along along",), top=400)
    line = region.lines[0]
    drop = [0, 7, 14, 25, 25, 25, 25]
    words = tuple(replace(word, polygon=Transform((1, 0, 0, 0, 1, down, 0, 0, 1)).polygon(word.polygon))
                  for word, down in zip(line.words, drop))
    bent = replace(line, words=words, baseline=((60, 400), (175, 425), (500, 425)))
    for (_, box), word in zip(word_boxes(pdf_bytes([Sheet(page_of(replace(region, lines=(bent,))), image)])), words):
        assert abs(box[1] - word.polygon.box.top * POINTS) < 5 and abs(box[3] - word.polygon.box.bottom * POINTS) < 5


def test_columns_are_read_one_after_the_other(image):
    left, right = ("one two three seven", "four five six", "so it goes"), ("seven eight nine fifty", "ten", "eleven twelve")
    columns = written(left, left=40), written(right, left=290)
    assert lines_of(pdf_bytes([Sheet(page_of(*columns), image)])) == [*left, *right]
    assert lines_of(pdf_bytes([Sheet(page_of(*columns[::-1]), image)])) == [*right, *left]


def test_words_that_touch_stay_apart(image):
    line = written(("a bc d ef",)).lines[0]
    words = [replace(word, polygon=Polygon.from_box(Box(x, 60, x + 40, 84)))
             for word, x in zip(line.words, (60, 100, 135, 171))]
    data = pdf_bytes([Sheet(page_of(Region("r", line.polygon, (replace(line, words=tuple(words)),))), image)])
    assert lines_of(data) == ["a bc d ef"]


def test_lines_without_fitting_words_are_spread_over_their_outline(image):
    line = written(("first second third",)).lines[0]
    box = line.polygon.box
    for words in ((), line.words[:1]):
        page = page_of(Region("r", line.polygon, (replace(line, words=words, baseline=()),)))
        found = word_boxes(pdf_bytes([Sheet(page, image)]))
        assert [text for text, _ in found] == ["first", "second", "third"]
        assert abs(found[0][1][0] - box.left * POINTS) < 4 and abs(found[-1][1][2] - box.right * POINTS) < 4
        assert abs(found[1][1][1] - box.top * POINTS) < 4 and abs(found[1][1][3] - box.bottom * POINTS) < 4


@pytest.mark.parametrize("box", [Box(100, 200, 100, 200), Box(-500, -90, -400, -40), Box(700, 900, 950, 930)])
def test_text_without_a_place_on_the_page_can_still_be_found(image, box):
    outline = Polygon.from_box(box)
    words = tuple(Word(text, outline, (Reading(text),)) for text in ("lost", "words"))
    for own, baseline in ((words, ()), (words, ((box.left, box.bottom), (box.right, box.bottom))), ((), ())):
        page = page_of(Region("r", outline, (Line("l", outline, baseline, own, (Reading("lost words"),)),)))
        data = pdf_bytes([Sheet(page, image)])
        assert "".join(lines_of(data)).split() == ["lost", "words"]
        left, bottom, right, top = pypdfium2.PdfDocument(data)[0].get_textpage().get_charbox(0)
        assert -2 < left <= right < 620 * POINTS + 2 and -20 < bottom <= top < 845


def test_pages_without_text_are_images_alone(image):
    silent = Line("l", Polygon.from_box(Box(0, 0, 9, 9)))
    for page in (page_of(), page_of(Region("r", silent.polygon, (silent,)))):
        assert lines_of(pdf_bytes([Sheet(page, image)])) == []


def test_several_pages_lie_in_one_file_with_one_set_of_fonts(image, tmp_path):
    wide = tmp_path / "wide.jpg"
    Image.new("RGB", (300, 200), (250, 240, 230)).save(wide)
    sheets = [Sheet(page_of(written(("one two",))), image), Sheet(Page("wide.jpg", (200, 300)), wide),
              Sheet(page_of(written(("three",)), language="vi"), image)]
    data = pdf_bytes(sheets)
    assert data == pdf_bytes(sheets), "the same pages gave other bytes"
    assert [lines_of(data, number) for number in range(3)] == [["one two"], [], ["three"]]
    with pikepdf.open(BytesIO(data)) as document:
        assert str(document.docinfo.Title) == "white.png and 2 more" and str(document.docinfo.Producer).startswith("ocr ")
        assert str(document.Root.Lang) == "vi"
        fonts = [{font.objgen for _, font in page.Resources.Font.items()} for page in document.pages]
        assert fonts[0] == fonts[1] == fonts[2]


def test_text_takes_little_room(tmp_path):
    path = tmp_path / "noise.jpg"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (*SIZE, 3), np.uint8)).save(path, quality=60)
    texts = [" ".join(f"{chr(97 + row)}word{column}" for column in range(8)) for row in range(13)]
    data = pdf_bytes([Sheet(Page("noise.jpg", SIZE, (written(texts),)), path)])
    assert len(data) - path.stat().st_size < 9000


def test_what_is_missing_is_named(image, tmp_path):
    with pytest.raises(OutputError, match="at least one page"):
        pdf_bytes([])
    with pytest.raises(OutputError, match="folder/white.png: .*image"):
        pdf_bytes([Sheet(page_of(), None)])
    with pytest.raises(ImageError, match="gone.png"):
        pdf_bytes([Sheet(page_of(), tmp_path / "gone.png")])


@pytest.mark.skipif(not shutil.which("qpdf"), reason="qpdf is not installed")
def test_qpdf_finds_no_fault(image, tmp_path):
    (tmp_path / "page.pdf").write_bytes(pdf_bytes([Sheet(page_of(written()), image)] * 2))
    result = subprocess.run(["qpdf", "--check", tmp_path / "page.pdf"], capture_output=True, text=True, check=False)
    assert result.returncode == 0 and "No syntax or stream encoding errors" in result.stdout, result.stdout + result.stderr


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler's pdftotext is not installed")
@pytest.mark.parametrize("skew", (0, 4))
def test_poppler_finds_every_word_in_its_place(image, tmp_path, skew):
    region = moved(written(), Transform.from_array(cv2.getRotationMatrix2D((200, 300), skew, 1.0)))
    page = page_of(region)
    (tmp_path / "page.pdf").write_bytes(pdf_bytes([Sheet(page, image)]))

    def pdftotext(*options):
        return subprocess.run(["pdftotext", "-enc", "UTF-8", *options, tmp_path / "page.pdf", "-"], capture_output=True,
                              check=True).stdout.decode()

    assert pdftotext("-raw").rstrip("\f\n").splitlines() == text_bytes([page]).decode().splitlines()
    pattern = r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>'
    found = [(html.unescape(text), np.array(sides, float)) for *sides, text in re.findall(pattern, pdftotext("-bbox"))]
    for word in (word for line in region.lines for word in line.words):
        box = word.polygon.box
        expected = np.array([box.left, box.top, box.right, box.bottom]) * POINTS
        text = written_line(word.text)
        assert any(text == other and np.abs(sides - expected).max() < 5 for other, sides in found), text


RIGHT_TO_LEFT = ("שלום עולם טוב מאד היום", "مرحبا بالعالم اليوم")


def right_to_left(kind):
    """Lines from right to left: with words at their places, without words, and with a baseline in reading direction."""
    region = written(RIGHT_TO_LEFT)
    lines = []
    for line in region.lines:
        left, right = line.baseline[0][0], line.baseline[-1][0]
        flip = Transform((-1, 0, left + right, 0, 1, 0, 0, 0, 1))
        words = tuple(replace(word, polygon=Polygon.from_box(flip.polygon(word.polygon).box)) for word in line.words)
        baseline = line.baseline[::-1] if kind == "from the right" else line.baseline
        lines.append(replace(line, words=() if kind == "no words" else words, baseline=baseline))
    return replace(region, lines=tuple(lines))


@pytest.mark.parametrize("kind", ["words", "no words", "from the right"])
def test_right_to_left_writing_is_found_where_it_stands(image, tmp_path, kind):
    region = right_to_left(kind)
    data = pdf_bytes([Sheet(page_of(region), image)])
    assert lines_of(data) == list(RIGHT_TO_LEFT)
    page = pypdfium2.PdfDocument(data)[0].get_textpage()
    for text in ("שלום", "שלום עולם", "היום", "بالعالم"):
        assert page.search(text).get_next() is not None, text
    first, second = (box for _, box in word_boxes(data)[:2])
    assert first[0] > second[2] and abs(first[2] - region.lines[0].polygon.box.right * POINTS) < 8
    assert abs(first[1] - region.lines[0].polygon.box.top * POINTS) < 8


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs poppler-utils")
@pytest.mark.parametrize("kind", ["words", "no words", "from the right"])
def test_poppler_reads_right_to_left_writing(image, tmp_path, kind):
    (tmp_path / "a.pdf").write_bytes(pdf_bytes([Sheet(page_of(right_to_left(kind)), image)]))
    result = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True)
    plain = re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", result.stdout)
    assert [line for line in plain.splitlines() if line.strip()] == list(RIGHT_TO_LEFT)
