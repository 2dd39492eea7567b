"""Stage 3: read every line of a page, with any recogniser."""
from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from ocr import __version__
from ocr.errors import ModelMismatch
from ocr.images.rectify import LineCrop, rectify_line
from ocr.models.registry import ModelCard
from ocr.page.direction import rotate_180
from ocr.page.model import Line, Page, ProcessingStep, Reading, Word
from ocr.recognition.outlines import detected_outlines
from ocr.recognition.recogniser import Observation, Recogniser, Transcription, observe, words_of


class RecognitionStage:
    """Fill in the text of a page's lines, and their words with outlines and confidences.

    Parameters
    ----------
    recogniser : reads line images.
    card : of its model, for the provenance of pages.
    language : BCP 47 code of all pages; None leaves it to the recogniser.
    """

    name = "recognition"

    def __init__(self, recogniser: Recogniser, card: ModelCard, language: Optional[str] = None):
        self.recogniser, self.card, self._language = recogniser, card, language
        self.step = ProcessingStep(self.name, card.name, card.sha256, __version__, tuple(recogniser.provenance))

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Read a page; one that reads better upside down is rotated by 180 degrees.

        Parameters
        ----------
        page : with regions and lines. Their words and readings are replaced; a word that is read where one was
            detected takes its outline.
        pixels : (H, W, 3) uint8 RGB, the image as loaded.

        Raises
        ------
        ModelMismatch : the recogniser did not return one reading a line.
        """
        crops, seen = self.look(page, pixels)
        if crops and seen.confidence < self.recogniser.upright_confidence:
            other = rotate_180(page)
            again = self.look(other, pixels)
            if again[1].confidence > seen.confidence:
                page, (crops, seen) = other, again
        read = seen.transcribe()
        if len(read) != len(crops):
            raise ModelMismatch(f"{self.card.name} gave {len(read)} readings of {len(crops)} lines. Take another model.")
        lines = iter(zip(crops, read))
        regions = tuple(replace(region, lines=tuple(self._read_line(line, *next(lines)) for line in region.lines))
                        for region in page.regions)
        language = self._language_of(read) or page.language
        step = replace(self.step, warnings=self._warnings(read))
        return replace(page, regions=regions, steps=(*page.steps, step), language=language)

    def _warnings(self, read: Sequence[Transcription]) -> Tuple[str, ...]:
        """Say in one sentence if nothing was read, or if most of it is in a script or a language that the recogniser does not know."""
        if read and not any(one.text.strip() for one in read):
            lines = "the only line seems" if len(read) == 1 else f"all {len(read)} lines seem"
            return (f"No text was read: {lines} to be empty.",)
        unknown = sum(len(one.text) for one in read if one.legibility < 0.5)
        if 2 * unknown <= sum(len(one.text) for one in read):
            return ()
        known = f" ({', '.join(self.card.languages)})" if self.card.languages else ""
        return (f"This page is hardly legible, or in a script or a language that {self.card.name} has not learned{known}: "
                "its text is not to be relied on.",)

    def look(self, page: Page, pixels: np.ndarray) -> Tuple[List[LineCrop], Observation]:
        """Rectify all lines of a page, in reading order, and run the recogniser's first step on them."""
        crops = [rectify_line(pixels, line.polygon, line.baseline, page.orientation, self.recogniser.height)
                 for line in page.lines]
        return crops, observe(self.recogniser, [crop.pixels for crop in crops])

    def _language_of(self, read: List[Transcription]) -> Optional[str]:
        """Return the language of a page: the given one, else that of most of its characters, or None."""
        if self._language:
            return self._language
        counts: Counter = Counter()
        for transcription in read:
            counts[transcription.language] += len(transcription.text)
        del counts[None]
        return max(counts, key=counts.__getitem__) if counts else None

    def _read_line(self, line: Line, crop: LineCrop, read: Transcription) -> Line:
        """Put one reading into its line."""
        words = words_of(read, crop.pixels.shape[1])
        outlines = detected_outlines([crop.to_page(word.left, word.right) for word in words],
                                     [word.polygon for word in line.words])
        found = tuple(Word(f"{line.id}_w{number + 1}", outline, (Reading(word.text, word.confidence),))
                      for number, (word, outline) in enumerate(zip(words, outlines)))
        shares: Dict[str, float] = {}
        for text, share in ((read.text, 1.0), *((other.text, other.share) for other in read.alternatives)):
            shares.setdefault(" ".join(text.split()), share)
        readings = tuple(Reading(text, share * read.confidence) for text, share in shares.items() if text)
        return replace(line, words=found, readings=readings if found else (),
                       language=self._language or read.language or line.language)
