"""The work of a reading process: read a page from its file to its text, with progress by stage."""
from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

import numpy as np

from ocr.decoding.opening import DEFAULT
from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.page.model import Page, Sheet
from ocr.pipeline import Pipeline, PipelineCache, ReadSettings
from ocr.worker import OnProgress, Work

LONGEST_SIDE = 2400                 # pixels, of the images that clients see
SETTINGS = ReadSettings(EngineSettings(threads=1), decoding=DecodingSettings(DEFAULT))
"""The settings for reading pages, except for what a client chooses."""


def open_reader() -> Work:
    """Load the networks, and return the function that reads a page.

    Raises
    ------
    ModelNotFound, ModelMismatch : the models are not installed.
    """
    import cv2

    cv2.setNumThreads(1)
    pipelines = PipelineCache()

    def read(task: Mapping[str, Any], on_progress: OnProgress) -> Dict[str, Any]:
        models = task["language_models"]
        decoding = DecodingSettings(task["decoder"], task["language"], None if models is None else tuple(models))
        settings = replace(SETTINGS, decoding=decoding, keep_doubtful=task["keep_doubtful"], whole=task["whole"])
        return read_before(task) or _read(task, on_progress, pipelines.get(settings))

    _warm_up(pipelines.get(SETTINGS))
    return read


def read_before(task: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    """Return the notes of a page that was read just before the service ended; None where it is still to be read."""
    from ocr.formats.page_json import page_from_json

    file = Path(task["page"])
    if not file.exists():
        return None
    notes = notes_of(page_from_json(file.read_bytes()))
    return None if notes["left_out"] and task["keep_doubtful"] else notes


def notes_of(page: Page) -> Dict[str, Any]:
    """Return what clients are told about a page beside its text: its warnings, and whether doubtful regions were left out."""
    from ocr.paragraphs.stage import DOUBTFUL

    return {"warnings": page.warnings, "left_out": any(DOUBTFUL in warning for warning in page.warnings)}


def _read(task: Mapping[str, Any], on_progress: OnProgress, pipeline: Pipeline) -> Dict[str, Any]:
    """Read a page and write its image and then, once it is complete, its JSON; return its notes."""
    from ocr.formats.available import FORMATS
    from ocr.images.load import read_frame
    from ocr.output import write_atomically

    path, (first, *following) = Path(task["path"]), pipeline.names
    on_progress(first)                                                         # opening the image counts as part of it
    image = read_frame(path, task["frame"])
    for _, page in pipeline.steps(image):                               # noqa: B007 - the last page is the one read
        if following:
            on_progress(following.pop(0))
    write_atomically(Path(task["picture"]), jpeg(image.pixels))
    page = replace(page, image_filename=path.name)                      # clients see none of this machine's paths
    write_atomically(Path(task["page"]), FORMATS["json"].write([Sheet(page, path)]))
    return notes_of(page)


def _warm_up(pipeline: Pipeline) -> None:
    """Run every stage once, so that the first client does not wait for lazy initialisation."""
    import cv2

    from ocr.page.geometry import Box, Polygon
    from ocr.page.model import Line, Region

    pixels = np.full((400, 800, 3), 255, np.uint8)
    cv2.putText(pixels, "ready to read", (40, 220), cv2.FONT_HERSHEY_SCRIPT_COMPLEX, 3, (40, 40, 40), 3)
    outline = Polygon.from_box(Box(20, 120, 780, 280))
    page = Page("", (400, 800), (Region("r", outline, (Line("l", outline),)),))
    for stage in pipeline.stages:
        stage(page, pixels)


def jpeg(pixels: np.ndarray) -> bytes:
    """Encode (H, W, 3) uint8 RGB pixels as a JPEG, scaled down to LONGEST_SIDE."""
    from PIL import Image

    image, file = Image.fromarray(pixels), BytesIO()
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
    image.save(file, "JPEG", quality=85)
    return file.getvalue()
