"""The samples are read as well as they were: the character error rate of each, by two decoders, with a point to spare."""
from __future__ import annotations

from pathlib import Path

import pytest

from ocr.__main__ import main
from ocr.scoring.error_rates import TextPair, score_texts

SAMPLES = Path(__file__).parent.parent / "samples"
EXPECTED = {  # CER of the whole page, NFC, case-sensitive, spaces counted; ecole-photo has a printed heading that is read, too
    "beam+lm+lexicon": {"ecole-photo": 0.1590, "garden-sideways": 0.0045, "harbour": 0.0018, "market-two-columns": 0.0049,
                        "voyage": 0.0095},
    "greedy": {"ecole-photo": 0.1590, "garden-sideways": 0.0000, "harbour": 0.0037, "market-two-columns": 0.0074, "voyage": 0.0071}}
SPARE = 0.01


@pytest.fixture(scope="module", params=sorted(EXPECTED))
def texts(request, installed_models):
    """Read every sample with one decoder; give the decoder, and the texts by name."""
    import contextlib
    import io

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(["read", *map(str, sorted(SAMPLES.glob("*.jpg"))), "--decoder", request.param, "--threads", "1"]) == 0
    pages = printed.getvalue().split("=== ")[1:]
    return request.param, {Path(page.split("\n", 1)[0]).stem: page.split("\n", 1)[1].strip() for page in pages}


def test_every_sample_has_an_expected_rate():
    names = {path.stem for path in SAMPLES.glob("*.txt")}
    assert all(set(rates) == names for rates in EXPECTED.values()) and len(names) == 5


@pytest.mark.parametrize("name", sorted(EXPECTED["greedy"]))
def test_a_sample_is_read_as_well_as_before(texts, name):
    decoder, read = texts
    ground_truth = (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")
    rate = score_texts([TextPair(ground_truth, read[name], name)]).cer
    assert rate <= EXPECTED[decoder][name] + SPARE, f"{name}, {decoder}: {rate:.4f}\n{read[name]}"
