"""Score a recogniser on the true lines, or the true single words, of data sets."""
from __future__ import annotations

from typing import Dict, Sequence, Tuple

from ocr.datasets.line_cache import Unit
from ocr.models.store import cache_folder
from ocr.recognition.single_lines import read_alone
from ocr.recognition.samples import load_samples, read_samples
from ocr.recognition.stage import RecognitionStage
from ocr.recognition.crnn.training import score_lines


def score_data(stage: RecognitionStage, data: Sequence[str], split: str, unit: Unit) -> Tuple[str, Dict[str, object]]:
    """Read strips cut by true outlines and compare with their texts.

    Parameters
    ----------
    data, split, unit : see `ocr.recognition.samples.load_samples`. A word is read as a picture of it alone would be; words
        whose segmentation the data set marks as doubtful, as IAM's words.txt does with "err", are not among them.

    Returns
    -------
    The scores in words, and for JSON.

    Raises
    ------
    DatasetError : a data set or split is not there, or nothing could be cut.
    """
    samples = load_samples(data, split, stage.height, cache_folder() / "lines", unit)
    read = read_alone(stage.read_apart, [sample.strip for sample in samples]) if unit == "word" \
        else read_samples(stage.read_hand, samples)
    rates = score_lines(samples, [decoded.text for decoded in read])
    said = {**rates.as_dict(), "unit": unit}
    if unit == "line":
        return str(rates), said
    return f"{rates}; a line here is a single word, none whose segmentation is marked err", said
