"""Score a recogniser on the lines, or the single words, of data sets with ground truth."""
from __future__ import annotations

from typing import Dict, Sequence, Tuple

from ocr.datasets.line_cache import Unit
from ocr.models.store import cache_folder
from ocr.recognition.recogniser import Recogniser
from ocr.recognition.samples import LineSample, load_samples, read_samples
from ocr.recognition.single_lines import read_isolated
from ocr.scoring.error_rates import ErrorRates, TextPair, score_texts


def score_data(recogniser: Recogniser, data: Sequence[str], split: str, unit: Unit) -> Tuple[str, Dict[str, object]]:
    """Read line images cropped by the ground-truth outlines, and compare with the ground truth.

    Parameters
    ----------
    data, split, unit : see `ocr.recognition.samples.load_samples`. A word is read as an isolated word image is; words
        whose segmentation the data set marks as doubtful, as IAM's words.txt does with "err", are not among them.

    Returns
    -------
    The scores as text, and for JSON.

    Raises
    ------
    DatasetError : a data set or split is not there, or nothing could be cut.
    """
    samples = load_samples(data, split, recogniser.height, cache_folder() / "lines", unit)
    read = read_isolated(recogniser, [sample.line_image for sample in samples]) if unit == "word" \
        else read_samples(recogniser, samples)
    rates = score_lines(samples, [transcription.text for transcription in read])
    scores = {**rates.as_dict(), "unit": unit}
    if unit == "line":
        return str(rates), scores
    return f"{rates}; a line here is a single word, none whose segmentation is marked err", scores


def score_lines(samples: Sequence[LineSample], texts: Sequence[str]) -> ErrorRates:
    """Score texts against the ground truth; confidence intervals resample pages."""
    return score_texts([TextPair(sample.text, text, f"{sample.source}/{sample.page}")
                        for sample, text in zip(samples, texts)])
