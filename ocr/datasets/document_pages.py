"""Ground truth from XML documents with their images anywhere below one folder; what ALTO and PAGE data sets share."""
from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence

from ocr.datasets.splits import Splits
from ocr.datasets.ground_truth import GroundTruthPage, image_size
from ocr.errors import DatasetError, ImageError, PageFormatError
from ocr.formats.document_image import ImageIndex, find_image
from ocr.page.model import Page

_NOT_PAGES = ("mets.xml", "metadata.xml")


class DocumentDataset:
    """Pages of XML documents, each with the image that `ocr.formats.document_image` finds in the folder.

    Parameters
    ----------
    name : of the data set in reports.
    folder : holds XML documents and images at any depth.
    read : function that reads one document.

    Attributes
    ----------
    missing : pages requested so far whose image is missing.
    problems : other problems found so far, one line each, with the file's name.

    Raises
    ------
    DatasetError : the folder is missing or holds no XML document.
    """

    def __init__(self, name: str, folder: Path, read: Callable[[Path], Page]):
        self.name = name
        self._folder, self._read = Path(folder), read
        if not self._folder.is_dir():
            raise DatasetError(f"{self._folder} is not a folder. Name the one that holds the XML files and images.")
        files = sorted(path for path in self._folder.rglob("*") if path.is_file())
        self._documents = _named([path for path in files if path.suffix.lower() == ".xml"
                                  and path.name.lower() not in _NOT_PAGES], self._folder)
        if not self._documents:
            raise DatasetError(f"{self._folder} holds no .xml file. A data set of kind {name} is XML documents with "
                               "images beside them or in a folder nearby.")
        self._images = ImageIndex(files)
        self._splits = Splits(self._folder, list(self._documents))
        self.missing: List[str] = []
        self.problems: List[str] = []

    def pages(self, split: str) -> List[GroundTruthPage]:
        """Return the pages of a split (train, validation, test, all, or a list file), in the list's order."""
        found: List[GroundTruthPage] = []
        problems: List[str] = []
        for name in self._splits.names(split, problems):
            try:
                page = self._page(name)
            except (DatasetError, PageFormatError) as error:
                problems.append(str(error))
                continue
            if page is not None:
                found.append(page)
            elif name not in self.missing:
                self.missing.append(name)
        self.problems += [problem for problem in problems if problem not in self.problems]
        return found

    def _page(self, name: str) -> Optional[GroundTruthPage]:
        path = self._documents[name]
        page = self._read(path)
        try:
            image = find_image(path, page, self._images)
        except ImageError:
            return None
        size = image_size(image)
        if size != tuple(page.size):
            raise DatasetError(f"{path} says that its image has {page.size[1]} x {page.size[0]} pixels, {image} has "
                               f"{size[1]} x {size[0]}. Take the image that the document was made on.")
        return GroundTruthPage(page, image, name, name)


def _named(documents: Sequence[Path], folder: Path) -> Dict[str, Path]:
    """Return documents by name: their stem or, where several share one, their path from the folder."""
    stems = Counter(path.stem for path in documents)
    return {path.stem if stems[path.stem] == 1 else path.relative_to(folder).with_suffix("").as_posix(): path
            for path in documents}
