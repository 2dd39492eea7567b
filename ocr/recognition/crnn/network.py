"""The line recogniser: a convolutional network, two bidirectional LSTMs, one score per character and column."""
from __future__ import annotations

from typing import Any, Callable, Tuple

from ocr.engine.gluon import import_mxnet

mx: Any = import_mxnet()
nn: Any = mx.gluon.nn
rnn: Any = mx.gluon.rnn

# N lines in a batch, H height and W width in pixels, D channels, T columns, C characters with the CTC blank last.

class Columns(mx.gluon.HybridBlock):
    """Map images, (N, 1, H, W), to the convolutional features of each column, (N, T, D).

    Parameters
    ----------
    channels : of the four convolution stages; the last is D, kept as `width`.
    residual_blocks : residual blocks after the last stage.
    """

    def __init__(self, channels: Tuple[int, int, int, int] = (32, 64, 96, 128), residual_blocks: int = 0, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = channels[-1]
        with self.name_scope():
            self.features = _features(channels)
            for _ in range(residual_blocks):
                self.features.add(Residual(self.width))

    def hybrid_forward(self, F: Any, images: Any) -> Any:
        maps = self.features(images)                               # (N, D, H/8, T)
        return F.transpose(F.max(maps, axis=2), axes=(0, 2, 1))    # (N, T, D)


class Residual(nn.HybridSequential):
    """Two convolutions, (N, D, H, W) to the same, with a skip connection; at initialisation the identity.

    Source: He, Zhang, Ren, Sun, Identity Mappings in Deep Residual Networks, https://arxiv.org/abs/1603.05027; the zero
    scale at the start is from Goyal et al., https://arxiv.org/abs/1706.02677.
    """

    def __init__(self, channels: int, **kwargs: Any):
        super().__init__(**kwargs)
        with self.name_scope():
            _convolve(self, channels, channels)
            self.add(nn.Conv2D(channels, 3, padding=1, use_bias=False, in_channels=channels),
                     nn.BatchNorm(in_channels=channels, gamma_initializer="zeros"))

    def hybrid_forward(self, F: Any, maps: Any) -> Any:
        return maps + super().hybrid_forward(F, maps)              # (N, D, H, W)


class CRNN(mx.gluon.HybridBlock):
    """Map grey text lines to per-column character logits.

    Inputs   images : (N, 1, H, W) float32, paper near 0 and ink positive; H a multiple of 8, W of 4.
    Outputs  logits : (N, T, C) float32, T = W / 4, the CTC blank last.

    Parameters
    ----------
    classes : C, the alphabet's size with the blank.
    columns : makes the convolutions.
    hidden : LSTM units in each direction.
    dropout : dropout rate of the columns' features, 0 to 1.

    Source: Shi, Bai, Yao, An End-to-End Trainable Neural Network for Image-based Sequence Recognition,
    https://arxiv.org/abs/1507.05717; the maximum over the height is from Retsinas, Sfikas, Gatos, Nikou,
    Best Practices for a Handwritten Text Recognition System, https://arxiv.org/abs/2404.11339.
    """

    def __init__(self, classes: int, columns: Callable[[], Columns] = Columns, hidden: int = 192, dropout: float = 0.2,
                 **kwargs: Any):
        super().__init__(**kwargs)
        with self.name_scope():
            self.columns = columns()
            self.sequence = nn.HybridSequential()
            self.sequence.add(nn.Dropout(dropout),
                              rnn.LSTM(hidden, layout="NTC", bidirectional=True, input_size=self.columns.width),
                              nn.Dropout(dropout),
                              rnn.LSTM(hidden, layout="NTC", bidirectional=True, input_size=2 * hidden),
                              nn.Dropout(dropout),
                              nn.Dense(classes, flatten=False, in_units=2 * hidden))

    def hybrid_forward(self, F: Any, images: Any) -> Any:
        return self.sequence(self.columns(images))                 # (N, T, C)


def _features(channels: Tuple[int, int, int, int]) -> Any:
    """Four stages of convolutions that shrink the height 8 times and the width 4 times."""
    first, second, third, fourth = channels
    layers = nn.HybridSequential()
    _convolve(layers, 1, first, kernel=5, stride=2)                # (N, D, H/2, W/2)
    _convolve(layers, first, second)
    layers.add(nn.MaxPool2D(2))                                    # (N, D, H/4, W/4)
    _convolve(layers, second, third)
    _convolve(layers, third, third)
    layers.add(nn.MaxPool2D((2, 1)))                               # (N, D, H/8, W/4)
    _convolve(layers, third, fourth)
    _convolve(layers, fourth, fourth)
    return layers


def _convolve(layers: Any, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
    """Add a convolution, batch normalisation and ReLU."""
    layers.add(nn.Conv2D(outputs, kernel, stride, kernel // 2, use_bias=False, in_channels=inputs),
               nn.BatchNorm(in_channels=outputs), nn.Activation("relu"))
