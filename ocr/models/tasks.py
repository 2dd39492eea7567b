"""The tasks that models are trained for: one table of tasks, their architectures, and the functions that open them.

A new recogniser or detector is a folder of its own, one row here, and a card that names it.
"""
from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Callable, Mapping, Tuple

from ocr.errors import ModelMismatch

_NETWORK = ("network.onnx", "network.json", "weights.npz")


@dataclass(frozen=True)
class Architecture:
    """One kind of model for a task.

    Parameters
    ----------
    name : as in the field `architecture` of cards.
    files : the files of such a model; the digest of the first one identifies the model in the processing steps of a page.
    opener : "module:function" that opens such a model; see `Task.takes` for its signature.
    """

    name: str
    files: Tuple[str, ...]
    opener: str

    def open(self) -> Callable[..., Any]:
        """Import and return the opener; architectures that are not used are not imported."""
        module, _, function = self.opener.partition(":")
        return getattr(import_module(module), function)


@dataclass(frozen=True)
class Task:
    """Something that models are trained for.

    Parameters
    ----------
    name : as in the field `task` of cards.
    purpose : one sentence for the card.
    takes : signature of the openers of its architectures.
    architectures : the first is the default of cards that name none.
    """

    name: str
    purpose: str
    takes: str
    architectures: Tuple[Architecture, ...]

    def knows(self, name: str) -> bool:
        """Tell whether an architecture is one of these; the empty name means the first."""
        return name == "" or any(name == architecture.name for architecture in self.architectures)

    def architecture(self, name: str) -> Architecture:
        """Look an architecture up.

        Raises
        ------
        ModelMismatch : there is no such architecture.
        """
        for architecture in self.architectures:
            if name in ("", architecture.name):
                return architecture
        known = ", ".join(architecture.name for architecture in self.architectures)
        raise ModelMismatch(f"Models for {self.name} of the architecture {name!r} are not known to this program, which has "
                            f"{known}. Install a newer version, or take another model.")


TASKS: Mapping[str, Task] = MappingProxyType({task.name: task for task in (
    Task("paragraphs", "Finds the regions of handwriting on a page (stage 1).",
         "(model, EngineSettings, keep_doubtful, text) -> Stage", (
             Architecture("maps", _NETWORK, "ocr.paragraphs.stage:ParagraphStage"),)),
    Task("lines", "Finds the lines and words in a region of handwriting (stage 2).",
         "(model, EngineSettings) -> LineDetector", (
             Architecture("ssd", _NETWORK, "ocr.lines.ssd.detector:SSDDetector"),)),
    Task("recognition", "Reads the text of a line of handwriting (stage 3).",
         "(model, EngineSettings, DecodingSettings) -> Recogniser", (
             Architecture("crnn", _NETWORK, "ocr.recognition.crnn.recogniser:CRNNRecogniser"),)),
    Task("language", "Knows which characters follow which in a language (stage 3, decoder beam+lm).",
         "(model, Alphabet) -> WeightedModel", (
             Architecture("ngrams", ("ngrams.npz",), "ocr.decoding.ngrams.opening:open_ngrams"),)),
    Task("lexicon", "Knows the words of a language, and what misreading them costs (stage 3, decoder lexicon).",
         "(model, Alphabet) -> Lexicon", (
             Architecture("words", ("words.npz",), "ocr.decoding.lexicon.opening:open_lexicon"),)),
    Task("language-network", "Predicts the characters of a language (`benchmarks/rescoring.py`).",
         "(model, EngineSettings) -> Rescorer", (
             Architecture("lstm", _NETWORK, "ocr.decoding.lstm.rescoring:open_network_model"),)),
    Task("corrector", "Proposes what a misread line may say (stage 3, as the decoder).",
         "(model, EngineSettings, Alphabet, DecodingSettings) -> Decoder", (
             Architecture("transformer", _NETWORK, "ocr.decoding.corrector.decoder:open_corrector"),)),
)})
"""The tasks by name."""
