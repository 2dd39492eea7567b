"""The one chain from an image to its text: which stages there are, opened from one set of settings, in their order."""
from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Iterator, Literal, Optional, Sequence, Tuple, Union

import numpy as np

from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.errors import ImageError, InputError
from ocr.images.load import PageImage, read_frame
from ocr.page.model import Page
from ocr.page.stage import Stage
from ocr.recognition.recogniser import Recogniser

PARAGRAPHS, LINES, RECOGNITION = "paragraphs", "lines", "recognition"
STAGES = (PARAGRAPHS, LINES, RECOGNITION)
"""The names of the stages, in their order."""

PIPELINES_KEPT = 4


@dataclass(frozen=True)
class ReadSettings:
    """Everything that decides how a page is read; can be pickled, compared, and used as a key.

    Parameters
    ----------
    engine : the engine, its device and threads.
    models : (stage, name) pairs for the stages that do not use their default model; a name may be the folder of a
        training run.
    decoding : how the recogniser's output becomes text.
    keep_doubtful : whether regions that may be something else than text are read, too.
    text : which text is read: "handwriting", with typewriting, "print" or "all".
    whole : "line" or "word" where every image shows one line or one word and nothing else; None to look for them.

    Raises
    ------
    InputError : there is no stage of that name, one has two models, or `whole` is something else.
    """

    engine: EngineSettings = EngineSettings()
    models: Tuple[Tuple[str, str], ...] = ()
    decoding: DecodingSettings = DecodingSettings()
    keep_doubtful: bool = False
    text: Literal["handwriting", "print", "all"] = "handwriting"
    whole: Optional[Literal["line", "word"]] = None

    def __post_init__(self) -> None:
        named = [stage for stage, _ in self.models]
        for stage in named:
            if stage not in STAGES:
                raise InputError(f"There is no stage {stage!r} to give a model to; there are {', '.join(STAGES)}.")
            if named.count(stage) > 1:
                raise InputError(f"The stage {stage} was given {named.count(stage)} models. Give it one.")
        if self.whole not in (None, "line", "word"):
            raise InputError(f"whole is {self.whole!r}; images show a line, a word, or (None) a page.")

    def model(self, stage: str) -> Optional[str]:
        """Name the model of a stage; None stands for its default."""
        return dict(self.models).get(stage)

    @property
    def stages(self) -> Tuple[str, ...]:
        """The names of the stages that a page goes through, in their order."""
        return STAGES if self.whole is None else (LINES, RECOGNITION)

    def of_stage(self, stage: str) -> ReadSettings:
        """Return these settings without those that a stage does not use: where they are equal, it can be shared."""
        settings = self if stage == PARAGRAPHS else replace(self, keep_doubtful=False)
        return settings if stage == RECOGNITION else replace(settings, decoding=DecodingSettings())


class Pipeline:
    """All stages in one process, their networks loaded once; may be used from several threads.

    Parameters
    ----------
    settings : which models to open, and how to read with them.
    opened : pipelines whose stages are used, with their networks, where their settings are the same.

    Attributes
    ----------
    stages : in the order in which they run.

    Raises
    ------
    ModelNotFound, ModelMismatch : a model is not installed, damaged, or for another stage.
    EngineUnavailable : the engine's package is not installed, or finds no such device.
    InputError : there is no such decoder, or a word list cannot be read.
    """

    def __init__(self, settings: ReadSettings = ReadSettings(), opened: Sequence[Pipeline] = ()):
        self.settings = settings
        shared = {(stage.name, known.settings.of_stage(stage.name)): stage for known in opened for stage in known.stages}
        self.stages: Tuple[Stage, ...] = tuple(shared.get((name, settings.of_stage(name))) or _open_stage(name, settings)
                                               for name in settings.stages)

    @property
    def names(self) -> Tuple[str, ...]:
        """The names of the stages, in their order."""
        return tuple(stage.name for stage in self.stages)

    @property
    def recogniser(self) -> Recogniser:
        """The recogniser of line images."""
        recognition: Any = next(stage for stage in self.stages if stage.name == RECOGNITION)
        return recognition.recogniser

    def with_decoding(self, decoding: DecodingSettings) -> Pipeline:
        """Return a pipeline that decodes in another way; the stages before recognition, with their networks, are shared."""
        return self if decoding == self.settings.decoding else Pipeline(replace(self.settings, decoding=decoding), (self,))

    def steps(self, image: PageImage) -> Iterator[Tuple[str, Page]]:
        """Yield each stage's name and the page after it; a stage runs when its page is asked for."""
        height, width = image.pixels.shape[:2]
        page = Page(str(image.path), (height, width), frame=image.frame, language=self.settings.decoding.language)
        for stage in self.stages:
            page = stage(page, image.pixels)
            yield stage.name, page

    def read(self, image: PageImage) -> Page:
        """Read one image from pixels to text."""
        *_, (_, page) = self.steps(image)
        return page


