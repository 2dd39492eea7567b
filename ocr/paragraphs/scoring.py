"""Score the regions of handwriting and the orientation that are predicted for pages."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from ocr.engine.network import Network
from ocr.images.load import image_size
from ocr.images.rectify import turn
from ocr.page.geometry import Polygon
from ocr.paragraphs.maps import cells_to_page, read_maps
from ocr.paragraphs.ground_truth import LabelledPage
from ocr.paragraphs.regions import FoundRegion, find_regions
from ocr.paragraphs.settings import ParagraphSettings
from ocr.scoring.detection import AreaScore, AreaScorer, DetectionScore, DetectionScorer
from ocr.scoring.report import interval, percent, plain_table


@dataclass(frozen=True)
class PageScore:
    """Segmentation scores of pages.

    Parameters
    ----------
    area : IoU of the area of handwriting.
    regions : precision, recall and F1 of regions at an IoU of 0.5.
    orientation : share of the images whose orientation was predicted correctly, 0 to 1; None where it was not scored.
    images : number of images whose orientation was scored.
    """

    area: AreaScore
    regions: DetectionScore
    orientation: Optional[float] = None
    images: int = 0

    def __str__(self) -> str:
        area, regions = self.area, self.regions
        rows = [("area of handwriting: IoU", percent(area.iou), interval(area.interval), area.pages),
                ("regions at IoU 0.5: F1", percent(regions.f1), interval(regions.f1_interval), regions.ground_truth),
                ("regions at IoU 0.5: precision", percent(regions.precision), None, regions.found),
                ("regions at IoU 0.5: recall", percent(regions.recall), None, regions.ground_truth)]
        if self.orientation is not None:
            rows.append(("orientation, pages turned all four ways", percent(self.orientation), None, self.images))
        return plain_table(("measured", "score", "95 % interval", "n"), rows)

    def as_dict(self) -> Dict[str, object]:
        """Return the scores for JSON."""
        return {"iou": self.area.iou, "iou_interval": list(self.area.interval), "f1": self.regions.f1,
                "f1_interval": list(self.regions.f1_interval), "precision": self.regions.precision,
                "recall": self.regions.recall, "orientation": self.orientation, "pages": self.area.pages,
                "regions": self.regions.ground_truth}


@dataclass(frozen=True)
class RegionPair:
    """Ground-truth and predicted regions of one page of (height, width) pixels."""

    ground_truth: Sequence[Polygon]
    found: Sequence[FoundRegion]
    size: Tuple[int, int]


def score_regions(pairs: Sequence[RegionPair], upright: Sequence[bool] = ()) -> PageScore:
    """Score the regions of many pages.

    Parameters
    ----------
    pairs : one for each page.
    upright : for each image whose orientation is scored, whether it was predicted correctly.
    """
    area, regions = AreaScorer(), DetectionScorer(iou=0.5)
    for pair in pairs:
        outlines = [region.polygon for region in pair.found]
        area.add(pair.ground_truth, outlines, pair.size)
        regions.add(pair.ground_truth, outlines, [region.confidence for region in pair.found])
    return PageScore(area.score(), regions.score(), sum(upright) / len(upright) if upright else None, len(upright))


def score_pages(pages: Sequence[LabelledPage], network: Network,
                 settings: ParagraphSettings = ParagraphSettings()) -> PageScore:
    """Score regions on upright pages, and the orientation on each page with handwriting in all four orientations."""
    pairs: List[RegionPair] = []
    upright: List[bool] = []
    for page in pages:
        maps = read_maps(page.pixels, network, settings)
        size = image_size(page.pixels)
        found = find_regions(maps.writing, cells_to_page(image_size(maps.writing), size), settings.regions)
        pairs.append(RegionPair(page.regions, found, size))
        if page.regions:
            upright.append(maps.orientation == 0)
            upright += [read_maps(turn(page.pixels, -turns), network, settings).orientation == turns
                        for turns in (1, 2, 3)]
    return score_regions(pairs, upright)
