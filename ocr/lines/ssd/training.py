"""What the detector learns from and with which loss: smooth L1 and cross-entropy with hard negatives, for both maps.

Axis letters: N images, A default boxes, V values of each (one logit, five offsets), K lines or words, H x W pixels.
"""
from __future__ import annotations

from typing import Dict, List, Mapping, Sequence, Tuple

import numpy as np

from ocr.lines.drawing import draw_results
from ocr.lines.ground_truth import GroundTruthLines
from ocr.lines.scoring import find_on_pages, score_results
from ocr.lines.ssd.anchors import BACKGROUND, IGNORED, encode
from ocr.lines.ssd.detection import normalise
from ocr.lines.ssd.detector import NetworkDetector
from ocr.lines.ssd.ground_truth import Scene, empty_scene
from ocr.lines.ssd.settings import Anchors, SSDSettings
from ocr.lines.ssd.views import View, random_view
from ocr.engine.learner import TracedTraining
from ocr.synthesis.printer import Printer
from ocr.training.task import Network

HEIGHT = 512
"""Pixels of the images that the detector learns from; they are as wide as those that it will find lines in."""


def trace_detector(seed: int, hard_negatives: float = 3.0, anchors: Anchors = Anchors()) -> TracedTraining:
    """Make a new detector with its loss, ready for any engine's learner.

    Parameters
    ----------
    seed : of the first weights.
    hard_negatives : background boxes that count in the loss, as a multiple of those that answer for a line or word:
        the ones with the highest scores in each image, 32 at least.
    anchors : default boxes, of which the network gets one output each.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, https://arxiv.org/abs/1512.02325, section 2.2.
    """
    from ocr.engine.gluon import import_mxnet, trace_training
    from ocr.lines.ssd.network import LineDetector

    mx = import_mxnet()
    mx.random.seed(seed)
    network = LineDetector(len(anchors.lines.shapes), len(anchors.words.shapes), prefix="detector_")
    network.initialize(mx.init.Xavier(magnitude=2.0))
    size = 64, 128
    sample = {"images": np.zeros((2, 1, *size), np.float32)}
    for name, boxes in (("line", anchors.lines), ("word", anchors.words)):
        count = len(boxes.boxes(size))
        sample[f"{name}_match"] = np.zeros((2, count), np.float32)
        sample[f"{name}_offsets"] = np.zeros((2, count, 5), np.float32)
    return trace_training(network, _detection_loss(mx, hard_negatives), sample)


def _detection_loss(mx, hard_negatives: float):
    """Make the loss, (1,), of the network's two outputs, (N, A, V), and of two matches, (N, A), and offsets, (N, A, 5).

    A match is 1 for a default box that answers for a line or word, 0 for background and -1 for one that does not count.
    """
    class DetectionLoss(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, lines, words, line_match, line_offsets, word_match, word_offsets):
            return self.part(F, lines, line_match, line_offsets) + self.part(F, words, word_match, word_offsets)

        def part(self, F, values, match, offsets):
            logits = F.squeeze(F.slice_axis(values, axis=2, begin=0, end=1), axis=2)     # (N, A)
            positive, background = match > 0.5, F.abs(match) < 0.5                       # (N, A)
            entropy = F.relu(logits) - logits * positive + F.log(1 + F.exp(-F.abs(logits)))
            hardness = F.BlockGrad(logits * background - 1000.0 * (1 - background))
            rank = F.argsort(F.argsort(hardness, axis=1, is_ascend=False), axis=1)       # (N, A), 0 is the hardest
            quota = F.maximum(hard_negatives * F.sum(positive, axis=1, keepdims=True), 32.0)
            counted = positive + background * F.broadcast_lesser(rank, quota)
            places = F.slice_axis(values, axis=2, begin=1, end=6)                        # (N, A, 5)
            misplaced = F.sum(F.smooth_l1(places - offsets, scalar=1.0), axis=2)         # (N, A)
            total = F.sum(entropy * counted) + 0.5 * F.sum(misplaced * positive)
            return total / F.maximum(F.sum(positive), 16.0)                              # (1,)

    return DetectionLoss(prefix="detection_loss_")


_EMPTY = 0.1                # images without handwriting, of print or of nothing, for each image of a page


class LineTask:
    """Learning to find lines and words; see `ocr.training.task.Task` for the methods.

    Parameters
    ----------
    scenes : pages of training writers.
    validation : pages of validation writers, scored with their ground-truth regions.
    batch_size : images in a batch.
    views : images made of each page in an epoch.
    printed : how many different pages without handwriting there are; an image in eleven is of one of them.
    seed : of these pages, whose words are the training pages' own.
    settings : of the detector that learns.
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
        self._empty = [empty_scene(printer.draw(rng, (round(1.4 * width), width))) for _ in range(printed)]

    def plan(self, rng: np.random.Generator) -> List[np.ndarray]:
        """Deal out all pages, in random order, with -1 for images without handwriting among them."""
        order = np.concatenate([rng.permutation(len(self.scenes)) for _ in range(self.views)])
        order = np.insert(order, rng.integers(len(order) + 1, size=round(_EMPTY * len(order))), -1)
        size = min(self.batch_size, len(order))
        return [order[start:start + size] for start in range(0, len(order) - size + 1, size)]

    def batch(self, recipe: np.ndarray, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Look at some pages and make the loss's inputs."""
        scenes = [self.scenes[index] if index >= 0 else self._empty[rng.integers(len(self._empty))] for index in recipe]
        size = HEIGHT, self.settings.width
        views = [random_view(scene, size, rng, self.settings.input) for scene in scenes]
        images = np.stack([normalise(view.pixels)[None] for view in views])              # (N, 1, H, W)
        targets = [make_targets(view, size, self.settings.anchors) for view in views]
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
        """Draw what is found on some validation pages."""
        step = max(1, len(self.validation) // 6)
        return draw_results(find_on_pages(self.validation[::step][:6], NetworkDetector(network, self.settings)))


def make_targets(view: View, size: Tuple[int, int], anchors: Anchors = Anchors()) -> Dict[str, np.ndarray]:
    """Return what the loss compares the network's values with, for one view of (height, width) pixels."""
    targets: Dict[str, np.ndarray] = {}
    for name, boxes_of, ground_truth, cut in (("line", anchors.lines, view.lines, view.cut_lines),
                                       ("word", anchors.words, view.words, view.cut_words)):
        boxes = boxes_of.boxes(size)                                                     # (A, 5)
        owners = boxes_of.match(np.concatenate([ground_truth, cut]), size)                       # (A,)
        owners[owners >= len(ground_truth)] = IGNORED
        if name == "word":
            owners[(owners == BACKGROUND) & _inside(boxes, view.unknown)] = IGNORED
        found = np.flatnonzero(owners >= 0)
        offsets = np.zeros((len(boxes), 5), np.float32)
        offsets[found] = encode(ground_truth[owners[found]], boxes[found], anchors.variances)
        targets[f"{name}_offsets"] = offsets
        targets[f"{name}_match"] = np.where(owners >= 0, 1, np.where(owners == IGNORED, -1, 0)).astype(np.float32)
    return targets


def _inside(boxes: np.ndarray, zones: np.ndarray) -> np.ndarray:
    """Whether the centres of default boxes, (A, 5), lie in slanted boxes, (K, 5): (A,) bool."""
    inside = np.zeros(len(boxes), dtype=bool)
    for x, y, width, height, slope in zones:
        inside |= ((np.abs(boxes[:, 0] - x) < width / 2 + 8)
                   & (np.abs(boxes[:, 1] - y - slope * (boxes[:, 0] - x)) < height / 2 + 4))
    return inside
