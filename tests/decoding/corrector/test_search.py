"""Beam search with a corrector: all texts tried one by one, gluonnlp's own sampler, and every engine."""
from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from ocr.decoding.corrector.search import Correction, best_sequences, search
from ocr.decoding.corrector.tokens import END, PADDING, Tokens
from ocr.decoding.lstm.characters import Characters

TOKENS = Tokens(Characters(" abc"))
MAX_LENGTH = 5
SUPPRESSED = (PADDING, TOKENS.unknown)


def fixed(source, prefix):
    """A network that likes what no line says, from the sums of all tokens before each place."""
    sums = prefix.cumsum(axis=1)[:, :, None] + source.sum(axis=1)[:, None, None]                # (N, T, 1)
    return (3 * np.sin(sums * np.arange(1, TOKENS.size + 1)).astype(np.float32),)


def score(network, source, text):
    """Log probability of a text, place by place, of tokens that may be written."""
    tokens, total = TOKENS.encode([text])[0], 0.0
    for place, token in enumerate(tokens):
        prefix = np.concatenate([[END], tokens[:place]])[None]
        (logits,) = network(source[None].astype(np.float32), prefix.astype(np.float32))
        row = logits[0, -1].astype(np.float64)
        total += 0.0 if len(text) == 3 and place == 3 else row[token] - np.log(np.exp(row).sum())
    return total


def test_a_wide_beam_finds_the_best_of_all_texts():
    texts = ["".join(letters) for length in range(4) for letters in product(" abc", repeat=length)]
    for read in ("ab", "c", ""):
        source = TOKENS.encode([read])[0]
        expected = sorted(((score(fixed, source, text), text) for text in texts), reverse=True)[:10]
        (found,) = search(fixed, TOKENS, [read], beam=200, max_length=3)
        assert [one.text for one in found[:10]] == [text for _, text in expected]
        assert [one.score for one in found[:10]] == pytest.approx([probability for probability, _ in expected], abs=1e-4)


def test_lines_together_are_as_alone_and_too_long_ones_are_left_out():
    texts = ["ab", "cab a", "", "bbbbbb", "c"]
    together = search(fixed, TOKENS, texts, 3, MAX_LENGTH)
    assert together[3] == [] and search(fixed, TOKENS, [], 3) == []
    for text, found in zip(texts, together):
        (alone,) = search(fixed, TOKENS, [text], 3, MAX_LENGTH)
        assert [one.text for one in found] == [one.text for one in alone]
        assert [one.score for one in found] == pytest.approx([one.score for one in alone], abs=1e-4)
        assert len({one.text for one in found}) == len(found)


def test_nothing_is_written_that_has_no_text():
    def likes_no_text(source, prefix):
        logits = np.zeros((*prefix.shape, TOKENS.size), np.float32)
        logits[:, :, [PADDING, TOKENS.unknown]] = 9
        logits[:, :, 3] = 5
        return (logits,)

    (found,) = search(likes_no_text, TOKENS, ["a"], 1, 4)
    assert found == [Correction("aaaa", pytest.approx(found[0].score))]


@pytest.fixture(scope="module")
def tiny():
    """A small Gluon corrector with uneven weights, and its trace."""
    pytest.importorskip("gluonnlp")
    from ocr.decoding.corrector.network import CorrectorTransformer
    from ocr.engine.gluon import import_mxnet, trace_training
    from ocr.decoding.corrector.training import _next_token_loss

    mx = import_mxnet()
    mx.random.seed(1)
    network = CorrectorTransformer(TOKENS.size, units=16, hidden=16, heads=2, layers=2, prefix="corrector_")
    network.initialize(mx.init.Normal(0.6))
    sample = {"source": np.full((2, 5), END), "prefix": np.full((2, 4), END), "targets": np.full((2, 4), END)}
    return network, trace_training(network, _next_token_loss(mx), sample, inputs=("source", "prefix"))


def test_gluonnlps_sampler_finds_the_same_on_the_gluon_network_as_we_on_onnx(tiny, tmp_path):
    pytest.importorskip("onnxruntime"), pytest.importorskip("onnx")
    from ocr.decoding.corrector.network import sample_best
    from ocr.engine.network import open_network, save_network

    network, traced = tiny
    save_network(tmp_path, traced, traced.weights, {})
    for parameter in network.collect_params().values():                 # as they are stored
        if parameter.data().ndim > 1:
            parameter.set_data(parameter.data().astype("float16").astype("float32"))
    source = TOKENS.encode(["ab c", "ca", "", "bbab"])
    expected = sample_best(network, source, 3, 6, SUPPRESSED)
    assert len({text for texts in texts_of(expected) for text in texts}) > 6
    for engine in ("onnx", "gluon", "torch"):
        if engine == "torch":
            pytest.importorskip("torch")
        found = best_sequences(open_network(tmp_path, engine, threads=1), source, 3, 6, SUPPRESSED)
        np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-4, atol=1e-4, err_msg=engine)
        assert texts_of(found) == texts_of(expected)


def texts_of(sequences):
    return [[TOKENS.decode(row) for row in line] for line in sequences.tokens]
