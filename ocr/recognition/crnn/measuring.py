"""Measure on validation lines what a recogniser's card says of its confidence: calibration, and when to try a page upside down."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from ocr.decoding.ctc.best_path import Decoded, Frames, words
from ocr.decoding.ctc.calibration import Calibration, evidence, fit_calibration, shared
from ocr.decoding.opening import DECODER_TASKS, DECODERS, open_decoder
from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.errors import ModelError
from ocr.recognition.crnn.recogniser import open_crnn
from ocr.recognition.samples import LineSample, by_page

MAX_LINES = 1000
"""Lines that are measured on; of more, every second, third and so on."""
MIN_WORDS = 30
"""Right words, and wrong words, that a calibration takes: ten for each of its weights."""
PAGE_LINES = 8
"""Lines of a page whose confidence is compared; smaller pages of a data set are joined."""


def measure_settings(folder: Path, samples: Sequence[LineSample], engine: EngineSettings = EngineSettings()) -> Dict[str, Any]:
    """Measure settings for the card of a recogniser, see `ocr.recognition.crnn.recogniser.CRNNRecogniser`.

    What cannot be measured, for want of lines or of installed language models, is left out and reported on stderr.

    Parameters
    ----------
    folder : of its finished training run.
    samples : lines by writers that it was not trained on.
    engine : for its network.

    Returns
    -------
    `upright_confidence`, see `upright_confidence`; and `calibration.NAME` for each decoder. A model that is a decoder gets the
    calibration of "beam+lm", whose readings it starts from.
    """
    samples = samples[::max(1, -(-len(samples) // MAX_LINES))]
    print(f"measuring confidences on {len(samples)} validation lines", file=sys.stderr)
    recogniser = open_crnn(str(folder), engine)
    pages = [[samples[line] for line in page] for page in by_page(samples)]
    upright = [recogniser.frames([sample.line_image for sample in page]) for page in pages]
    upside_down = [recogniser.frames([np.rot90(sample.line_image, 2).copy() for sample in page]) for page in pages]
    settings: Dict[str, Any] = {}
    confidence = upright_confidence(upside_down)
    if confidence is None:
        _not_measured("upright_confidence", f"there are {len(samples)} validation lines; {PAGE_LINES} are needed")
    else:
        settings["upright_confidence"] = confidence
    texts = [sample.text for page in pages for sample in page]
    for name in DECODERS:
        try:
            decoder, _ = open_decoder(recogniser.alphabet, DecodingSettings(name), engine)
        except ModelError as error:
            _not_measured(f"calibration.{name}", str(error))
            continue
        found = calibrate([decoded for page in upright for decoded in decoder(page)], texts, name)
        if found is not None:
            settings[f"calibration.{name}"] = [round(weight, 3) for weight in (found.bias, found.certainty, found.agreement)]
    for task in DECODER_TASKS if "calibration.beam+lm" in settings else ():
        settings[f"calibration.{task}"] = settings["calibration.beam+lm"]
    return settings


def upright_confidence(upside_down: Sequence[Sequence[Frames]]) -> Optional[float]:
    """Return the confidence that no page reaches when it is read upside down, in hundredths; None where there are too few lines.

    Parameters
    ----------
    upside_down : the network's output for the lines of each page, their images rotated by 180 degrees.
    """
    joined: List[List[Frames]] = [[]]
    for page in upside_down:
        if len(joined[-1]) >= PAGE_LINES:
            joined.append([])
        joined[-1] += page
    if len(joined) > 1 and len(joined[-1]) < PAGE_LINES:
        joined[-2:] = [joined[-2] + joined[-1]]
    if len(joined[-1]) < PAGE_LINES:
        return None
    confidences = [[character.confidence for line in page for character in line.greedy.characters] for page in joined]
    highest = max(float(np.mean(found)) if found else 0.0 for found in confidences)
    return min((int(100 * highest) + 1) / 100, 1.0)


def calibrate(readings: Sequence[Decoded], texts: Sequence[str], name: str) -> Optional[Calibration]:
    """Fit the calibration of a decoder to its readings of lines with ground truth; None, reported, for too few words."""
    right = np.array([is_right for decoded, text in zip(readings, texts)
                      for is_right in shared([word.text for word in words(decoded)], text.split())], bool)
    if min(right.sum(), (~right).sum()) < MIN_WORDS:
        _not_measured(f"calibration.{name}", f"{right.sum()} words were read right and {(~right).sum()} wrong; "
                      f"{MIN_WORDS} of each are needed")
        return None
    return fit_calibration(np.concatenate([evidence(decoded) for decoded in readings]), right)


def _not_measured(setting: str, why: str) -> None:
    print(f"{setting} is not measured: {why}", file=sys.stderr)
