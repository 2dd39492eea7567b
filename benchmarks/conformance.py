#!/usr/bin/env python3
"""Have programs and schemas of others judge every format that pages are written in.

reads   images, which are read first, or PAGE-XML and ALTO with their images; a page of awkward text comes with them
writes  with --keep the judged files; one table on stdout, why a file fails on stderr
next    what fails is wrong in ocr/page; judges that are missing: pip install ocrd hocr-spec hocr-tools dinglehopper in an
        environment of their own, whose programs are then on the PATH, and the packages qpdf and poppler-utils
"""
from __future__ import annotations

import argparse
import csv
import io
import json
import math
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, groupby, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
from lxml import etree, html

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ocr.formats.available import FORMATS  # noqa: E402
from ocr.page.geometry import Box, Polygon, Transform  # noqa: E402
from ocr.page.model import Line, Page, Reading, Region, Sheet, Word  # noqa: E402
from ocr.formats.plain_text import matching_words, region_text  # noqa: E402
from ocr.formats.xml_parsing import written_line  # noqa: E402

DATA = ROOT / "tests" / "data"
SCHEMAS = {"page": "pagecontent-2019-07-15.xsd", "alto": "alto-4-4.xsd"}
AWKWARD = ("R&D <b>\"Tom's\"</b>", "un\x00known \x1bcon\x0btrol \ud800 \ufffe", "]]> &amp; &#0; <!--",
           "e\u0301te\u0301 Vie\u0323\u0302t a\u0308\u0304", "\u0301lone \U0001d4d0\U0001f600 n\u00a0b;s %20", "")
POINTS = 4.0
"""How far a word of a PDF may be from where it is written, in points (1/72 inch)."""


@dataclass(frozen=True)
class Case:
    """A page, and the file of it that is judged."""

    sheet: Sheet
    file: Path


@dataclass(frozen=True)
class Judge:
    """Says None of a file that is right, or what is wrong with it.

    Parameters
    ----------
    format, name : of the row in the table.
    program : what must be installed, if anything.
    """

    format: str
    name: str
    program: Optional[str]
    check: Callable[[Case], Optional[str]]


def awkward_page(folder: Path) -> Sheet:
    """Make a page of what breaks documents: markup, control characters, combining marks, ids twice, outlines outside."""
    from PIL import Image

    image = folder / "awkward & <odd>;\".png"
    Image.new("L", (900, 700), 255).save(image)
    lines = []
    for row, text in enumerate(AWKWARD):
        top, tokens = 40 + 100 * row, text.split(" ") if text else []
        boxes = (Box.from_xywh(-20.4 + 220 * place, top, 181, 60) for place in range(len(tokens)))
        words = tuple(Word("w", Polygon.from_box(box), (Reading(token, 1.2), Reading("<&>", 0.1)), language="klingon & co")
                      for token, box in zip(tokens, boxes))
        outline = Polygon.from_box(Box(-20.4, top, 950, top + 60))
        lines.append(Line("0 1", outline, ((-20.4, top + 40.0), (950.0, top + 41.0)), words,
                          (Reading(text, 0.5),) if text else (), language="fr"))
    region = Region("0 1", Polygon.from_box(Box(-30, 20, 960, 640)), tuple(lines), "odd & <kind>")
    empty = Region("r", Polygon.from_box(Box(0, 650, 900, 690)))
    return Sheet(Page(image.name, (700, 900), (region, empty), language="French"), image)


def find_sheets(sources: Sequence[str], engine: str) -> Iterator[Tuple[str, Sheet]]:
    """Open documents with their images, and read images."""
    from ocr.batch.sources import list_sources
    from ocr.engine.settings import EngineSettings
    from ocr.images.load import count_frames, read_frame
    from ocr.formats.document import open_document
    from ocr.pipeline import Pipeline, ReadSettings

    pipeline = None
    for path in list_sources(sources):
        if path.suffix.lower() == ".xml":
            yield path.name, open_document(path)
            continue
        pipeline = pipeline or Pipeline(ReadSettings(EngineSettings(engine)))
        for frame in range(count_frames(path)):
            yield f"{path.name} {frame + 1}", Sheet(pipeline.read(read_frame(path, frame)), path)


def run(*words: object) -> subprocess.CompletedProcess:
    """Run a program and keep what it says."""
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, errors="replace", timeout=300)


def last_lines(result: subprocess.CompletedProcess, *signs: str) -> str:
    """Return the lines that a program said something wrong in, or the last ones."""
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    return " | ".join(([line for line in lines if any(sign in line for sign in signs)] or lines)[-3:]) or "it said nothing"


@cache
def schema(kind: str) -> etree.XMLSchema:
    """Load the official schema of a format; that of XLink, which ALTO names by its address, lies beside it."""
    class Beside(etree.Resolver):
        def resolve(self, url, public_id, context):
            return self.resolve_filename(str(DATA / Path(url).name), context)

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Beside())
    return etree.XMLSchema(etree.parse(str(DATA / SCHEMAS[kind]), parser))


