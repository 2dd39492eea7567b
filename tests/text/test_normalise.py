"""Normalisation: NFC and folded white space, nothing else."""
import pytest

from ocr.text.normalise import normalise


@pytest.mark.parametrize("text, expected", [
    ("e\u0301te\u0301", "été"),
    ("  a\t b\n\nc\u00a0d\u2003e\r\n", "a b c d e"),
    ("", ""),
    (" \n\t", ""),
    ("A “quoted” – Text…", "A “quoted” – Text…"),
    ("ﬁn", "ﬁn"),
    ("Å", "Å"),
    ("tie\u0302\u0301ng Vie\u0323\u0302t", "tiếng Việt"),
])
def test_normalise(text, expected):
    assert normalise(text) == expected
    assert normalise(normalise(text)) == expected
