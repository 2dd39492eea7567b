"""The recogniser of the CRNN architecture: network and CTC decoder.

Axis letters: T frames, C classes.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from ocr.decoding.ctc.best_path import Decoded, Frames, words
from ocr.decoding.ctc.calibration import calibration_of
from ocr.decoding.ctc.legibility import evidence_of, legibility_of
from ocr.decoding.opening import open_decoder
from ocr.decoding.settings import DecodingSettings
from ocr.engine.network import open_network
from ocr.engine.settings import EngineSettings
from ocr.errors import InputError, ModelMismatch
from ocr.models.store import InstalledModel, require
from ocr.recognition.crnn.batches import REDUCTION, WIDTH_STEP
from ocr.recognition.crnn.inference import line_logits
from ocr.recognition.recogniser import Alternative, Character, Observation, TranscribedWord, Transcription, line_confidence
from ocr.recognition.width import read_normalised
from ocr.text.alphabet import Alphabet

TASK, ARCHITECTURE = "recognition", "crnn"


@dataclass(frozen=True)
class SeenLine:
    """The network's output for one line.

    Parameters
    ----------
    frames : its output.
    pixels : of the given line image per frame.
    width : of that image in pixels.
    """

    frames: Frames
    pixels: float
    width: int

    def place(self, frame: int) -> float:
        """Return the position of a frame's left edge, in pixels of the line image."""
        return min(frame * self.pixels, float(self.width))


class CRNNRecogniser:
    """A `Recogniser`: network, width normalisation, decoder and calibration.

    Parameters
    ----------
    model : its card's inputs have `height` and may have `character_width`; its settings may have `reduction`, `width_step`,
        `upright_confidence` (without it, every page is tried upside down, too), `calibration.NAME` and `legibility.NAME` for decoders.
    engine : of the network.
    decoding : how its output becomes text; see `ocr.decoding.opening.open_decoder`.

    Attributes
    ----------
    calibration : of the words' confidences; None where the card has none for the decoder.
    legibility : of pages, which lowers the confidences of those in scripts and languages that it does not know; None likewise.

    Raises
    ------
    InputError, ModelNotFound, ModelMismatch : see `open_decoder` and `ocr.engine.network.open_network`.
    """

    def __init__(self, model: InstalledModel, engine: EngineSettings = EngineSettings(),
                 decoding: DecodingSettings = DecodingSettings()):
        card: Any = model.card                                  # what it states is converted here
        inputs = dict(card.inputs)
        self.alphabet, self.height = Alphabet(card.alphabet), int(inputs["height"])
        self.character_width = float(inputs.get("character_width", 0))
        self.reduction = int(card.setting("reduction", REDUCTION))
        self.width_step = int(card.setting("width_step", WIDTH_STEP))
        self.upright_confidence = float(card.setting("upright_confidence", 1.0))
        if min(self.height, self.reduction, self.width_step) < 1 or self.width_step % self.reduction:
            raise ModelMismatch(f"{card.name}: height {self.height}, reduction {self.reduction} and width_step "
                                f"{self.width_step} do not fit together; whole numbers from 1 are accepted, the last a "
                                "multiple of the second. Correct its card.")
        self.decoder, provenance = open_decoder(self.alphabet, decoding, engine)
        self.calibration = calibration_of(card, dict(provenance)["decoder"])
        self.legibility = legibility_of(card, dict(provenance)["decoder"])
        self._language = decoding.language
        self._alone = Lock()                # decoders cache; pages may be read in several threads
        uncalibrated = () if self.calibration else (("confidences", "uncalibrated"),)
        spoken = (("language", decoding.language),) if decoding.language else ()
        self.provenance: Tuple[Tuple[str, str], ...] = tuple(sorted((*provenance, *uncalibrated, *spoken)))
        self._network = open_network(model.folder, engine.engine, engine.device, engine.threads)

    def __call__(self, lines: Sequence[np.ndarray]) -> List[Transcription]:
        """Read the line images of one page, uint8 grey (height, W) each."""
        return self.observe(lines).transcribe()

    def observe(self, lines: Sequence[np.ndarray]) -> Observation:
        """Run the network on the lines of one page; the confidence is the mean over all characters on their best paths."""
        seen = self.look(lines)
        found = [character.confidence for line in seen for character in line.frames.greedy.characters]
        return Observation(float(np.mean(found)) if found else 0.0, partial(self._transcribe, seen))

    def read_each(self, lines: Sequence[np.ndarray]) -> List[Transcription]:
        """Read line images of different pages independently."""
        if self.character_width:
            return [transcription for line in lines for transcription in self([line])]
        return [transcription for line in self.look(lines) for transcription in self._transcribe([line])]

    def look(self, lines: Sequence[np.ndarray]) -> List[SeenLine]:
        """Return the network's output for the line images of one page."""
        frames, images = read_normalised(self._frames, lines, self.character_width, lambda seen: len(seen.greedy.text))
        return [SeenLine(found, self.reduction * line.shape[1] / image.shape[1], line.shape[1])
                for found, line, image in zip(frames, lines, images)]

    def frames(self, lines: Sequence[np.ndarray]) -> List[Frames]:
        """Return the input of decoders for the line images of one page."""
        return [line.frames for line in self.look(lines)]

    def decode(self, lines: Sequence[Frames]) -> List[Decoded]:
        """Decode the lines of one page."""
        with self._alone:
            return self.decoder(lines)

    def _frames(self, lines: Sequence[np.ndarray]) -> List[Frames]:
        return [Frames.of(logits, self.alphabet)
                for logits in line_logits(lines, self._network, self.reduction, self.width_step)]

    def _transcribe(self, lines: Sequence[SeenLine]) -> List[Transcription]:
        frames = [line.frames for line in lines]
        decoded = self.decode(frames)
        legibility = self.legibility.probability(evidence_of(frames, self.decoder)) if self.legibility else 1.0
        return [self._transcription(line, found, legibility) for line, found in zip(lines, decoded)]

    def _transcription(self, line: SeenLine, decoded: Decoded, legibility: float) -> Transcription:
        """Convert a decoded line to pixels of the line image."""
        found = self.calibration.words(decoded) if self.calibration else words(decoded)
        read = tuple(TranscribedWord(word.text, line.place(word.start_frame), line.place(word.end_frame),
                                     legibility * word.confidence) for word in found)
        characters = tuple(Character(character.character, line.place(character.start_frame), line.place(character.end_frame),
                                     character.confidence) for character in decoded.characters)
        others = tuple(Alternative(other.text, other.share) for other in decoded.others)
        return Transcription(decoded.text, line_confidence(read), characters, read, others, self._language or decoded.language,
                             legibility)


def open_crnn(name: Optional[str] = None, engine: EngineSettings = EngineSettings(),
              decoding: DecodingSettings = DecodingSettings("greedy")) -> CRNNRecogniser:
    """Open a recogniser whose output can be passed to other decoders.

    Parameters
    ----------
    name : registered model, or the folder of a training run; None takes the default.

    Raises
    ------
    InputError : it is of another architecture, without CTC output.
    ModelNotFound, ModelMismatch : it is not installed, damaged or for another task.
    """
    model = require(name or TASK, TASK)
    if model.card.kind.name != ARCHITECTURE:
        raise InputError(f"{model.card.name} is of the architecture {model.card.kind.name}; CTC decoders are for "
                         f"{ARCHITECTURE}. Give such a model with --model.")
    return CRNNRecogniser(model, engine, decoding)
