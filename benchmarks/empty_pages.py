#!/usr/bin/env python3
"""Print on how many pages without handwriting lines are found all the same: blank ones, worn ones, printed ones.

reads   with --data, the printed parts of a data set's pages; the other pages are synthetic
writes  nothing, or with --overlay images of the pages on which something was found; one table on stdout
next    stages 1 and 2 should be trained on what is taken for handwriting
"""
from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ocr.synthesis.fonts import Face  # noqa: E402
from ocr.synthesis.pages import PageStyle, compose_page  # noqa: E402
from ocr.synthesis.paper import PAPER_RULINGS, PaperRuling, blank_paper, photograph, rule, scan, wear  # noqa: E402
from ocr.synthesis.printer import Printer, machine_fonts  # noqa: E402

SIZE = (1754, 1240)         # of a page, 150 dots an inch
WORDS = " ".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "samples").glob("*.txt")))
Maker = Callable[[np.random.Generator], np.ndarray]
"""Makes a page without handwriting, (H, W, 3) uint8 RGB."""


def plane(rng: np.random.Generator) -> np.ndarray:
    """One colour all over: white, cream, any grey."""
    grey = int(rng.integers(20, 256))
    colours = (255, 255, 255), (246, 240, 222), (grey, grey, grey)
    return np.full((*SIZE, 3), colours[rng.integers(3)], np.uint8)


def paper(rng: np.random.Generator, ruling: PaperRuling = "none", view=scan, worn: bool = False) -> np.ndarray:
    """A sheet of paper that nobody wrote on."""
    image = blank_paper(SIZE, rng)
    rule(image, ruling, rng.uniform(30, 75), rng.uniform(60, 250), rng)
    return view(wear(image, rng) if worn else image, rng)[0]


def worn(rng: np.random.Generator) -> np.ndarray:
    """A sheet of paper with stains, folds, holes or dirt, scanned or photographed."""
    return paper(rng, PAPER_RULINGS[rng.integers(len(PAPER_RULINGS))], (scan, photograph)[rng.integers(2)], True)


def printed(rng: np.random.Generator, printer: Printer, view=scan) -> np.ndarray:
    """A page of print: paragraphs, headings, tables, forms."""
    ink = cv2.resize(printer.draw(rng, (960, 679)).pixels, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    return view((blank_paper(SIZE, rng) * (ink[..., None] / 255)).astype(np.uint8), rng)[0]


def form(rng: np.random.Generator, faces: List[Face]) -> np.ndarray:
    """A form that nobody filled in: heading, notice and footer on plain or ruled paper, in any view."""
    words = WORDS.encode("ascii", "ignore").decode().split()
    start = int(rng.integers(len(words) - 80))
    style = PageStyle(SIZE, heading=" ".join(words[start:start + int(rng.integers(1, 5))]),
                      notice=" ".join(words[start + 5:start + int(rng.integers(6, 70))]), footer=words[start],
                      ruling=PAPER_RULINGS[rng.integers(len(PAPER_RULINGS))], view=("flat", "scan", "photo")[rng.integers(3)])
    return compose_page(int(rng.integers(2 ** 31)), "", faces, style, print_faces=faces).pixels


def makers() -> Dict[str, Maker]:
    """Return the kinds of page by name."""
    printer, faces = Printer([WORDS]), [Face(str(path)) for path in machine_fonts()] or [Face("")]
    return {"one colour": plane,
            **{f"paper, {ruling}": partial(paper, ruling=ruling) for ruling in PAPER_RULINGS},
            **{f"paper, {ruling}, photo": partial(paper, ruling=ruling, view=photograph) for ruling in PAPER_RULINGS},
            "worn paper": worn, "print": partial(printed, printer=printer),
            "print, photo": partial(printed, printer=printer, view=photograph), "forms": partial(form, faces=faces)}


def above_writing(spec: str, split: str) -> Iterator[np.ndarray]:
    """Cut off what stands above the first line of a data set's pages; pages with little above it are passed over."""
    from ocr.datasets.opening import open_dataset
    from ocr.images.load import read_frame

    for ground_truth in open_dataset(spec).pages(split):
        boxes = [line.polygon.box for line in ground_truth.page.lines]
        rows = int(min(box.top for box in boxes) - 0.5 * np.median([box.height for box in boxes])) if boxes else 0
        if rows > 0.08 * ground_truth.page.size[0] and ground_truth.page.orientation == 0:
            yield np.ascontiguousarray(read_frame(ground_truth.image, ground_truth.page.frame).pixels[:rows])


def count(name: str, pages: Iterator[np.ndarray], pipeline, overlay: Optional[Path]) -> List[int]:
    """Read pages: how many there are, on how many lines were found, and how many regions and lines."""
    from ocr.exporting import overlay_bytes
    from ocr.images.load import PageImage
    from ocr.output import make_folder, write_atomically

    total = wrong = regions = lines = 0
    for pixels in pages:
        image = PageImage(Path(name), 0, pixels)
        page = pipeline.read(image)
        found = sum(1 for _ in page.lines)
        total, wrong, regions, lines = total + 1, wrong + (found > 0), regions + len(page.regions), lines + found
        if overlay and page.regions:
            make_folder(overlay)
            write_atomically(overlay / f"{name.replace(' ', '-')}-{total}.jpg", overlay_bytes(page, image))
    return [total, wrong, regions, lines]


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    from ocr.datasets.opening import DATA_SETS
    from ocr.reading import add_pipeline_options

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=25, metavar="N", help="synthetic pages of each kind (default: 25)")
    parser.add_argument("--seed", type=int, default=0, help="of the synthetic pages (default: 0)")
    parser.add_argument("--data", metavar="KIND:DIR", help=f"{DATA_SETS}, for print above handwriting")
    parser.add_argument("--split", default="validation", help="name or list file (default: validation)")
    parser.add_argument("--overlay", type=Path, metavar="DIR", help="folder for images of what was found")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    add_pipeline_options(parser, models=True, decoding=False)
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    """Read pages of every kind and count what should not be there."""
    from ocr.pipeline import Pipeline
    from ocr.reading import read_settings
    from ocr.scoring.report import markdown_table

    arguments = parse_args(argv)
    pipeline = Pipeline(read_settings(arguments))
    rows = []
    for number, (name, make) in enumerate(makers().items()):
        pages = (make(np.random.default_rng([arguments.seed, number, page])) for page in range(arguments.pages))
        rows.append([name, *count(name, pages, pipeline, arguments.overlay)])
    if arguments.data:
        rows.append(["above the writing", *count("above", above_writing(arguments.data, arguments.split), pipeline,
                                                 arguments.overlay)])
    rows.append(["all", *(sum(column) for column in list(zip(*rows))[1:])])
    header = ["without handwriting", "pages", "pages with lines", "regions", "lines"]
    print(markdown_table(header, rows))
    if arguments.json:
        print(json.dumps({row[0]: dict(zip(header[1:], row[1:])) for row in rows}))
    return 0


if __name__ == "__main__":
    from ocr.errors import exit_code

    sys.exit(exit_code(main))
