"""The line and word detector: a single-shot detector with one map of anchors for lines and one for words."""
from __future__ import annotations

from typing import Any, Tuple

from ocr.engine.gluon import import_mxnet

mx: Any = import_mxnet()
nn = mx.gluon.nn

# N images, H height and W width in pixels, D channels, R x C cells of a map, S anchors at a cell,
# A = R * C * S anchors, V values of each: one logit, five offsets.

class SSDNet(mx.gluon.HybridBlock):
    """Score and regress the anchors of `ocr.lines.ssd.anchors` on regions of handwriting.

    Inputs   images : (N, 1, H, W) float32, paper at 0 and ink near 1; H a multiple of 32, W of 64.
    Outputs  lines : (N, A, V) float32, R = H / 8, C = W / 64.
             words : (N, A, V) float32, R = H / 8, C = W / 8.

    Parameters
    ----------
    line_shapes, word_shapes : S, anchors at each cell of the two maps.
    channels : D at strides 4, 8, 16 and 32; the first layer has stride 4, which saves half the time.
    width : D of the fused map that both heads read.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, https://arxiv.org/abs/1512.02325; the top-down path is from
    Lin et al., Feature Pyramid Networks, https://arxiv.org/abs/1612.03144.
    """

    values = 6

    def __init__(self, line_shapes: int, word_shapes: int, channels: Tuple[int, ...] = (32, 48, 64, 96),
                 width: int = 48, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        fourth, eighth, sixteenth, deepest = channels
        with self.name_scope():
            self.fine = nn.HybridSequential()
            self.fine.add(nn.Conv2D(fourth, 8, 4, 2, use_bias=False, in_channels=1),
                          nn.BatchNorm(in_channels=fourth), nn.Activation("relu"),
                          _stage((eighth, 3, 2, fourth), residuals=1))
            self.middle = _stage((sixteenth, 3, 2, eighth), residuals=2)
            self.coarse = _stage((deepest, 3, 2, sixteenth), residuals=2)
            self.from_fine = nn.Conv2D(width, 1, in_channels=eighth)
            self.from_middle = nn.Conv2D(width, 1, in_channels=sixteenth)
            self.from_coarse = nn.Conv2D(width, 1, in_channels=deepest)
            self.fused = _stage((width, 3, 1, width))
            self.words = nn.Conv2D(word_shapes * self.values, 1, in_channels=width)
            self.rows = _stage((64, (3, 5), (1, 4), width), (96, (3, 5), (1, 2), 64), (96, (3, 5), 1, 96))
            self.lines = nn.Conv2D(line_shapes * self.values, 1, in_channels=96)

    def hybrid_forward(self, F: Any, images: Any) -> Tuple[Any, Any]:
        fine = self.fine(images)                                        # (N, D, H/8, W/8)
        middle = self.middle(fine)                                      # (N, D, H/16, W/16)
        maps = self.from_coarse(self.coarse(middle))                    # (N, D, H/32, W/32)
        maps = self.from_middle(middle) + _upsample(F, maps)              # (N, D, H/16, W/16)
        maps = self.fused(self.from_fine(fine) + _upsample(F, maps))      # (N, D, H/8, W/8)
        return self._flatten_anchors(F, self.lines(self.rows(maps))), self._flatten_anchors(F, self.words(maps))

    def _flatten_anchors(self, F: Any, maps: Any) -> Any:
        """Reshape a map to a list of anchors, (N, S * V, R, C) to (N, A, V)."""
        maps = F.transpose(maps, axes=(0, 2, 3, 1))                     # (N, R, C, S * V)
        return F.reshape(maps, shape=(0, -1, self.values))              # (N, A, V)


class Residual(mx.gluon.HybridBlock):
    """Two convolutions with a shortcut connection, (N, D, H, W) to the same shape."""

    def __init__(self, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = _stage((channels, 3, 1, channels))
            self.body.add(nn.Conv2D(channels, 3, 1, 1, use_bias=False, in_channels=channels),
                          nn.BatchNorm(in_channels=channels))

    def hybrid_forward(self, F: Any, maps: Any) -> Any:
        return F.Activation(maps + self.body(maps), act_type="relu")


def _stage(*convolutions: Tuple[Any, ...], residuals: int = 0) -> Any:
    """Stack convolutions given as (outputs, kernel, stride, inputs), each with batch norm and ReLU, then residual blocks."""
    layers = nn.HybridSequential()
    for outputs, kernel, stride, inputs in convolutions:
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        layers.add(nn.Conv2D(outputs, kernel, stride, (kernel[0] // 2, kernel[1] // 2), use_bias=False, in_channels=inputs),
                   nn.BatchNorm(in_channels=outputs), nn.Activation("relu"))
    for _ in range(residuals):
        layers.add(Residual(convolutions[-1][0]))
    return layers


def _upsample(F: Any, maps: Any) -> Any:
    """Upsample by repeating every cell in both directions, (N, D, R, C) to (N, D, 2R, 2C)."""
    return F.UpSampling(maps, scale=2, sample_type="nearest")
