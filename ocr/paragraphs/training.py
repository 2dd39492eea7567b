"""Train the page network: its batches, its targets and its loss.

Axes: N training crops in a batch, H x W pixels, h x w = H/8 x W/8 cells of the map.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import cv2
import numpy as np

from ocr.images.rectify import turn
from ocr.paragraphs.drawing import draw_pages
from ocr.paragraphs.kinds import KINDS
from ocr.paragraphs.maps import CELL, ink
from ocr.paragraphs.regions import close_gaps
from ocr.paragraphs.scoring import score_pages
from ocr.paragraphs.ground_truth import LabelledPage
from ocr.paragraphs.augmentation import TrainingCrop, compose, random_crop
from ocr.engine.learner import TracedTraining
from ocr.synthesis.paper import wear
from ocr.synthesis.printer import PrintedPage, Printer, blank
from ocr.engine.network import Network

SIZES = ((512, 384), (384, 512), (448, 448))    # (H, W) of training crops, one size a batch; smaller than pages at inference


@dataclass(frozen=True)
class Recipe:
    """Plan of one batch: the size of its crops, and the indices of their pages; -1 stands for a composed page."""

    size: Tuple[int, int]
    pages: Tuple[int, ...]


def trace_page_network(seed: int, turn_weight: float = 0.5) -> TracedTraining:
    """Make a new page network with its loss, ready for the learner of any engine.

    Parameters
    ----------
    seed : of the initial weights.
    turn_weight : see `page_loss`.
    """
    from ocr.engine.gluon import import_mxnet, trace_training
    from ocr.paragraphs.network import PageNet

    mx = import_mxnet()
    mx.random.seed(seed)
    network = PageNet(prefix="pages_")
    network.initialize(mx.init.Xavier(magnitude=2.0))
    maps = np.zeros((2, len(KINDS), 8, 8), np.float32)
    sample = {"images": np.zeros((2, 1, 64, 64), np.float32), "area": maps, "known": maps,
              "ways": np.zeros((2, 4, 4, 4), np.float32)}
    return trace_training(network, page_loss(turn_weight), sample)


def page_loss(turn_weight: float) -> Any:
    """Make the loss: a HybridBlock of both outputs, the kinds of text, where they are known, and the votes, that gives (1,).

    For each kind it is the binary cross-entropy on its map, where the kind is known, plus half of one minus the Dice
    coefficient; to their sum comes `turn_weight` times the cross-entropy of the votes on the orientation, counted where
    there is text.

    Source of the Dice loss: Milletari et al., V-Net, https://arxiv.org/abs/1606.04797.
    """
    from ocr.engine.gluon import import_mxnet

    mx: Any = import_mxnet()

    class PageLoss(mx.gluon.HybridBlock):
        def hybrid_forward(self, F: Any, writing: Any, turns: Any, area: Any, known: Any, ways: Any) -> Any:
            entropy = F.relu(writing) - writing * area + F.Activation(-F.abs(writing), act_type="softrelu")
            probability = F.sigmoid(writing) * known                                                 # (N, K, h, w)

            def of_kinds(values: Any) -> Any:
                return F.sum(values, axis=(0, 2, 3))                                                 # (K,)

            dice = (2.0 * of_kinds(probability * area) + 100.0) / (of_kinds(probability) + of_kinds(area) + 100.0)    # (K,)
            votes = -F.sum(F.log_softmax(turns, axis=1) * ways) / (F.sum(ways) + 1.0)           # (1,)
            return len(KINDS) * (F.mean(entropy * known) + 0.5 * (1.0 - F.mean(dice))) + turn_weight * votes

    return PageLoss()


class ParagraphTask:
    """The training task of the page network; see `ocr.training.task.Task` for the methods.

    Parameters
    ----------
    train, validation : pages of training and of validation writers.
    batch_size : images in a batch: half as many crops, and the same upside down.
    strength : strength of the augmentation, 0 to 1.
    synthetic : crops of composed pages for each crop of a real one.
    """

    name = "paragraphs"
    reads = "images"
    key = "quality"
    smaller_is_better = False

    def __init__(self, train: Sequence[LabelledPage], validation: Sequence[LabelledPage], batch_size: int = 8,
                 strength: float = 1.0, synthetic: float = 0.6):
        self.train, self.validation = list(train), list(validation)
        self.batch_size, self.strength, self.synthetic = batch_size, strength, synthetic
        self._printer = Printer([page.text for page in self.train])

    def plan(self, rng: np.random.Generator) -> List[Recipe]:
        """Put every page once, and the set share of composed pages, into batches of one crop size each."""
        pages = np.concatenate([np.arange(len(self.train)), np.full(int(self.synthetic * len(self.train)), -1)])
        rng.shuffle(pages)
        step = max(1, self.batch_size // 2)
        groups = [pages[start:start + step] for start in range(0, len(pages), step)]
        return [Recipe(SIZES[int(rng.integers(len(SIZES)))], tuple(int(index) for index in group)) for group in groups]

    def batch(self, recipe: Recipe, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """Make the network's images and the two targets of the loss; each crop enters twice, once upside down.

        With both in one batch, the gradients of what they have in common cancel: without that the network takes very
        much longer to learn what upside-down handwriting looks like.
        """
        crops = [random_crop(self._page(index, rng), recipe.size, rng, self.strength) for index in recipe.pages]
        crops += [crop.upside_down() for crop in crops]
        return {"images": np.stack([ink(crop.pixels)[None] for crop in crops]),                 # (N, 1, H, W)
                "area": np.stack([_shares(crop, CELL) for crop in crops]),                      # (N, K, h, w)
                "known": np.stack([_known(crop) for crop in crops]),                            # (N, K, h, w)
                "ways": np.stack([_ways(crop) for crop in crops])}                              # (N, 4, h/2, w/2)

    def evaluate(self, network: Network) -> Dict[str, float]:
        """Score the validation pages, in all four orientations for the orientation."""
        score = score_pages(self.validation, network)
        orientation = score.orientation or 0.0
        return {"quality": (score.area.iou + score.regions.f1 + orientation) / 3, "iou": score.area.iou,
                "f1": score.regions.f1, "precision": score.regions.precision, "recall": score.regions.recall,
                "orientation": orientation}

    def drawing(self, network: Network) -> np.ndarray:
        """Draw the maps and regions of some validation pages, in different orientations."""
        step = max(1, len(self.validation) // 8)
        pages = [turn(page.pixels, index) for index, page in enumerate(self.validation[::step][:8])]
        return draw_pages(pages, network)

    def _page(self, index: int, rng: np.random.Generator) -> LabelledPage:
        """Return a training page, or for -1 one composed of a background and up to four donors; some of them worn."""
        if index >= 0:
            page = self.train[index]
        else:
            size, sparse = (960, int(rng.uniform(640, 760))), rng.random() < _SPARSE
            printed = not sparse or rng.random() < 0.6
            background = _closed(self._printer.draw(rng, size, few=sparse)) if printed else blank(size)
            count = int(rng.integers(0 if printed else 1, 2 if printed else 3) if sparse else rng.choice(5, p=_DONORS))
            donors = [self.train[int(rng.integers(len(self.train)))] for _ in range(count)]
            page = compose(donors, background, rng, short=1.0 if sparse else 0.5)
        worn = rng.random() < _WORN * self.strength
        return replace(page, pixels=wear(page.pixels, rng)) if worn else page


_BLOCK = (8, 24)                               # columns and rows of paper between words, and lines, of one block of print
_WORN = 0.4                                    # probability of stains, folds, holes or dirt on a page
_SPARSE = 0.4                                  # probability that a composed page has a few words or lines and nothing else
_DONORS = (0.25, 0.25, 0.25, 0.15, 0.10)       # probabilities of 0, 1, 2, 3, 4 blocks of handwriting on a composed page


def _closed(page: PrintedPage) -> PrintedPage:
    """Mark the paper between lines of one block of print as its area, as it is with handwriting."""
    return replace(page, typed=close_gaps(page.typed, *_BLOCK), printed=close_gaps(page.printed, *_BLOCK))


def _shares(crop: TrainingCrop, cell: int) -> np.ndarray:
    """Return the share of each square cell that is text of a kind, (K, h, w) float32, 0 to 1."""
    rows, columns = (side // cell for side in crop.pixels.shape)
    shares = cv2.resize(crop.kinds, (columns, rows), interpolation=cv2.INTER_AREA)              # (h, w, K)
    return shares.transpose(2, 0, 1).astype(np.float32) / 255.0


def _known(crop: TrainingCrop) -> np.ndarray:
    """Return where it is known whether there is text of a kind, (K, h, w) float32: where there is handwriting there is no print."""
    shares = _shares(crop, CELL)
    known = np.ones_like(shares)
    if not crop.machine_known:
        known[1:] = shares[:1]
    return known


def _ways(crop: TrainingCrop) -> np.ndarray:
    """Return the one-hot orientation of each patch, weighted by its text, (4, h/2, w/2) float32."""
    shares = _shares(crop, 2 * CELL).max(axis=0)                                # (h/2, w/2)
    ways = np.zeros((4, *shares.shape), np.float32)
    ways[crop.turns] = shares
    return ways
