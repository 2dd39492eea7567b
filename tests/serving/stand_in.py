"""What reads pages in most tests of the service: no networks; what follows a JPEG's first three bytes says what to do."""
from __future__ import annotations

import fcntl
import os
from dataclasses import replace
from pathlib import Path

from ocr.errors import ImageError
from ocr.output import write_atomically
from ocr.formats.available import FORMATS
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, ProcessingStep, Reading, Region, Sheet, Word
from ocr.serving.reading import notes_of, read_before

JPEG = b"\xff\xd8\xff"
LEFT_OUT = ProcessingStep("paragraphs", warnings=("1 region was left out as doubtful: it may be print or a stain.",))
NOTHING = ProcessingStep("lines", warnings=("No line of handwriting was found.",))


def word(name, left, text):
    return Word(name, Polygon.from_box(Box(left, 10, left + 40, 30)), (Reading(text, 0.9),))


def page_of(text, frame=0):
    line = Line("l1", Polygon.from_box(Box(0, 5, 300, 35)), ((0, 28), (300, 28)),
                tuple(word(f"l1_w{number}", 50 * number, part) for number, part in enumerate(text.split(), 1)),
                (Reading(text, 0.8), Reading("old guess", 0.1)))
    return Page("original.jpg", (200, 320), (Region("r1", line.polygon, (line,)),), frame=frame)


def said_page(said, task):
    """The page that an upload asks for; a faint one is nothing but a region that is left out."""
    page = page_of(said if said.isprintable() else f"frame {task['frame']}", task["frame"])
    if said.startswith("faint") and not task["keep_doubtful"]:
        return replace(page, regions=(), steps=(LEFT_OUT, NOTHING))
    return replace(page, steps=(LEFT_OUT,)) if said.startswith("partly faint") and not task["keep_doubtful"] else page


def open_reader():
    """Do as the upload says, and note each beginning in `starts` beside the jobs."""
    def read(task, on_progress):
        notes = read_before(task)
        if notes:
            return notes
        path = Path(task["path"])
        content = path.read_bytes()
        said = content[len(JPEG):80].decode("utf-8", "replace")
        with open(path.parents[2] / "starts", "a") as starts:
            starts.write(f"{path.parent.name} {task['frame']}\n")
        on_progress("paragraphs")
        if said.startswith("gate"):                             # waits while the test holds the gate
            with open(path.parents[2] / "gate", "a") as gate:
                fcntl.flock(gate, fcntl.LOCK_SH)
        if said == "faint crash" and task["keep_doubtful"]:
            os._exit(3)
        if said == "crash" or said == "crash once" and not (path.parent / "crashed").exists():
            (path.parent / "crashed").touch()
            os._exit(3)
        while said == "hang":
            pass
        if said == "damaged" or b"bad page %d" % task["frame"] in content:
            raise ImageError(f"{path}: 9 x 9 pixels are over the limit of 8. Make it smaller, or set OCR_MAX_PIXELS=81.")
        if said == "memory":
            bytearray(2 ** 40)
        if said == "odd":
            raise ValueError("secret content")
        on_progress("recognition")
        write_atomically(Path(task["picture"]), b"an image")
        page = said_page(said, task)
        write_atomically(Path(task["page"]), FORMATS["json"].write([Sheet(page, path)]))
        return notes_of(page)

    return read


def broken():
    raise RuntimeError("no models")
