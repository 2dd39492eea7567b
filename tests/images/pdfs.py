"""Write small PDFs object by object, right and wrong ones."""
from __future__ import annotations

from typing import Sequence


def pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Write a PDF of objects, numbered from 1; the first is its catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"trailer <</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, table)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(content), content)


def one_page(content: bytes = b"", entries: bytes = b"", size: bytes = b"0 0 300 200", count: int = 1,
             more: Sequence[bytes] = (), catalogue: bytes = b"") -> bytes:
    """Write a PDF of one page, object 3, whose content is object 4; further objects are numbered from 5."""
    return pdf([b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue, b"<</Type/Pages/Count %d/Kids[3 0 R]>>" % count,
                b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R%s>>" % (size, entries), stream(content), *more])


NO_PAGES = (pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]), pdf([b"<</Type/Catalog>>"]))


def self_form() -> bytes:
    """Write a PDF whose form draws itself twice."""
    form = stream(b"/F Do /F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</F 5 0 R>>>>")
    return one_page(b"/F Do", b"/Resources<</XObject<</F 5 0 R>>>>", more=[form])
