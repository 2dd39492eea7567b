"""Writing brought to one width: narrow hands stretched, wide ones pressed together, until a character takes so many pixels.

A network that reads a column every `REDUCTION` pixels has two columns for a letter of a narrow hand and six for one of a
wide hand. To learn from, the text is known, and so is the width of its characters. To read, three lines of the hand, neither
its longest nor its shortest, are read as they are, and the characters found are counted; a page is taken as one hand.

Shapes: H x W strip, uint8 grey.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Sequence, Tuple

import cv2
import numpy as np

from ocr.decoding.best_path import Decoded
from ocr.recognition.samples import LineSample, Sample

LEAST, MOST = 0.65, 1.7     # times that a strip is made as wide

Read = Callable[[Sequence[np.ndarray]], List[Decoded]]


@dataclass(frozen=True)
class SpreadSample:
    """A line whose strip is drawn `times` as wide as that of another one; it is a `Sample`."""

    sample: Sample
    times: float

    def __post_init__(self):
        for name in ("text", "page", "source"):
            object.__setattr__(self, name, getattr(self.sample, name))

    @property
    def width(self) -> float:
        """Pixels of the strip, about."""
        return self.sample.width * self.times

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Return the strip."""
        return spread(self.sample.draw(rng), self.times)


def spread_samples(samples: Sequence[Sample], character_width: float) -> List[Sample]:
    """Give every hand's characters one mean width in pixels; the lines of a page are taken as one hand."""
    times = np.ones(len(samples))
    for lines in _hands(samples):
        times[lines] = _times([samples[line].width for line in lines], [len(samples[line].text) for line in lines],
                              character_width)
    return [SpreadSample(sample, float(factor)) for sample, factor in zip(samples, times)]


def spread(strip: np.ndarray, times: float) -> np.ndarray:
    """Make a strip so many times as wide."""
    width = max(1, round(strip.shape[1] * times))
    return cv2.resize(strip, (width, strip.shape[0]), interpolation=cv2.INTER_AREA if times < 1 else cv2.INTER_CUBIC)


def read_hand(read: Read, strips: Sequence[np.ndarray], character_width: float) -> Tuple[List[Decoded], List[np.ndarray]]:
    """Read the lines of one hand, brought to the width that the network knows.

    Parameters
    ----------
    read : reads strips of one height as they are.
    strips : (H, W) each, of one height H.
    character_width : mean width in pixels that a character shall have; 0 leaves the strips as they are.

    Returns
    -------
    The readings, and the strips as they were read.
    """
    strips = list(strips)
    if not character_width or not strips:
        return read(strips), strips
    by_width = sorted(strips, key=lambda strip: strip.shape[1])
    looked_at = [by_width[index] for index in sorted({len(strips) * part // 4 for part in (1, 2, 3)})]
    counts = [len(decoded.text) for decoded in read(looked_at)]
    times = _times([strip.shape[1] for strip in looked_at], counts, character_width)
    strips = [spread(strip, times) for strip in strips]
    return read(strips), strips


def read_samples(read: Read, samples: Sequence[LineSample], character_width: float) -> List[Decoded]:
    """Read lines hand by hand, see `read_hand`; with a width of 0, all as they are."""
    if not character_width:
        return read([sample.strip for sample in samples])
    found: List[Decoded] = [Decoded("", 0.0)] * len(samples)
    for lines in _hands(samples):
        readings, _ = read_hand(read, [samples[line].strip for line in lines], character_width)
        for line, decoded in zip(lines, readings):
            found[line] = decoded
    return found


def _hands(samples: Sequence[Sample]) -> List[List[int]]:
    """Part samples by the pages of their data sets: the indices of each page's."""
    hands: Dict[Tuple[str, str], List[int]] = {}
    for index, sample in enumerate(samples):
        hands.setdefault((sample.source, sample.page), []).append(index)
    return list(hands.values())


def _times(widths: Sequence[float], counts: Sequence[int], character_width: float) -> float:
    """How many times as wide strips of some widths and numbers of characters must be made; 1 where nothing is written."""
    if not sum(counts):
        return 1.0
    return float(np.clip(character_width * sum(counts) / sum(widths), LEAST, MOST))