def valid(kind: str, case: Case) -> Optional[str]:
    """Check a document against the schema of its format."""
    found = schema(kind)
    return None if found.validate(etree.parse(str(case.file))) else str(found.error_log.last_error)


def by_ocrd(case: Case) -> Optional[str]:
    """OCR-D's own rules, with texts of words, lines and regions that fit together to the letter."""
    result = run("ocrd", "validate", "page", case.file)
    return last_lines(result, "<error>") if result.returncode else None


def by_dinglehopper(case: Case) -> Optional[str]:
    """Compare a document's text, as dinglehopper reads it, with the page's: no character may differ."""
    ground_truth, report = case.file.with_suffix(".truth"), case.file.with_suffix(".report")
    texts = (region_text(region) for region in case.sheet.page.regions if region.text.strip())
    ground_truth.write_text("\n".join(texts) + "\n", "utf-8")
    result = run("dinglehopper", "--plain-encoding", "utf-8", ground_truth, case.file, report.name, case.file.parent)
    try:
        rate = json.loads(Path(f"{report}.json").read_text("utf-8"))["cer"]
    except (OSError, ValueError, KeyError):
        return last_lines(result, "Error")
    return None if rate == 0 else f"CER {rate}"


def by_hocr_spec(case: Case) -> Optional[str]:
    """hocr-spec's standard profile."""
    result = run("hocr-spec", case.file)
    return None if "[OK]" in result.stdout else last_lines(result, "[ERROR]", "[FATAL]")


def by_hocr_check(case: Case, options: Sequence[str] = ()) -> Optional[str]:
    """hocr-tools' hocr-check."""
    result = run("hocr-check", *options, case.file)
    right = not result.returncode and "ok 1 " in result.stderr and "not ok" not in result.stderr
    return None if right else last_lines(result, "not ok")


def by_qpdf(case: Case) -> Optional[str]:
    """qpdf --check, which says so if it had to warn."""
    result = run("qpdf", "--check", case.file)
    return None if not result.returncode else last_lines(result)


def by_pdftotext(case: Case) -> Optional[str]:
    """Every word is found by pdftotext at its height, and reaches no more than some points out of its outline."""
    result = run("pdftotext", "-bbox", case.file, "-")
    (printed,) = etree.fromstring(result.stdout.encode(), etree.XMLParser(no_network=True)).iter("{*}page")
    found: Dict[str, List[Box]] = {}
    for word in printed.iter("{*}word"):
        sides = Box(*(float(word.get(side)) for side in ("xMin", "yMin", "xMax", "yMax")))
        found.setdefault(unicodedata.normalize("NFC", word.text or ""), []).append(sides)
    page, wrong, count = case.sheet.page, [], 0
    upright, width = Transform.quarter_turns(page.orientation, page.size), page.size[1 - page.orientation % 2]
    to_points = upright.then(Transform.from_array(np.diag([float(printed.get("width")) / width] * 2 + [1])))
    for word in (word for line in page.lines for word in matching_words(line)):
        outline = to_points.polygon(word.polygon.clip(page.size)).box
        for text in written_line(word.text).split():
            distance = min((_distance(outline, box) for box in found.get(text, ())), default=math.inf)
            count += 1
            if distance > POINTS:
                wrong.append(f"{text} ({distance:.1f} points away)" if math.isfinite(distance) else f"{text} (missing)")
    return f"{len(wrong)} of {count} words: {', '.join(wrong[:5])}" if wrong else None


def _distance(outline: Box, box: Box) -> float:
    """Return how far a box reaches to the left or right out of an outline, or is above or below its middle."""
    return max(outline.left - box.left, box.right - outline.right, abs(outline.centre[1] - box.centre[1]))


