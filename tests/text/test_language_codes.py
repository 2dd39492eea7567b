"""Language codes: what is taken, in which form it comes out, and which models support it."""
from __future__ import annotations

import pytest

from ocr.errors import InputError
from ocr.text.language_codes import parse_language, sole_language, supports_language


@pytest.mark.parametrize("code, found", [("fr", "fr"), ("FRA", "fr"), ("fr-ca", "fr-CA"), (" de ", "de"), ("en_US", "en-US"),
                                         ("zh-hans", "zh-Hans"), ("iw", "he"), ("auto", None), ("AUTO", None), (None, None)])
def test_codes_come_out_in_their_canonical_form(code, found):
    assert parse_language(code) == found and parse_language(found) == found


@pytest.mark.parametrize("code", ["", "french", "xx", "fr-", "fr-ZZZZZZZZZ", "12"])
def test_what_is_no_code_is_named(code):
    with pytest.raises(InputError) as caught:
        parse_language(code)
    assert repr(code) in str(caught.value) and "pt-BR" in str(caught.value)


def test_a_language_is_supported_in_every_country_but_not_in_another_script():
    assert supports_language(["en", "fr"], "fr-CA") and supports_language(["fr-CA"], "fr") and supports_language(["sr-Latn"], "sr")
    assert not supports_language(["en", "de"], "fr") and not supports_language([], "fr") and not supports_language(["sr-Latn"], "sr-Cyrl")


def test_only_a_model_of_one_language_determines_it():
    assert (sole_language(["fr"]), sole_language(["en", "fr"]), sole_language(())) == ("fr", None, None)
