"""Train the detector: its batches, its targets, and its loss: smooth L1 and cross-entropy with hard negative mining.

Axis letters: N images, A anchors, V values of each (one logit, five offsets), K lines or words, H x W pixels.
"""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from ocr.lines.drawing import draw_results
from ocr.lines.ground_truth import GroundTruthLines
from ocr.lines.scoring import find_on_pages, score_results
from ocr.lines.ssd.anchors import BACKGROUND, IGNORED, encode
from ocr.lines.ssd.detection import normalise
from ocr.lines.ssd.detector import NetworkDetector
from ocr.lines.ssd.ground_truth import Scene, empty_scene
from ocr.lines.ssd.settings import Anchors, SSDSettings
from ocr.lines.ssd.augmentation import TrainingCrop, random_crop
from ocr.engine.learner import TracedTraining
from ocr.synthesis.printer import Printer
from ocr.engine.network import Network

HEIGHT = 512
"""Height of the training images in pixels; their width is that of the images that lines are detected in."""


def trace_detector(seed: int, hard_negatives: float = 3.0, anchors: Anchors = Anchors()) -> TracedTraining:
    """Make a new detector with its loss, ready for the learner of any engine.

    Parameters
    ----------
    seed : of the initial weights.
    hard_negatives : negative anchors that count in the loss, as a multiple of the positive ones: those with the highest scores
        in each image, at least 32.
    anchors : the network gets one output for each.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, https://arxiv.org/abs/1512.02325, section 2.2.
    """
    from ocr.engine.gluon import import_mxnet, trace_training
    from ocr.lines.ssd.network import SSDNet

    mx = import_mxnet()
    mx.random.seed(seed)
    network = SSDNet(len(anchors.lines.shapes), len(anchors.words.shapes), prefix="detector_")
    network.initialize(mx.init.Xavier(magnitude=2.0))
    size = 64, 128
    sample = {"images": np.zeros((2, 1, *size), np.float32)}
    for name, boxes in (("line", anchors.lines), ("word", anchors.words)):
        count = len(boxes.boxes(size))
        sample[f"{name}_match"] = np.zeros((2, count), np.float32)
        sample[f"{name}_offsets"] = np.zeros((2, count, 5), np.float32)
    return trace_training(network, _detection_loss(mx, hard_negatives), sample)


def _detection_loss(mx: Any, hard_negatives: float) -> Any:
    """Make the loss, (1,), of the network's two outputs, (N, A, V), and of two matches, (N, A), and offsets, (N, A, 5).

    A match is 1 for a positive anchor, 0 for a negative and -1 for an ignored one.
    """
    class DetectionLoss(mx.gluon.HybridBlock):
        def hybrid_forward(self, F: Any, lines: Any, words: Any, line_match: Any, line_offsets: Any, word_match: Any,
                           word_offsets: Any) -> Any:
            return self.part(F, lines, line_match, line_offsets) + self.part(F, words, word_match, word_offsets)

        def part(self, F: Any, values: Any, match: Any, offsets: Any) -> Any:
            logits = F.squeeze(F.slice_axis(values, axis=2, begin=0, end=1), axis=2)     # (N, A)
            positive, background = match > 0.5, F.abs(match) < 0.5                       # (N, A)
            entropy = F.relu(logits) - logits * positive + F.log(1 + F.exp(-F.abs(logits)))
            hardness = F.BlockGrad(logits * background - 1000.0 * (1 - background))
            rank = F.argsort(F.argsort(hardness, axis=1, is_ascend=False), axis=1)       # (N, A), 0 is the hardest
            quota = F.maximum(hard_negatives * F.sum(positive, axis=1, keepdims=True), 32.0)
            counted = positive + background * F.broadcast_lesser(rank, quota)
            predicted = F.slice_axis(values, axis=2, begin=1, end=6)                     # (N, A, 5)
            regression = F.sum(F.smooth_l1(predicted - offsets, scalar=1.0), axis=2)       # (N, A)
            total = F.sum(entropy * counted) + 0.5 * F.sum(regression * positive)
            return total / F.maximum(F.sum(positive), 16.0)                              # (1,)

    return DetectionLoss(prefix="detection_loss_")


_EMPTY = 0.1                # images without handwriting, printed or blank, for each image of a page


