"""Training of the recogniser: line images with their text, and a CTC loss with a shortcut."""
from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any, Dict, List, Mapping, Optional, Sequence

import cv2
import numpy as np

from ocr.decoding.ctc.best_path import Decoded
from ocr.images.augment_lines import augment_line
from ocr.recognition.drawing import draw_readings
from ocr.recognition.synthetic_lines import FontLines
from ocr.recognition.crnn.inference import read_lines
from ocr.recognition.samples import LineSample, Sample, normalise_widths, read_samples
from ocr.recognition.scoring import score_lines
from ocr.recognition.width import read_normalised
from ocr.recognition.crnn.batches import REDUCTION, group_by_width, stack
from ocr.text.alphabet import Alphabet
from ocr.engine.learner import TracedTraining
from ocr.engine.network import Network


def trace_recogniser(alphabet: Alphabet, height: int, seed: int, shortcut_weight: float = 0.3, residual_blocks: int = 0,
                     **layers: Any) -> TracedTraining:
    """Make a new recogniser with its loss, ready for any engine's learner.

    The loss is CTC's negative log-likelihood per character, plus `shortcut_weight` times that of a second
    classifier, dropped after training, that sees the convolutional columns alone.

    Source: Graves et al., Connectionist Temporal Classification, ICML 2006; the shortcut is from Retsinas et al.,
    https://arxiv.org/abs/2404.11339.

    Parameters
    ----------
    alphabet : characters of the network's output.
    height : pixels of a line image, a multiple of 8.
    seed : of the initial weights.
    residual_blocks : after the convolutions, see `ocr.recognition.crnn.network.Columns`.
    layers : of the network, see `ocr.recognition.crnn.network.CRNN`, where they differ from the defaults.
    """
    from ocr.engine.gluon import import_mxnet, trace, trace_training
    from ocr.recognition.crnn.network import CRNN, Columns

    mx = import_mxnet()
    mx.random.seed(seed)
    layers = {"columns": partial(Columns, residual_blocks=residual_blocks), **layers}
    network = CRNN(alphabet.size, prefix="recogniser_", **layers)
    with_shortcut = _with_shortcut(mx, network, alphabet.size)
    loss = _ctc_loss(mx, shortcut_weight)
    with_shortcut.initialize(mx.init.Xavier(magnitude=2.0))                  # the network within it, too
    sample = {"images": np.zeros((2, 1, height, 64), np.float32), "labels": np.zeros((2, 3), np.float32),
              "frames": np.full(2, 16, np.float32), "lengths": np.full(2, 3, np.float32)}
    graph, _ = trace(network, {"images": sample["images"]})
    return replace(trace_training(with_shortcut, loss, sample), graph=graph)


def _with_shortcut(mx: Any, network: Any, classes: int) -> Any:
    """Give the network a second output: scores of each column from the convolutions alone, (N, T, C)."""
    class WithShortcut(mx.gluon.HybridBlock):
        def __init__(self) -> None:
            super().__init__(prefix="shortcut_")
            with self.name_scope():
                self.network = network
                self.classifier = mx.gluon.nn.Conv1D(classes, 3, padding=1, in_channels=network.columns.width)

        def hybrid_forward(self, F: Any, images: Any) -> Any:
            columns = network.columns(images)                                            # (N, T, D)
            scores = self.classifier(F.transpose(columns, axes=(0, 2, 1)))               # (N, C, T)
            return network.sequence(columns), F.transpose(scores, axes=(0, 2, 1))        # (N, T, C) each

    return WithShortcut()


def _ctc_loss(mx: Any, shortcut_weight: float) -> Any:
    """Make the loss of both outputs, (N,), from logits (N, T, C), labels (N, L), frames (N,) and lengths (N,)."""
    class CTCLoss(mx.gluon.HybridBlock):
        def hybrid_forward(self, F: Any, logits: Any, shortcut: Any, labels: Any, frames: Any, lengths: Any) -> Any:
            def per_character(scores: Any) -> Any:
                loss = F.CTCLoss(F.transpose(scores, axes=(1, 0, 2)), labels, frames, lengths, use_data_lengths=True,
                                 use_label_lengths=True, blank_label="last")             # (N,)
                return loss / lengths

            return per_character(logits) + shortcut_weight * per_character(shortcut)

    return CTCLoss(prefix="ctc_")


