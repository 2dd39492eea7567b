"""Stage 3: read every line of a page."""
from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from ocr import __version__
from ocr.decoding.ctc.best_path import Decoded, DecodedWord, decode
from ocr.decoding.ctc.calibration import CALIBRATIONS
from ocr.decoding.opening import DEFAULT, open_decoder
from ocr.decoding.corrector.decoder import open_corrector
from ocr.engine.network import open_network
from ocr.images.rectify import LineCrop, rectify_line
from ocr.models.store import require
from ocr.page.direction import turn_over
from ocr.page.model import Line, Page, ProcessingStep, Reading, Word
from ocr.recognition.outlines import detected_outlines
from ocr.recognition.crnn.reading import strip_logits
from ocr.recognition.width import read_hand
from ocr.recognition.crnn.batches import REDUCTION
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
    decoder, languages, lexicons : see `ocr.decoding.opening.open_decoder`.
    corrector : see `ocr.decoding.corrector.decoder.open_corrector`.
    """

    name = "recognition"

    def __init__(self, model: Optional[str] = None, engine: str = "onnx", device: str = "cpu", threads: int = 0,
                 decoder: str = DEFAULT, languages: Optional[Sequence[str]] = None,
                 lexicons: Optional[Sequence[str]] = None, corrector: Optional[str] = None):
        installed = require(model or self.name, self.name)
        card = installed.card
        self.alphabet = Alphabet(card.alphabet)
        self.height = int(dict(card.inputs)["height"])
        self.character_width = float(dict(card.inputs).get("character_width", 0))
        self._decoder, settings = open_decoder(decoder, self.alphabet, languages, lexicons,
                                                 open_corrector(corrector, engine, device, threads))
        self._alone = Lock()                # decoders remember; pages may be read in several threads
        self.words = CALIBRATIONS[decoder].words
        self.step = ProcessingStep(self.name, card.name, card.sha256, __version__, settings)
        self._network = open_network(installed.folder, engine, device, threads)

    def read_hand(self, strips: Sequence[np.ndarray]) -> List[Decoded]:
        """Read grey strips of one hand, uint8 (height, W), as `ocr.images.rectify.rectify_line` cuts them."""
        return self._decoder(self.logits_of_hand(strips)[0])

    def read_apart(self, strips: Sequence[np.ndarray]) -> List[Decoded]:
        """Read strips that are each of another hand."""
        if not self.character_width:
            return [decoded for logits in self._logits(strips) for decoded in self._decoder([logits])]
        return [decoded for strip in strips for decoded in self.read_hand([strip])]

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Read a page; one that reads better upside down is turned over.

        Parameters
        ----------
        page : with regions and lines. Their words and readings are replaced; a word that is read where one was
            detected takes its outline.
        pixels : (H, W, 3) uint8 RGB, the picture as loaded.
        """
        crops, logits = self.look(page, pixels)
        if crops and self.mean_confidence(logits) < SURE:
            other = turn_over(page)
            again = self.look(other, pixels)
            if self.mean_confidence(again[1]) > self.mean_confidence(logits):
                page, (crops, logits) = other, again
        with self._alone:
            lines = iter(zip(crops, self._decoder(logits)))
        regions = tuple(replace(region, lines=tuple(self._read_line(line, *next(lines)) for line in region.lines))
                        for region in page.regions)
        return replace(page, regions=regions, steps=(*page.steps, self.step))

    def look(self, page: Page, pixels: np.ndarray) -> Tuple[List[LineCrop], List[np.ndarray]]:
        """Cut all lines of a page, in reading order, and give the network's logits, (T, C) float32, for each."""
        crops = [rectify_line(pixels, line.polygon, line.baseline, page.orientation, self.height) for line in page.lines]
        logits, strips = self.logits_of_hand([crop.pixels for crop in crops])
        return [replace(crop, pixels=strip) for crop, strip in zip(crops, strips)], logits

    def mean_confidence(self, lines: Sequence[np.ndarray]) -> float:
        """Return the mean confidence of all characters on the best path of lines' logits, 0 where nothing is read."""
        found = [character.confidence for logits in lines for character in decode(logits, self.alphabet).characters]
        return float(np.mean(found)) if found else 0.0

    def logits_of_hand(self, strips: Sequence[np.ndarray]) -> Tuple[List[np.ndarray], List[np.ndarray]]:
        """Give the network's logits, (T, C) float32, for strips of one hand, and the strips as the network saw them."""
        return read_hand(self._logits, strips, self.character_width,
                         lambda logits: len(decode(logits, self.alphabet).text))

    def _logits(self, strips: Sequence[np.ndarray]) -> List[np.ndarray]:
        return strip_logits(strips, self._network)

    def _read_line(self, line: Line, crop: LineCrop, decoded: Decoded) -> Line:
        """Put one reading into its line."""
        read = self.words(decoded)
        outlines = detected_outlines(
            [crop.to_page(word.start_frame * REDUCTION, word.end_frame * REDUCTION) for word in read],
            [word.polygon for word in line.words])
        found = tuple(Word(f"{line.id}_w{number + 1}", outline, (Reading(word.text, word.confidence),))
                      for number, (word, outline) in enumerate(zip(read, outlines)))
        confidence = line_confidence(read)
        shares: Dict[str, float] = {}
        for text, share in ((decoded.text, 1.0), *((other.text, other.share) for other in decoded.others)):
            shares.setdefault(" ".join(text.split()), share)
        readings = tuple(Reading(text, share * confidence) for text, share in shares.items() if text)
        return replace(line, words=found, readings=readings if found else ())


def line_confidence(words: Sequence[DecodedWord]) -> float:
    """Share of the words of a line that are likely right; 0 where there is none."""
    return float(np.mean([word.confidence for word in words])) if words else 0.0
