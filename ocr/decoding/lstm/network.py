"""The language model: an LSTM that predicts each character of a line from those before it."""
from __future__ import annotations

from typing import Any

from ocr.engine.gluon import import_gluonnlp, import_mxnet

mx: Any = import_mxnet()
nlp: Any = import_gluonnlp()

# N lines in a batch, T positions, V characters with the unknown one last.

class CharacterLSTM(mx.gluon.HybridBlock):
    """Score every character at each position of a line, from the characters before it.

    Inputs   tokens : (N, T) float32, whole numbers below V: the characters before each position, the first of them a space.
    Outputs  logits : (N, T, V) float32.

    Parameters
    ----------
    size : V, vocabulary size.
    embedding : embedding size.
    hidden : LSTM units.
    dropout : dropout rate of the embedding, 0 to 1.

    Source: Graves, Generating Sequences With Recurrent Neural Networks, https://arxiv.org/abs/1308.0850; the blocks are
    gluonnlp's.
    """

    def __init__(self, size: int, embedding: int = 64, hidden: int = 384, dropout: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        with self.name_scope():
            self.model = nlp.model.train.StandardRNN("lstm", size, embedding, hidden, 1, dropout, tie_weights=False)

    def hybrid_forward(self, F: Any, tokens: Any) -> Any:
        logits = self.model(F.transpose(tokens))[0]                 # (T, N, V)
        return F.transpose(logits, axes=(1, 0, 2))                 # (N, T, V)
