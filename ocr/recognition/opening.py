"""Open stage 3 by the name of a model: the recogniser that its card names, and the stage that reads pages with it."""
from __future__ import annotations

from dataclasses import replace
from typing import List, Optional, Sequence

import numpy as np

from ocr import __version__
from ocr.decoding.opening import DEFAULT, EVERY_DECODER
from ocr.decoding.settings import DecodingSettings
from ocr.engine.settings import EngineSettings
from ocr.images.rectify import rectify_line
from ocr.models.registry import registry
from ocr.models.store import require
from ocr.models.tasks import TASKS
from ocr.page.model import Line, Page, ProcessingStep, Reading
from ocr.recognition.recogniser import Recogniser, Transcription
from ocr.recognition.stage import RecognitionStage


class CTCRecogniser:
    """Reads line images with the network and decoder of a stage."""

    upright_confidence = 0.0

    def __init__(self, stage: RecognitionStage):
        self._stage, self.height, self.provenance = stage, stage.height, stage.step.settings

    def __call__(self, lines: Sequence[np.ndarray]) -> List[Transcription]:
        """Read the line images of one page."""
        return [Transcription(read.text, 1.0) for read in self._stage.read_hand(lines)]


class RecogniserStage:
    """Stage 3 with any recogniser."""

    name = "recognition"

    def __init__(self, recogniser: Recogniser, model: str, sha256: str):
        self.recogniser = recogniser
        self.step = ProcessingStep(self.name, model, sha256, __version__, recogniser.provenance)

    def __call__(self, page: Page, pixels: np.ndarray) -> Page:
        """Read a page's lines."""
        images = [rectify_line(pixels, line.polygon, line.baseline, page.orientation, self.recogniser.height).pixels
                  for line in page.lines]
        read = iter(self.recogniser(images))

        def written(line: Line) -> Line:
            found = next(read)
            return replace(line, readings=(Reading(found.text, found.confidence),), language=found.language)

        regions = tuple(replace(region, lines=tuple(map(written, region.lines))) for region in page.regions)
        return replace(page, regions=regions, steps=(*page.steps, self.step))


def open_recognition(name: Optional[str] = None, engine: EngineSettings = EngineSettings(),
                     decoding: DecodingSettings = DecodingSettings()):
    """Open stage 3 with a registered model, the folder of a training run, or, for None, the default model."""
    installed = require(name or "recognition", "recognition")
    card = installed.card
    if card.kind != TASKS["recognition"].architecture(""):
        return RecogniserStage(card.kind.open()(installed, engine, decoding), card.name, card.sha256)
    decoder = decoding.decoder or DEFAULT
    corrector = None if decoder in EVERY_DECODER else decoder
    models = decoding.language_models
    if models is None and decoding.language:
        models = tuple(one.name for one in registry() if one.task == "language" and decoding.language in one.languages)
    stage = RecognitionStage(name, engine.engine, engine.device, engine.threads, "corrector" if corrector else decoder,
                             models, decoding.lexicons, corrector)
    stage.recogniser = CTCRecogniser(stage)
    return stage