def lines_of(kind: str, data: bytes) -> List[str]:
    """Read the lines of a file's text, in the file's own order."""
    from ocr.formats.alto_reading import page_from_alto
    from ocr.formats.page_json import page_from_json
    from ocr.formats.page_xml_reading import page_from_xml
    from ocr.formats.xml_parsing import parse_xml_bytes

    if kind == "txt":
        return [line for line in data.decode("utf-8").split("\n") if line]
    if kind == "tsv":
        rows = csv.DictReader(io.StringIO(data.decode("utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE)
        words = [((row["block_num"], row["line_num"]), row["text"]) for row in rows if row["level"] == "5"]
        return [" ".join(text for _, text in line) for _, line in groupby(words, key=lambda word: word[0])]
    if kind == "hocr":
        return [line.text_content() for line in html.document_fromstring(data).find_class("ocr_line")]
    page = {"json": lambda: page_from_json(data), "alto": lambda: page_from_alto(parse_xml_bytes(data, kind), kind),
            "page": lambda: page_from_xml(parse_xml_bytes(data, kind), kind)}[kind]()
    return [line.text for line in page.lines]


def same_text(kind: str, case: Case) -> Optional[str]:
    """Every line is there with its text, in the page's order."""
    pair = [line.text for line in case.sheet.page.lines], lines_of(kind, case.file.read_bytes())
    ours, theirs = ([text for text in (" ".join(written_line(line).split()) for line in lines) if text] for lines in pair)
    wrong = [f"{one!r} became {other!r}" for one, other in zip_longest(ours, theirs) if one != other]
    return wrong[0] if wrong else None


def same_page(case: Case) -> Optional[str]:
    """JSON gives back the very same page."""
    from ocr.formats.page_json import page_from_json

    return None if page_from_json(case.file.read_bytes()) == case.sheet.page else "another page came back"


def ids_and_places(case: Case) -> Optional[str]:
    """No id stands twice, and every outline and baseline lies inside the page."""
    root = etree.parse(str(case.file)).getroot()
    twice = [name for name, count in Counter(root.xpath("//@id | //@ID")).items() if count > 1]
    height, width = case.sheet.page.size
    texts = root.xpath("//@points | //@POINTS | //@BASELINE") + [
        match for title in root.xpath("//@title") for match in re.findall("(?:bbox|poly)((?: [0-9-]+)+)", title)]
    values = [[float(value) for value in re.split("[ ,]", text.strip())] for text in texts]
    outside = [value for value in values if min(value) < 0 or max(value[::2]) > width or max(value[1::2]) > height]
    return f"twice: {twice[:3]}, outside: {outside[:1]}" if twice or outside else None


JUDGES = (
    *(Judge(kind, "text and order", None, partial(same_text, kind)) for kind in FORMATS if kind != "pdf"),
    *(Judge(kind, "ids, places", None, ids_and_places) for kind in ("page", "alto", "hocr")),
    *(Judge(kind, "official schema", None, partial(valid, kind)) for kind in SCHEMAS),
    Judge("page", "ocrd validate page", "ocrd", by_ocrd),
    *(Judge(kind, "dinglehopper, CER 0", "dinglehopper", by_dinglehopper) for kind in SCHEMAS),
    Judge("hocr", "hocr-spec, standard", "hocr-spec", by_hocr_spec),
    Judge("hocr", "hocr-check --nooverlap", "hocr-check", partial(by_hocr_check, options=("--nooverlap",))),
    Judge("hocr", "hocr-check, boxes apart", "hocr-check", by_hocr_check),
    Judge("pdf", "qpdf --check", "qpdf", by_qpdf),
    Judge("pdf", f"pdftotext, {POINTS:g} points", "pdftotext", by_pdftotext),
    Judge("json", "page unchanged", None, same_page),
)


def judged(judge: Judge, cases: Dict[str, Dict[str, Case]]) -> Dict[str, object]:
    """Show a judge every page; say why on stderr where it finds fault."""
    counts = {"format": judge.format, "judge": judge.name, "passed": 0, "failed": 0}
    if judge.program and not shutil.which(judge.program):
        return {**counts, "failed": "judge not installed"}
    for name, files in cases.items():
        try:
            reason = judge.check(files[judge.format])
        except Exception as error:                          # a judge that breaks down has not passed the file
            reason = f"{type(error).__name__}: {error}"
        counts["failed" if reason else "passed"] += 1
        if reason:
            print(f"{judge.format}, {judge.name}: {name}: {reason[:600]}", file=sys.stderr)
    return counts


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", metavar="PAGES", default=[str(ROOT / "samples")],
                        help="images, PAGE-XML or ALTO, folders of them, or globs (default: the samples)")
    parser.add_argument("--engine", default="onnx", help="that reads images (default: onnx)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="folder for the judged files")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    return parser.parse_args(argv)


def main(argv: Optional[List[str]] = None) -> int:
    """Write every page in every format and show the files to every judge."""
    from ocr.scoring.report import markdown_table

    arguments = parse_args(argv)
    with TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        cases: Dict[str, Dict[str, Case]] = {}
        awkward = [("awkward text", awkward_page(folder))]
        for name, sheet in chain(awkward, find_sheets(arguments.sources, arguments.engine)):
            cases[name] = {}
            for kind in FORMATS.values():
                cases[name][kind.name] = Case(sheet, folder / f"{len(cases):03d}{kind.suffix}")
                cases[name][kind.name].file.write_bytes(kind.write([sheet]))
        rows = [judged(judge, cases) for judge in JUDGES]
    print(f"{len(cases)} pages\n\n{markdown_table(list(rows[0]), [list(row.values()) for row in rows])}")
    if arguments.json:
        print(json.dumps({"pages": len(cases), "judges": rows}))
    return int(any(row["failed"] not in (0, "judge not installed") for row in rows))


if __name__ == "__main__":
    from ocr.errors import exit_code

    sys.exit(exit_code(main))
