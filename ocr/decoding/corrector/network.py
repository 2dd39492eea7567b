"""The corrector: a character Transformer that rewrites a line of recognised text without its misreadings."""
from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ocr.decoding.corrector.search import Sequences
from ocr.decoding.corrector.tokens import END, PADDING
from ocr.engine.gluon import import_gluonnlp, import_mxnet

mx: Any = import_mxnet()
nlp: Any = import_gluonnlp()

# N lines in a batch, S positions of the recognised text, T of the corrected text, U embedding size, V tokens.

MAX_LENGTH = 192               # positions of a line at most
_LOG_ZERO = -1e18


class CorrectorTransformer(mx.gluon.HybridBlock):
    """Score every token at each position of the corrected text, from the recognised text and the corrected text so far.

    Inputs   source : (N, S) float32, tokens of the recognised text, ended by END and padded with PADDING.
             prefix : (N, T) float32, tokens of the corrected text before each position, the first of them END.
    Outputs  logits : (N, T, V) float32.

    Parameters
    ----------
    size : V, vocabulary size.
    units : U, embedding size.
    hidden : feed-forward size of each layer.
    heads : attention heads.
    layers : of the encoder, and the same number of the decoder.
    dropout : dropout rate, 0 to 1.

    Source: Vaswani et al., Attention Is All You Need, https://arxiv.org/abs/1706.03762; the blocks are gluonnlp's. The
    position embeddings are initialised with its sinusoids and learnt like all weights.
    """

    def __init__(self, size: int, units: int = 192, hidden: int = 384, heads: int = 4, layers: int = 3,
                 dropout: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        shape = {"num_layers": layers, "units": units, "hidden_size": hidden, "num_heads": heads, "max_length": MAX_LENGTH,
                 "dropout": dropout}
        with self.name_scope():
            self.embedding = mx.gluon.nn.Embedding(size, units)
            self.encoder = nlp.model.TransformerEncoder(prefix="encoder_", **shape)
            self.decoder = nlp.model.transformer.TransformerDecoder(prefix="decoder_", **shape)
            self.projection = mx.gluon.nn.Dense(size, in_units=units, flatten=False)

    def hybrid_forward(self, F: Any, source: Any, prefix: Any) -> Any:
        places = F.contrib.arange_like(source, axis=1)                                          # (S,)
        lengths = F.sum(source != PADDING, axis=1)                                              # (N,)
        there = F.broadcast_lesser(places.reshape((1, -1)), lengths.reshape((-1, 1)))           # (N, S)
        memory, _ = self.encoder(self.embedding(source), valid_length=lengths)                  # (N, S, U)
        states, _, _ = self.decoder(self.embedding(prefix), [memory, there])                    # (N, T, U)
        return self.projection(states)                                                          # (N, T, V)


def sample_best(network: CorrectorTransformer, source: np.ndarray, beam: int, max_length: int, suppressed: Sequence[int]) -> Sequences:
    """Find the most probable token sequences for source rows, (N, S), with gluonnlp's beam search.

    Parameters
    ----------
    beam, max_length : see `ocr.decoding.corrector.search.best_sequences`, which returns the same in any engine.
    suppressed : tokens that are never written.
    """
    def step(last: Any, states: Any) -> Any:
        last = last.astype("float32").expand_dims(1)                                            # (N * B, 1)
        prefix = mx.nd.concat(states[1], last, dim=1) if len(states) > 1 else last              # (N * B, T)
        log_probs = network(states[0], prefix)[:, -1].log_softmax()                                 # (N * B, V)
        for token in suppressed:
            log_probs[:, token] = _LOG_ZERO
        return log_probs, [states[0], prefix]

    sampler = nlp.model.BeamSearchSampler(beam, step, END, nlp.model.BeamSearchScorer(alpha=0), max_length)
    found, scores, _ = sampler(mx.nd.full((len(source),), END), [mx.nd.array(source, dtype="float32")])
    found = found.asnumpy()[:, :, 1:]                                                           # without the first END
    return Sequences(np.where(found < 0, PADDING, found), scores.asnumpy())