class RecognitionTask:
    """Learning to read lines; see `ocr.training.task.Task` for the methods.

    Parameters
    ----------
    train, validation : lines of training and of validation writers, line images of one height.
    alphabet : what the network can write; every training text must be covered.
    columns : pixels of padded line image width in one batch, all lines together.
    strength : of the random augmentation, 0 to 1.
    fonts : source of additional synthetic lines, new ones in each epoch.
    character_width : mean width in pixels that every writer's characters are scaled to; 0 leaves them unscaled.
    lines_per_writer, lines_per_source : lines of one writer, and of one data set, in an epoch at most, drawn anew in each
        epoch; 0 for all of them.
    """

    name = "recognition"
    reads = "images"
    key = "cer"
    smaller_is_better = True

    def __init__(self, train: Sequence[Sample], validation: Sequence[LineSample], alphabet: Alphabet,
                 columns: int = 16 * 640, strength: float = 1.0, fonts: Optional[FontLines] = None,
                 character_width: float = 0.0, lines_per_writer: int = 0, lines_per_source: int = 0):
        self.lines_per_writer, self.lines_per_source = lines_per_writer, lines_per_source
        self.character_width = character_width
        self.train = [sample for sample in self._normalised(train) if _fits(sample)]
        if len(self.train) < len(train):
            print(f"{len(train) - len(self.train)} of {len(train)} lines are too narrow for their text and are left out",
                  file=sys.stderr)
        self.validation = list(validation)
        self.alphabet, self.columns, self.strength, self.fonts = alphabet, columns, strength, fonts

    def _normalised(self, samples: Sequence[Sample]) -> Sequence[Sample]:
        return normalise_widths(samples, self.character_width) if self.character_width else samples

    def plan(self, rng: np.random.Generator) -> List[List[Sample]]:
        """Group lines of nearly the same width, a little differently every epoch, in random order."""
        drawn = filter(_fits, self._normalised(self.fonts.draw(rng))) if self.fonts else ()
        train = [*at_most(self.train, self.lines_per_writer, self.lines_per_source, rng), *drawn]
        widths = np.array([sample.width for sample in train], dtype=np.float64)
        groups = group_by_width(widths * np.exp(rng.normal(0.0, 0.1, len(widths))), self.columns)
        return [[train[line] for line in groups[index]] for index in rng.permutation(len(groups))]

    def batch(self, recipe: Sequence[Sample], rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Make the loss's four inputs from the lines of one group."""
        batch = stack([_wide_enough(augment_line(sample.draw(rng), rng, self.strength), sample.text) for sample in recipe])
        texts = [self.alphabet.encode(sample.text) for sample in recipe]
        lengths = np.array([len(text) for text in texts], dtype=np.float32)
        labels = np.full((len(texts), int(lengths.max())), self.alphabet.padding, dtype=np.float32)  # (N, L)
        for row, text in zip(labels, texts):
            row[:len(text)] = text
        return {"images": batch.images, "labels": labels, "frames": batch.frames.astype(np.float32), "lengths": lengths}

    def evaluate(self, network: Network) -> Dict[str, float]:
        """Return CER and WER on the validation lines, and each data set's own CER."""
        texts = self._texts(self.validation, network)
        scores: Dict[str, Any] = score_lines(self.validation, texts).as_dict()
        result = {"cer": scores["cer"], "wer": scores["wer"]}
        sources = sorted({sample.source for sample in self.validation})
        for source in sources if len(sources) > 1 else ():
            chosen = [index for index, sample in enumerate(self.validation) if sample.source == source]
            part: Dict[str, Any] = score_lines([self.validation[i] for i in chosen], [texts[i] for i in chosen]).as_dict()
            result[f"cer_{source}"] = part["cer"]
        return result

    def _texts(self, samples: Sequence[LineSample], network: Network) -> List[str]:
        def read(line_images: Sequence[np.ndarray]) -> List[Decoded]:
            return read_normalised(partial(read_lines, network=network, alphabet=self.alphabet), line_images,
                                   self.character_width, lambda decoded: len(decoded.text))[0]

        return [decoded.text for decoded in read_samples(read, samples)]

    def drawing(self, network: Network) -> np.ndarray:
        """Draw validation line images with their ground truth and what was read."""
        step = max(1, len(self.validation) // 20)
        samples = self.validation[::step][:20]
        texts = self._texts(samples, network)
        return draw_readings([sample.line_image for sample in samples],
                             [(sample.text, text) for sample, text in zip(samples, texts)])


def at_most(samples: Sequence[Sample], per_writer: int, per_source: int, rng: np.random.Generator) -> List[Sample]:
    """Choose at random no more than a number of lines of each writer, and of each data set; 0 sets no limit."""
    chosen: List[Sample] = []
    seen: Counter = Counter()
    for index in rng.permutation(len(samples)):
        sample = samples[index]
        writer = (sample.source, sample.writer)
        if (not per_writer or seen[writer] < per_writer) and (not per_source or seen[sample.source] < per_source):
            seen.update((writer, sample.source))
            chosen.append(sample)
    return chosen


def _min_width(text: str) -> int:
    """Minimum width in pixels for CTC: a column per character, and one more between two equal ones."""
    return REDUCTION * (len(text) + sum(a == b for a, b in zip(text, text[1:])) + 1)


def _fits(sample: Sample) -> bool:
    return bool(sample.text) and sample.width >= _min_width(sample.text)


def _wide_enough(line_image: np.ndarray, text: str) -> np.ndarray:
    """Stretch a line image that came out too narrow for CTC."""
    height, width = line_image.shape
    return line_image if width >= _min_width(text) else cv2.resize(line_image, (_min_width(text), height))
