"""Ground truth from ALTO documents with their images, as eScriptorium, Transkribus and libraries export them."""
from __future__ import annotations

from pathlib import Path

from ocr.datasets.document_pages import DocumentDataset
from ocr.formats.document import ALTO


def alto_dataset(folder: Path) -> DocumentDataset:
    """Open a folder of ALTO 2 to 4 documents and images; see DocumentDataset."""
    return DocumentDataset("alto", folder, ALTO)
