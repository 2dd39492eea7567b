"""Convert a page to JSON and back without loss; the docstring of `page_json` describes the format."""
from __future__ import annotations

import json
import math
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from ocr.errors import PageFormatError
from ocr.page.geometry import Point, Polygon
from ocr.page.model import Foreign, Line, Page, ProcessingStep, Reading, Region, Word

VERSION = 1
"""Incremented when readers of older documents can no longer read what is written."""

Json = Dict[str, Any]


def page_json(page: Page) -> Json:
    """Return a page as values that JSON can represent.

    Coordinates are numbers, in pixels of the original image, as in the Page; confidences are from 0 to 1, or null.
    Readings are best first.

    ====================  ============================================================================================
    of                    keys
    ====================  ============================================================================================
    the document          version, image, size [height, width], orientation (clockwise quarter turns that make the
                          image upright), frame (in its file), language, steps, regions in reading order
    a region              id, polygon [[x, y], ...], kind, production, language, outline_confidence, lines in reading order
    a line                id, polygon, baseline [[x, y], ...], text, confidence (both of the best reading; without one
                          the words' texts, and null), readings [{text, confidence}], language, outline_confidence,
                          words in reading order
    a word                id, polygon, text, confidence, readings, language, outline_confidence
    a step                stage, model, sha256, version, settings [[name, value], ...], warnings [text, ...]
    all but steps         foreign {attributes, elements}, what PAGE-XML of another program held besides
    ====================  ============================================================================================
    """
    return {"version": VERSION, "image": page.image_filename, "size": list(page.size), "orientation": page.orientation,
            "frame": page.frame, "language": page.language,
            "steps": [{"stage": step.stage, "model": step.model, "sha256": step.sha256, "version": step.version,
                       "settings": [list(pair) for pair in step.settings], "warnings": list(step.warnings)} for step in page.steps],
            "regions": [_region(region) for region in page.regions], **_kept(page.foreign)}


def page_json_bytes(page: Page) -> bytes:
    """Return a page as JSON in UTF-8; see `page_json`. Lone surrogates are escaped, as JSON can."""
    text = json.dumps(page_json(page), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def page_from_json(data: Union[bytes, str], source: str = "JSON") -> Page:
    """Read a page that `page_json_bytes` wrote.

    Parameters
    ----------
    data : the document.
    source : the file's name, for messages.

    Raises
    ------
    PageFormatError : it is not JSON, not a page, or of another version.
    """
    try:
        found = json.loads(data)
        if found["version"] != VERSION:
            raise PageFormatError(f"{source}: is of version {found['version']}; version {VERSION} is read.")
        height, width = found["size"]
        return Page(_string(found["image"]), (int(height), int(width)), tuple(map(_read_region, found["regions"])),
                    int(found["orientation"]), int(found["frame"]), found["language"],
                    tuple(map(_read_step, found["steps"])), _read_kept(found))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise PageFormatError(f"{source}: is not a page as this program writes it in JSON "
                              f"({type(error).__name__}: {error}).") from error


def _confidence(value: Optional[float]) -> Optional[float]:
    """Return a confidence, None where JSON cannot represent it."""
    return value if value is not None and math.isfinite(value) else None


def _points(points: Sequence[Point]) -> List[List[float]]:
    return [list(point) for point in points]


def _kept(foreign: Foreign) -> Json:
    """Return what a document of another program held besides; an empty dict where there is nothing."""
    if foreign == Foreign():
        return {}
    return {"foreign": {"attributes": [list(pair) for pair in foreign.attributes],
                        "elements": [element.decode("utf-8") for element in foreign.elements]}}


def _shape(item: Union[Region, Line, Word]) -> Json:
    return {"id": item.id, "polygon": _points(item.polygon.points), "language": item.language,
            "outline_confidence": _confidence(item.confidence), **_kept(item.foreign)}


def _readings(item: Union[Region, Line, Word]) -> List[Json]:
    return [{"text": reading.text, "confidence": _confidence(reading.confidence)} for reading in item.readings]


def _text(item: Union[Line, Word]) -> Json:
    """Return all readings, and the best one separately."""
    readings = _readings(item)
    return {"text": item.text, "confidence": readings[0]["confidence"] if readings else None, "readings": readings}


def _region(region: Region) -> Json:
    own = {"readings": _readings(region)} if region.readings else {}
    return {**_shape(region), "kind": region.kind, "production": region.production, **own,
            "lines": [_line(line) for line in region.lines]}


def _line(line: Line) -> Json:
    return {**_shape(line), "baseline": _points(line.baseline), **_text(line),
            "words": [{**_shape(word), **_text(word)} for word in line.words]}


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} found where a string is expected")
    return value


def _read_points(points: Iterable[Sequence[float]]) -> Tuple[Point, ...]:
    found = tuple((x, y) for x, y in points)
    for value in (value for point in found for value in point):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise TypeError(f"{value!r} found where a coordinate is expected")
    return found


def _read_kept(found: Json) -> Foreign:
    kept = found.get("foreign", {"attributes": (), "elements": ()})
    return Foreign(tuple((name, value) for name, value in kept["attributes"]),
                   tuple(element.encode("utf-8") for element in kept["elements"]))


def _read_readings(found: Json) -> Tuple[Reading, ...]:
    return tuple(Reading(_string(reading["text"]), reading["confidence"]) for reading in found["readings"])


def _read_region(found: Json) -> Region:
    return Region(_string(found["id"]), Polygon(_read_points(found["polygon"])), tuple(map(_read_line, found["lines"])),
                  found["kind"], found["outline_confidence"], found["language"], _read_kept(found),
                  _read_readings(found) if "readings" in found else (), found.get("production"))


def _read_line(found: Json) -> Line:
    return Line(_string(found["id"]), Polygon(_read_points(found["polygon"])), _read_points(found["baseline"]),
                tuple(map(_read_word, found["words"])), _read_readings(found), found["outline_confidence"],
                found["language"], _read_kept(found))


def _read_word(found: Json) -> Word:
    return Word(_string(found["id"]), Polygon(_read_points(found["polygon"])), _read_readings(found),
                found["outline_confidence"], found["language"], _read_kept(found))


def _read_step(found: Json) -> ProcessingStep:
    return ProcessingStep(found["stage"], found["model"], found["sha256"], found["version"],
                          tuple((name, value) for name, value in found["settings"]), tuple(map(_string, found.get("warnings", ()))))