class LineTask:
    """The training task of the line and word detector; see `ocr.training.task.Task` for the methods.

    Parameters
    ----------
    scenes : pages of training writers.
    validation : pages of validation writers, scored with their ground-truth regions.
    batch_size : images in a batch.
    views : training crops of each page in an epoch.
    printed : number of pages without handwriting; one training image in eleven shows one of them.
    seed : of these pages, which print words of the training pages.
    settings : of the detector.
    """

    name = "lines"
    reads = "images"
    key = "score"
    smaller_is_better = False

    def __init__(self, scenes: Sequence[Scene], validation: Sequence[GroundTruthLines], batch_size: int = 8, views: int = 1,
                 printed: int = 100, seed: int = 0, settings: SSDSettings = SSDSettings()):
        self.settings = settings
        self.scenes, self.validation = list(scenes), list(validation)
        self.batch_size, self.views = batch_size, views
        printer, rng = Printer([scene.text for scene in self.scenes]), np.random.default_rng(seed)
        width = self.scenes[0].pixels.shape[1]
        self._empty = [empty_scene(printer.draw(rng, (round(1.4 * width), width)).pixels) for _ in range(printed)]

    def plan(self, rng: np.random.Generator) -> List[np.ndarray]:
        """Put the pages into batches in random order, -1 standing for a page without handwriting."""
        order = np.concatenate([rng.permutation(len(self.scenes)) for _ in range(self.views)])
        order = np.insert(order, rng.integers(len(order) + 1, size=round(_EMPTY * len(order))), -1)
        size = min(self.batch_size, len(order))
        return [order[start:start + size] for start in range(0, len(order) - size + 1, size)]

    def batch(self, recipe: np.ndarray, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Augment some pages and make the inputs of the loss."""
        scenes = [self.scenes[index] if index >= 0 else self._empty[rng.integers(len(self._empty))] for index in recipe]
        size = HEIGHT, self.settings.width
        crops = [random_crop(scene, size, rng, self.settings.input) for scene in scenes]
        images = np.stack([normalise(crop.pixels)[None] for crop in crops])              # (N, 1, H, W)
        targets = [make_targets(crop, size, self.settings.anchors) for crop in crops]
        return {"images": images, **{name: np.stack([target[name] for target in targets]) for name in targets[0]}}

    def evaluate(self, network: Network) -> Dict[str, float]:
        """Score each data set's validation pages; `score` is the mean of all F1, of lines and words, at both IoU."""
        results = find_on_pages(self.validation, NetworkDetector(network, self.settings))
        scores: Dict[str, float] = {}
        for source in sorted({result.ground_truth.source for result in results}):
            part = score_results([result for result in results if result.ground_truth.source == source]).as_dict()
            scores.update({f"{source}_{name}": round(value, 4) for name, value in part.items() if isinstance(value, float)})
        chosen = [value for name, value in scores.items() if name.endswith(("line_f1", "word_f1", "line_f1_75", "word_f1_75"))]
        return {"score": float(np.mean(chosen)), **scores}

    def drawing(self, network: Network) -> np.ndarray:
        """Draw the detections on some validation pages."""
        step = max(1, len(self.validation) // 6)
        return draw_results(find_on_pages(self.validation[::step][:6], NetworkDetector(network, self.settings)))


def make_targets(crop: TrainingCrop, size: Tuple[int, int], anchors: Anchors = Anchors()) -> Dict[str, np.ndarray]:
    """Return the targets of the loss for one training crop of (height, width) pixels."""
    targets: Dict[str, np.ndarray] = {}
    for name, anchor_map, ground_truth, cut in (("line", anchors.lines, crop.lines, crop.cut_lines),
                                                ("word", anchors.words, crop.words, crop.cut_words)):
        boxes = anchor_map.boxes(size)                                                   # (A, 5)
        matches = anchor_map.match(np.concatenate([ground_truth, cut]), size)               # (A,)
        matches[matches >= len(ground_truth)] = IGNORED
        if name == "word":
            matches[(matches == BACKGROUND) & _inside(boxes, crop.unknown)] = IGNORED
        positive = np.flatnonzero(matches >= 0)
        offsets = np.zeros((len(boxes), 5), np.float32)
        offsets[positive] = encode(ground_truth[matches[positive]], boxes[positive], anchors.variances)
        targets[f"{name}_offsets"] = offsets
        targets[f"{name}_match"] = np.where(matches >= 0, 1, np.where(matches == IGNORED, -1, 0)).astype(np.float32)
    return targets


def _inside(boxes: np.ndarray, zones: np.ndarray) -> np.ndarray:
    """Tell whether the centres of anchors, (A, 5), lie in slanted boxes, (K, 5): (A,) bool."""
    inside = np.zeros(len(boxes), dtype=bool)
    for x, y, width, height, slope in zones:
        inside |= ((np.abs(boxes[:, 0] - x) < width / 2 + 8)
                   & (np.abs(boxes[:, 1] - y - slope * (boxes[:, 0] - x)) < height / 2 + 4))
    return inside
