"""Ground truth from PAGE-XML documents with their images, such as pages corrected in eScriptorium or Transkribus."""
from __future__ import annotations

from pathlib import Path

from ocr.datasets.document_pages import DocumentDataset
from ocr.formats.document import PAGE_XML


def page_dataset(folder: Path) -> DocumentDataset:
    """Open a folder of PAGE-XML documents and images; see DocumentDataset."""
    return DocumentDataset("page", folder, PAGE_XML)
