"""Read isolated line and word images."""
from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, List, Sequence, TypeVar

import numpy as np

from ocr.errors import report
from ocr.images.alone import MAX_PADDING, pad_with_paper, single_line_image
from ocr.images.load import count_frames, expand, read_frame
from ocr.output import failure_reason
from ocr.recognition.recogniser import Character, Recogniser, TranscribedWord, Transcription, certainty, read_each

Placed = TypeVar("Placed", Character, TranscribedWord)

MARGINS = (0.0, 0.3, MAX_PADDING)
"""Margins that are added to an image before it is read.

A tightly cropped word fills the line image, so that "on" is as high as "fly", and no single size suits both.
"""


def read_isolated(recogniser: Recogniser, lines: Sequence[np.ndarray]) -> List[Transcription]:
    """Read line images that `ocr.images.alone` made with several margins, and take the most certain reading of each.

    Parameters
    ----------
    lines : uint8 grey (H, W), of the recogniser's height.
    """
    sizes = [[_without(margin, read, line) for read, line in
              zip(read_each(recogniser, [pad_with_paper(line, margin) for line in lines]), lines)] for margin in MARGINS]
    return [max(alike, key=certainty) for alike in zip(*sizes)]


class IsolatedRecogniser:
    """A recogniser of images that show one line or word and nothing else; see `read_isolated` and `Recogniser`."""

    upright_confidence = 0.0

    def __init__(self, recogniser: Recogniser):
        self._recogniser, self.height, self.provenance = recogniser, recogniser.height, recogniser.provenance

    def __call__(self, lines: Sequence[np.ndarray]) -> List[Transcription]:
        """Read line images."""
        return read_isolated(self._recogniser, lines)


def _without(margin: float, read: Transcription, line: np.ndarray) -> Transcription:
    """Map positions in a line image with a margin of paper to those in the line image, (H, W), itself."""
    height, width = line.shape
    border = round(margin * height)

    def place(item: Placed) -> Placed:
        left, right = (min(max(x * (height + 2 * border) / height - border, 0.0), float(width)) for x in (item.left, item.right))
        return replace(item, left=left, right=right)

    return replace(read, characters=tuple(map(place, read.characters)), words=tuple(map(place, read.words)))


def print_single_lines(recogniser: Recogniser, sources: Sequence[str]) -> int:
    """Print file, text and confidence of each image, separated by tabs; one that fails is named on stderr.

    Parameters
    ----------
    sources : images, each of one line or word, PDF or TIFF of several; folders of them; glob patterns.

    Returns
    -------
    The exit code: 1 if anything failed.
    """
    failed = 0
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")

    def attempt(label: str, otherwise: Any, work: Callable, *arguments: Any) -> Any:
        nonlocal failed
        try:
            return work(*arguments)
        except Exception as error:                      # whatever is wrong with one image, the others are still read
            report(f"failed: {failure_reason(label, error)}")
            failed = 1
            return otherwise

    paths = [path for source in sources for path in attempt(source, [], expand, [source])]
    for path in dict.fromkeys(paths):
        for frame in range(attempt(str(path), 0, count_frames, path)):
            label = str(path) + (f", page {frame + 1}" if frame else "")
            read = attempt(label, None, _read_image, recogniser, path, frame)
            if read is not None:
                print(label, read.text, f"{read.confidence:.3f}", sep="\t", flush=True)
    return failed


def _read_image(recogniser: Recogniser, path: Path, frame: int) -> Transcription:
    (read,) = read_isolated(recogniser, [single_line_image(read_frame(path, frame).pixels, recogniser.height)])
    return read
