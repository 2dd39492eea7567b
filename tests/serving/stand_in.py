"""What reads pages in most tests of the service: no networks; what follows a JPEG's first three bytes says what to do."""
from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ocr.errors import ImageError
from ocr.output import write_atomically
from ocr.formats.available import FORMATS
from ocr.page.geometry import Box, Polygon
from ocr.page.model import Line, Page, Reading, Region, Sheet, Word

JPEG = b"\xff\xd8\xff"


def word(name, left, text):
    return Word(name, Polygon.from_box(Box(left, 10, left + 40, 30)), (Reading(text, 0.9),))


def page_of(text, frame=0):
    line = Line("l1", Polygon.from_box(Box(0, 5, 300, 35)), ((0, 28), (300, 28)),
                tuple(word(f"l1_w{number}", 50 * number, part) for number, part in enumerate(text.split(), 1)),
                (Reading(text, 0.8), Reading("old guess", 0.1)))
    return Page("original.jpg", (200, 320), (Region("r1", line.polygon, (line,)),), frame=frame)


def open_reader():
    """Do as the upload says, and note each beginning in `starts` beside the jobs."""
    def read(task, on_progress):
        path = Path(task["path"])
        content = path.read_bytes()
        said = content[len(JPEG):80].decode("utf-8", "replace")
        with open(path.parents[2] / "starts", "a") as starts:
            starts.write(f"{path.parent.name} {task['frame']}\n")
        on_progress("paragraphs")
        if said.startswith("gate"):                             # waits while the test holds the gate
            with open(path.parents[2] / "gate", "a") as gate:
                fcntl.flock(gate, fcntl.LOCK_SH)
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
        text = said if said.isprintable() else f"frame {task['frame']}"
        write_atomically(Path(task["page"]), FORMATS["json"].write([Sheet(page_of(text, task["frame"]), path)]))

    return read


def broken():
    raise RuntimeError("no models")
