"""What a page is: Page > Region > Line > Word, in PAGE-XML's terms, as frozen dataclasses.

Every stage takes a Page and returns a richer one; nothing here is changed in place, use `dataclasses.replace`.
Polygons and baselines are in pixels of the original image, after the rotation that its EXIF tag gives.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, Optional, Tuple

from ocr.page.geometry import Point, Polygon


@dataclass(frozen=True)
class Foreign:
    """What a document of another program holds that a Page cannot represent; it is written back unchanged.

    Parameters
    ----------
    attributes : (name, value) pairs, names in Clark notation where they have a namespace.
    elements : child elements, each serialised as UTF-8 XML.
    """

    attributes: Tuple[Tuple[str, str], ...] = ()
    elements: Tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One reading of a line or word: NFC text, and its confidence from 0 to 1, or None where it is not known."""

    text: str
    confidence: Optional[float] = None


@dataclass(frozen=True)
class Word:
    """One written word. Readings are best first; confidence is of the outline, from 0 to 1."""

    id: str
    polygon: Polygon
    readings: Tuple[Reading, ...] = ()
    confidence: Optional[float] = None
    language: Optional[str] = None
    foreign: Foreign = field(default_factory=Foreign, repr=False)

    @property
    def text(self) -> str:
        """The best reading, or an empty string where nothing was read."""
        return self.readings[0].text if self.readings else ""


@dataclass(frozen=True)
class Line:
    """One line of writing. The baseline runs in reading direction; readings are best first."""

    id: str
    polygon: Polygon
    baseline: Tuple[Point, ...] = ()
    words: Tuple[Word, ...] = ()
    readings: Tuple[Reading, ...] = ()
    confidence: Optional[float] = None
    language: Optional[str] = None
    foreign: Foreign = field(default_factory=Foreign, repr=False)

    @property
    def text(self) -> str:
        """The best reading; without one, the words' texts joined by spaces."""
        return self.readings[0].text if self.readings else " ".join(w.text for w in self.words if w.text)


@dataclass(frozen=True)
class Region:
    """One block of writing, its lines in reading order.

    Parameters
    ----------
    kind : PAGE's TextRegion type ("paragraph", "heading", "marginalia", ...), or None where it is unknown.
    readings : of the region as a whole, line feeds between its lines; documents hold them where they do not say which line
        says what.
    production : "handwritten", "typewritten" or "printed", or None where it is unknown.
    """

    id: str
    polygon: Polygon
    lines: Tuple[Line, ...] = ()
    kind: Optional[str] = None
    confidence: Optional[float] = None
    language: Optional[str] = None
    foreign: Foreign = field(default_factory=Foreign, repr=False)
    readings: Tuple[Reading, ...] = ()
    production: Optional[str] = None

    @property
    def text(self) -> str:
        """The lines' texts, one a line; where no line has any, the region's best reading."""
        if self.readings and not any(line.text for line in self.lines):
            return self.readings[0].text
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True)
class ProcessingStep:
    """One processing step of the page's provenance: which stage, with which model and settings.

    Parameters
    ----------
    stage : "paragraphs", "lines", "recognition", or the name that another program gave.
    model, sha256 : name and digest of the model's file, empty where no model was used.
    version : of the program.
    settings : (name, value) pairs, sorted by name.
    warnings : what people should know about this page's result, such as what was left out; one sentence each. They are
        not compared: steps of the same model and settings are equal.
    """

    stage: str
    model: str = ""
    sha256: str = ""
    version: str = ""
    settings: Tuple[Tuple[str, str], ...] = ()
    warnings: Tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Page:
    """One image of a page and what is written on it, regions in reading order.

    Parameters
    ----------
    image_filename : the image's path as written in the document, relative to it or absolute.
    size : (height, width) of the image in pixels.
    orientation : clockwise quarter turns, 0 to 3, that make the image upright.
    frame : index of the image in its file, from 0, for TIFF and PDF of several pages.
    """

    image_filename: str
    size: Tuple[int, int]
    regions: Tuple[Region, ...] = ()
    orientation: int = 0
    frame: int = 0
    language: Optional[str] = None
    steps: Tuple[ProcessingStep, ...] = ()
    foreign: Foreign = field(default_factory=Foreign, repr=False)

    @property
    def lines(self) -> Iterator[Line]:
        """All lines in reading order."""
        return (line for region in self.regions for line in region.lines)

    @property
    def warnings(self) -> Tuple[str, ...]:
        """What the processing steps say that people should know about the page."""
        return tuple(warning for step in self.steps for warning in step.warnings)

    @property
    def text(self) -> str:
        """The page's text: lines are separated by a line feed, regions by an empty line."""
        return "\n\n".join(region.text for region in self.regions if region.lines or region.readings)


@dataclass(frozen=True)
class Sheet:
    """A page and the file of its image.

    Parameters
    ----------
    page : its `image_filename` is written into documents as it is.
    image : the file to open, at frame `page.frame`; not needed by formats that hold no image.
    """

    page: Page
    image: Optional[Path] = None
