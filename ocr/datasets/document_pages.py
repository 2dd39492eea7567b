"""Ground truth from XML documents with their images anywhere below one folder; what ALTO and PAGE data sets share."""
from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from ocr.datasets.splits import Splits
from ocr.datasets.ground_truth import GroundTruthPage, image_size
from ocr.errors import DatasetError, PageFormatError
from ocr.formats.document import NOT_PAGES, open_document
from ocr.formats.document_image import ImageIndex
from ocr.text.natural_order import natural_key


class DocumentDataset:
    """Pages of XML documents, each with the image that `ocr.formats.document_image` finds in the folder.

    Parameters
    ----------
    name : of the data set in reports.
    folder : holds XML documents and images at any depth.
    kind : root element of its documents.

    Attributes
    ----------
    missing : pages requested so far whose image is missing.
    problems : other problems found so far, such as a line that is left out, one line each, with the file's name.

    Raises
    ------
    DatasetError : the folder is missing or holds no XML document.
    """

    def __init__(self, name: str, folder: Path, kind: str):
        self.name = name
        self._folder, self._kind = Path(folder), kind
        if not self._folder.is_dir():
            raise DatasetError(f"{self._folder} is not a folder. Name the one that holds the XML files and images.")
        files = sorted((path for path in self._folder.rglob("*") if path.is_file()), key=natural_key)
        self._documents = _named([path for path in files if path.suffix.lower() == ".xml"
                                  and path.name.lower() not in NOT_PAGES], self._folder)
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
                page = self._page(name, problems)
            except (DatasetError, PageFormatError) as error:
                problems.append(str(error))
                continue
            if page is not None:
                found.append(page)
            elif name not in self.missing:
                self.missing.append(name)
        self.problems = list(dict.fromkeys(self.problems + problems))
        return found

    def _page(self, name: str, problems: List[str]) -> Optional[GroundTruthPage]:
        path = self._documents[name]
        sheet = open_document(path, self._images, problems.append, self._kind, needs_image=False)
        page, image = sheet.page, sheet.image
        if image is None:
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
