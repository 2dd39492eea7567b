"""The table of formats: names, suffixes, which of them hold several pages, and that all can be written."""
import pytest

from ocr.errors import OutputError
from ocr.formats.available import FORMATS
from ocr.page.model import Page, Sheet

SHEET = Sheet(Page("a.png", (10, 10)))


def test_names_suffixes_and_media_types_are_distinct():
    assert list(FORMATS) == "txt page alto hocr pdf tsv json".split()
    assert all(name == kind.name and kind.suffix[0] == "." for name, kind in FORMATS.items())
    assert len({kind.suffix for kind in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "pdf"])
def test_pages_lie_together_where_the_format_says_so(name):
    kind = FORMATS[name]
    assert kind.write([SHEET])
    for sheets in ([], [SHEET, SHEET]):
        if kind.together:
            assert isinstance(kind.write(sheets), bytes)
        else:
            with pytest.raises(OutputError, match=f"exactly one page, but {len(sheets)}"):
                kind.write(sheets)
