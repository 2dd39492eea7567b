"""Stage 3: read every line of a page."""
from __future__ import annotations

from dataclasses import replace
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ocr import __version__
from ocr.decoding.best_path import Decoded, words
from ocr.engine.network import open_network
from ocr.images.rectify import LineCrop, rectify_line
from ocr.models.store import require
from ocr.page.direction import turn_over
from ocr.page.model import Line, Page, ProcessingStep, Reading, Word
from ocr.recognition.outlines import detected_outlines
from ocr.recognition.reading import read_strips
from ocr.recognition.spread import read_hand
from ocr.recognition.strips import REDUCTION
from ocr.text.alphabet import Alphabet


SURE = 0.85
"""Mean confidence of its characters from which a page is taken to stand upright without a second look.

Of the validation pages none reaches it when it is read upside down; see `python benchmarks/direction.py`.
"""


class RecognitionStage:
    """Fill in the text of a page's lines, and their words with boxes and confidences.

    Parameters
    ----------
    model : name of a registered recogniser; None takes the first one.
    engine, device, threads : see `ocr.engine.network.open_network`.
    """

    name = "recognition"

    def __init__(self, model: Optional[str] = None, engine: str = "onnx", device: str = "cpu", threads: int = 0):
        installed = require(model or self.name, self.name)
        card = installed.card
        self.alphabet = Alphabet(card.alphabet)
        self.height = int(dict(card.input)["height"])
        self.character_width = float(dict(card.input).get("character_width", 0))
        self.step = ProcessingStep(self.name, card.name, card.sha256, __version__, (("decoder", "best path"),))
        self._network = open_network(installed.folder, engine, device, threads)

    def read(self, strips: Sequence[np.ndarray]) -> List[Decoded]:
        """Read grey strips, uint8 (height, W), as `ocr.images.rectify.rectify_line` cuts them."""
        return read_strips(strips, self._network, self.alphabet)

    def read_hand(self, strips: Sequence[np.ndarray]) -> Tuple[List[Decoded], List[np.ndarray]]:
        """Read strips of one hand; see `ocr.recognition.spread.read_hand`."""
        return read_hand(self.read, strips, self.character_width)

    def read_apart(self, strips: Sequence[np.ndarray]) -> List[Decoded]:
        """Read strips that are each of another hand."""
        if not self.character_width:
            return self.read(strips)
        return [decoded for strip in strips for decoded in self.read_hand([strip])[0]]

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Read a page; one that reads better upside down is turned over.

        Parameters
        ----------
        page : with regions and lines. Their words and readings are replaced; a word that is read where one was
            detected takes its outline.
        pixels : (H, W, 3) uint8 RGB, the picture as loaded.
        """
        reading = self.read_lines(page, pixels)
        if reading and mean_confidence(reading) < SURE:
            other = turn_over(page)
            again = self.read_lines(other, pixels)
            if mean_confidence(again) > mean_confidence(reading):
                page, reading = other, again
        lines = iter(reading)
        regions = tuple(replace(region, lines=tuple(_read_line(line, *next(lines)) for line in region.lines))
                        for region in page.regions)
        return replace(page, regions=regions, steps=(*page.steps, self.step))

    def read_lines(self, page: Page, pixels: np.ndarray) -> List[Tuple[LineCrop, Decoded]]:
        """Cut and read all lines of a page, in reading order."""
        crops = [rectify_line(pixels, line.polygon, line.baseline, page.orientation, self.height) for line in page.lines]
        readings, strips = self.read_hand([crop.pixels for crop in crops])
        return [(replace(crop, pixels=strip), decoded) for crop, strip, decoded in zip(crops, strips, readings)]


def mean_confidence(reading: Sequence[Tuple[LineCrop, Decoded]]) -> float:
    """Return the mean confidence of all characters, 0 where nothing was read."""
    found = [character.confidence for _, decoded in reading for character in decoded.characters]
    return float(np.mean(found)) if found else 0.0


def _read_line(line: Line, crop: LineCrop, decoded: Decoded) -> Line:
    """Put one reading into its line."""
    read = words(decoded)
    outlines = detected_outlines([crop.to_page(word.start_frame * REDUCTION, word.end_frame * REDUCTION) for word in read],
                                 [word.polygon for word in line.words])
    found = tuple(Word(f"{line.id}_w{number + 1}", outline, (Reading(word.text, word.confidence),))
                  for number, (word, outline) in enumerate(zip(read, outlines)))
    readings: Tuple[Reading, ...] = (Reading(decoded.text, decoded.confidence),) if decoded.text else ()
    return replace(line, words=found, readings=readings)
