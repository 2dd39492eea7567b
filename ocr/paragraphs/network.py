"""The page network: maps of handwriting, typewriting and print on a page, and votes on its orientation."""
from __future__ import annotations

from typing import Any, Sequence, Tuple

from ocr.engine.gluon import import_mxnet
from ocr.paragraphs.kinds import KINDS

mx: Any = import_mxnet()
nn = mx.gluon.nn

# N pages in a batch, H height and W width in pixels, D channels. Sizes are those of the tensor at the line's end.


class PageNet(mx.gluon.HybridBlock):
    """Map grey pages to one map for each kind of text, and to a map of votes for the page's orientation.

    Each patch of the page votes on the orientation on its own, so that the writing itself decides: the receptive field
    of a vote is too small for the layout of the whole page.

    Inputs   images : (N, 1, H, W) float32, paper near 0 and ink positive; H and W multiples of 32.
    Outputs  writing : (N, K, H/8, W/8) float32, logits of the kinds of text, see `ocr.paragraphs.kinds`.
             turns : (N, 4, H/16, W/16) float32, logits of the clockwise quarter turns that make the page upright.

    Parameters
    ----------
    channels : D at strides 2, 4, 8, 16 and 32.
    merged : D of the maps in which coarse and fine features are fused.
    kinds : K, the kinds of text.

    Source: the top-down path is that of Lin et al., Feature Pyramid Networks, https://arxiv.org/abs/1612.03144.
    """

    def __init__(self, channels: Tuple[int, ...] = (16, 32, 64, 96, 128), merged: int = 64, kinds: int = len(KINDS),
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        stem, quarter, eighth, sixteenth, coarsest = channels
        with self.name_scope():
            self.fine = _stage([(1, stem, 5, 2), (stem, quarter, 3, 2), (quarter, quarter, 3, 1),
                                (quarter, eighth, 3, 2), (eighth, eighth, 3, 1)])
            self.middle = _stage([(eighth, sixteenth, 3, 2), (sixteenth, sixteenth, 3, 1)])
            self.coarse = _stage([(sixteenth, coarsest, 3, 2), (coarsest, coarsest, 3, 1), (coarsest, coarsest, 3, 1)])
            self.from_fine = _stage([(eighth, merged, 1, 1)])
            self.from_middle = _stage([(sixteenth, merged, 1, 1)])
            self.from_coarse = _stage([(coarsest, merged, 1, 1)])
            self.join_middle = _stage([(merged, merged, 3, 1)])
            self.join_fine = _stage([(merged, merged // 2, 3, 1)])
            self.vote = _stage([(sixteenth, merged, 3, 1), (merged, merged, 3, 1)])
            self.writing = nn.Conv2D(kinds, 1, in_channels=merged // 2)
            self.turns = nn.Conv2D(4, 1, in_channels=merged)

    def hybrid_forward(self, F: Any, images: Any) -> Tuple[Any, Any]:
        fine = self.fine(images)                                                  # (N, D, H/8, W/8)
        middle = self.middle(fine)                                                # (N, D, H/16, W/16)
        coarse = self.from_coarse(self.coarse(middle))                            # (N, D, H/32, W/32)
        joined = self.join_middle(self.from_middle(middle) + _upsample(F, coarse))  # (N, D, H/16, W/16)
        joined = self.join_fine(self.from_fine(fine) + _upsample(F, joined))        # (N, D, H/8, W/8)
        return self.writing(joined), self.turns(self.vote(middle))


def _upsample(F: Any, maps: Any) -> Any:
    """Upsample to twice the height and width by repeating each value."""
    return F.UpSampling(maps, scale=2, sample_type="nearest")


def _stage(layers: Sequence[Tuple[int, int, int, int]]) -> Any:
    """Chain convolutions given as (inputs, outputs, kernel, stride), each with batch normalisation and ReLU."""
    stage = nn.HybridSequential()
    for inputs, outputs, kernel, stride in layers:
        stage.add(nn.Conv2D(outputs, kernel, stride, kernel // 2, use_bias=False, in_channels=inputs),
                  nn.BatchNorm(in_channels=outputs), nn.Activation("relu"))
    return stage