def _open_stage(name: str, settings: ReadSettings) -> Stage:
    """Open one stage; the packages of the others are not imported."""
    if name == PARAGRAPHS:
        from ocr.paragraphs.stage import open_paragraphs

        return open_paragraphs(settings.model(name), settings.engine, settings.keep_doubtful, settings.text)
    if name == LINES:
        from ocr.lines.stage import open_lines
        from ocr.lines.whole import WholeImageStage

        stage = open_lines(settings.model(name), settings.engine)
        return WholeImageStage(settings.whole, stage.detector) if settings.whole else stage
    from ocr.recognition.opening import open_recognition

    return open_recognition(settings.model(name), settings.engine, settings.decoding,
                            single_words=settings.whole == "word")


class PipelineCache:
    """Opens each pipeline once, when it is first asked for, from any thread.

    Pipelines share the stages, with their networks, that have the same settings.

    Parameters
    ----------
    size : pipelines that are kept open; the least recently used one is dropped first.
    """

    def __init__(self, size: int = PIPELINES_KEPT):
        self._size, self._lock = size, Lock()
        self._kept: OrderedDict[ReadSettings, Pipeline] = OrderedDict()

    def get(self, settings: ReadSettings) -> Pipeline:
        """Return the pipeline of these settings; see `Pipeline` for what may be raised."""
        with self._lock:
            found = self._kept.pop(settings, None) or Pipeline(settings, tuple(self._kept.values()))
            self._kept[settings] = found
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
            return found


_PIPELINES = PipelineCache()


def read_page(image: Union[str, Path, np.ndarray], frame: int = 0, settings: ReadSettings = ReadSettings(),
              language: Optional[str] = None) -> Page:
    """Read the handwriting of one page; networks are loaded at the first call, and kept.

    Parameters
    ----------
    image : path of an image or PDF, or uint8 pixels, (H, W, 3) RGB or (H, W) grey.
    frame : index of the page in a file of several pages.
    settings : engine, models and decoding.
    language : BCP 47 code of what the page is written in; None takes that of the settings.

    Returns
    -------
    Page : its text is in `.text`, its lines and words with outlines and confidences in `.regions`.

    Raises
    ------
    ImageError : the image cannot be read.
    ModelNotFound : the models are not installed.
    """
    if language is not None:
        settings = replace(settings, decoding=replace(settings.decoding, language=language))
    opened = _from_pixels(image) if isinstance(image, np.ndarray) else read_frame(image, frame)
    return _PIPELINES.get(settings).read(opened)


def _from_pixels(pixels: np.ndarray) -> PageImage:
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,)):
        raise ImageError(f"Pixels have shape {pixels.shape} and type {pixels.dtype}; "
                         "uint8 of shape (H, W, 3), RGB, or (H, W), grey, is accepted.")
    colour = np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels      # (H, W, 3)
    return PageImage(Path("pixels"), 0, np.ascontiguousarray(colour))
