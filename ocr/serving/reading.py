"""What a reading process does: one page from its file to its text, told stage by stage."""
from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Mapping, Optional, Tuple

from ocr.serving.worker import Tell, Work

LONGEST_SIDE = 2400                 # pixels, of the pictures that clients are shown
DECODERS_READY = 4                  # that one process keeps


def open_reader() -> Work:
    """Load the networks, and return what reads a page.

    Raises
    ------
    ModelNotFound, ModelMismatch : the models are not installed.
    """
    import cv2

    from ocr.decoding.opening import DEFAULT
    from ocr.lines.stage import LineStage
    from ocr.paragraphs.stage import ParagraphStage
    from ocr.recognition.stage import RecognitionStage

    cv2.setNumThreads(1)
    paragraphs, lines = ParagraphStage(threads=1), LineStage(threads=1)

    @lru_cache(DECODERS_READY)
    def recognition(decoder: str, languages: Optional[Tuple[str, ...]]) -> RecognitionStage:
        return RecognitionStage(threads=1, decoder=decoder, languages=languages)

    def read(task: Mapping[str, Any], tell: Tell) -> None:
        languages = task["languages"]
        _read(task, tell, (paragraphs, lines, recognition(task["decoder"], languages and tuple(languages))))

    _warm_up(paragraphs, lines, recognition(DEFAULT, None))
    return read


def _read(task: Mapping[str, Any], tell: Tell, stages) -> None:
    """Read a page and write its picture and, when all is there, its JSON."""
    from ocr.images.load import read_frame
    from ocr.output import write_atomically
    from ocr.formats.available import FORMATS
    from ocr.page.model import Page, Sheet

    path = Path(task["path"])
    tell(stages[0].name)                                                # the picture is opened in its time
    image = read_frame(path, task["frame"])
    page = Page(path.name, image.pixels.shape[:2], frame=image.frame)
    for stage in stages:
        tell(stage.name)
        page = stage(page, image.pixels)
    write_atomically(Path(task["picture"]), jpeg(image.pixels))
    write_atomically(Path(task["page"]), FORMATS["json"].write([Sheet(page, path)]))


def _warm_up(paragraphs, lines, recognition) -> None:
    """Let every stage work once, so that the first client does not wait for what is made ready at first use."""
    import cv2
    import numpy as np

    from ocr.page.geometry import Box, Polygon
    from ocr.page.model import Line, Page, Region

    pixels = np.full((400, 800, 3), 255, np.uint8)
    cv2.putText(pixels, "ready to read", (40, 220), cv2.FONT_HERSHEY_SCRIPT_COMPLEX, 3, (40, 40, 40), 3)
    outline = Polygon.from_box(Box(20, 120, 780, 280))
    page = Page("", pixels.shape[:2])
    paragraphs(page, pixels)
    lines(replace(page, regions=(Region("r", outline),)), pixels)
    recognition(replace(page, regions=(Region("r", outline, (Line("l", outline),)),)), pixels)


def jpeg(pixels) -> bytes:
    """Draw (H, W, 3) uint8 RGB pixels as a JPEG that is small enough to be shown."""
    from PIL import Image

    picture, file = Image.fromarray(pixels), BytesIO()
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()
