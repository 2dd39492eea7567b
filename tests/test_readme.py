"""The Markdown files are right: every command is accepted, every option, link, file and service address exists."""
from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from functools import cache

import pytest
from PIL import Image

from tests.documents import DOCUMENTS, ROOT, commands, fenced

SCRIPTS = {"models": "get_models.py", "serve": "scripts/serve.py", "export": "scripts/export.py",
           "evaluate": "scripts/evaluate_iam.py"}
STAGES = {"paragraphs": "scripts/1_segment_paragraphs.py", "lines": "scripts/2_segment_lines.py",
          "recognition": "scripts/3_recognise_text.py"}
COMMANDS = [command for path in DOCUMENTS for command in commands(path)]
PROGRAMS = [command for command in COMMANDS if command.words[0] in ("python", "ocr")]
OTHERS = {"--no-deps", "--wheel-dir", "--build", "--nooverlap"}                 # options of pip, docker and hocr-check
EXAMPLES = {"ocr/recognition/best_path/recogniser.py", "ocr/lines/profile/detector.py", "ocr/formats/markdown.py",
            "tests/recognition/best_path"}               # what ARCHITECTURE tells readers to create


def named(path):
    return path.relative_to(ROOT).as_posix()


@cache
def module(path):
    """Import a script by its path, its main not run."""
    spec = importlib.util.spec_from_file_location(re.sub(r"\W", "_", path), ROOT / path)
    loaded = sys.modules[spec.name] = importlib.util.module_from_spec(spec)            # dataclasses look for it there
    spec.loader.exec_module(loaded)
    return loaded


def parse(words):
    """Parse a command with the program's own parser; raises SystemExit where it is not accepted."""
    words = list(words)
    if words[0] == "python":
        words = words[1:]
        if words[0] != "-m":
            return module(words[0]).parse_args(words[1:])
        assert words[1] in ("ocr", "pytest"), words
        if words[1] == "pytest":
            return None
        words = words[1:]
    _, verb, *rest = words
    if verb == "read":
        from ocr.__main__ import parse_args

        return parse_args([verb, *rest])
    return module(STAGES[rest[0]]).parse_args([verb, *rest[1:]]) if verb == "train" else module(SCRIPTS[verb]).parse_args(rest)


def test_the_documents_have_commands():
    assert len(PROGRAMS) > 40 and {command.words[0] for command in COMMANDS} > {"python", "ocr", "pip", "make", "curl", "docker"}


@pytest.mark.parametrize("command", PROGRAMS, ids=str)
def test_a_command_is_accepted_by_the_program_it_names(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for word in command.words:                          # folders that a parser looks for
        if re.fullmatch(r"runs/[\w-]+|RUN", word):
            (tmp_path / word).mkdir(parents=True, exist_ok=True)
    try:
        parse(command.words)
    except SystemExit:
        pytest.fail(f"{command}\n{capsys.readouterr().err}")


def test_a_renamed_option_would_be_noticed(capsys):
    for words in (("ocr", "read", "page.jpg", "--colour"), ("python", "scripts/serve.py", "--no-such-option"),
                  ("python", "scripts/3_recognise_text.py", "train", "--dataset", "iam:IAM", "--out", "x"),
                  ("ocr", "serve", "--ports", "1"), ("python", "-m", "ocr", "read", "a.jpg", "--language-modelling", "x")):
        with pytest.raises(SystemExit):
            parse(words)


@pytest.fixture(scope="module")
def known_options():
    """Give every option of every program, and of their verbs."""
    paths = [named(path) for folder in ("scripts", "benchmarks") for path in sorted((ROOT / folder).glob("*.py"))]
    parsers = [parser_of(path) for path in [*paths, "get_models.py", "ocr/__main__.py"]]
    found = set(OTHERS)
    while parsers:
        for action in parsers.pop()._actions:
            found |= {option for option in action.option_strings if option.startswith("--")}
            parsers += action.choices.values() if isinstance(action, argparse._SubParsersAction) else []
    return found


def parser_of(path):
    """Give the parser that a program makes, caught as it is about to read a command line."""
    class Caught(Exception):
        pass

    def catch(parser, *_):
        raise Caught(parser)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Caught) as caught:
        patch.setattr(argparse.ArgumentParser, "parse_args", catch)
        module(path).parse_args([])
    return caught.value.args[0]


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_option_that_is_named_belongs_to_a_program(path, known_options):
    assert not set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", path.read_text(encoding="utf-8"))) - known_options


@pytest.mark.parametrize("verb", ["read", *SCRIPTS, "train recognition", "train lines", "train paragraphs"])
def test_the_command_has_the_verbs_that_the_documents_name(verb):
    result = subprocess.run([sys.executable, "-m", "ocr", *verb.split(), "--help"], cwd=ROOT, capture_output=True, text=True,
                            timeout=120)
    assert result.returncode == 0 and "usage:" in result.stdout, result.stderr


def test_a_page_is_read_as_the_readme_says(tmp_path, installed_models):
    for name, sample in (("photo.jpg", "harbour.jpg"), ("lettre.jpg", "voyage.jpg"), ("scans/a.jpg", "voyage.jpg")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / "samples" / sample, tmp_path / name)
    (tmp_path / "surnames.txt").write_text("Martin\nPoulet\n")
    with Image.open(ROOT / "samples" / "harbour.jpg") as page:
        for name, box in (("cuttings/line.png", (0.12, 0.09, 0.9, 0.13)), ("words/word.png", (0.12, 0.09, 0.25, 0.13))):
            (tmp_path / name).parent.mkdir()
            page.crop([round(share * side) for share, side in zip(box, 2 * page.size)]).save(tmp_path / name)
    readme = [command for command in commands(ROOT / "README.md") if command.words[:2] == ("ocr", "read")]
    assert len(readme) >= 5
    for command in readme:
        result = subprocess.run([sys.executable, "-m", *command.words, "--threads", "1"], cwd=tmp_path, capture_output=True, text=True,
                                timeout=300, env={**os.environ, **installed_models, "PYTHONPATH": str(ROOT)})
        least = 1 if "--whole" in command.words else 200
        assert result.returncode == 0 and len(result.stdout) > least, f"{command}\n{result.stderr}"
    assert {path.suffix for path in (tmp_path / "out").glob("[!.]*") if path.is_file()} == {".xml", ".pdf", ".hocr"}
    assert (tmp_path / "out" / "overlays" / "a.jpg").is_file()


def test_python_code_of_the_readme_runs(tmp_path, installed_models, monkeypatch, capsys):
    shutil.copyfile(ROOT / "samples" / "harbour.jpg", tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    blocks = [block.text for block in fenced((ROOT / "README.md").read_text(encoding="utf-8")) if block.language == "python"]
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert "harbour" in capsys.readouterr().out


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.words[0] == "make"], ids=str)
def test_make_knows_its_targets(command):
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(command.words[1:]) <= set(targets)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.words[0] == "pip"], ids=str)
def test_extras_that_are_installed_are_declared(command):
    declared = " ".join((ROOT / name).read_text(encoding="utf-8") for name in ("setup.py", "pyproject.toml")
                        if (ROOT / name).exists())
    for word in command.words:
        for extra in re.findall(r"^\.\[([\w,]+)\]$", word):
            for name in extra.split(","):
                assert re.search(rf'^\s*"?{name}"?\s*[:=]\s*\[', declared, re.MULTILINE), name


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.words[0] == "curl"], ids=str)
def test_addresses_of_the_service_are_there(command, tmp_path):
    pytest.importorskip("fastapi")
    from ocr.serving.app import create_app
    from ocr.serving.settings import Settings

    known = create_app(Settings(tmp_path)).openapi()["paths"]
    address = next(word for word in command.words if word.startswith("http")).partition(":8000")[2]
    method = command.words[command.words.index("-X") + 1].lower() if "-X" in command.words else \
        "post" if "-F" in command.words else "get"
    patterns = {re.sub(r"\{\w+\}", "[^/]+", path): methods for path, methods in known.items()}
    assert any(re.fullmatch(pattern, address) and method in methods for pattern, methods in patterns.items()), address


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_links_lead_somewhere(path):
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, link


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_files_that_are_named_are_there(path):
    text = path.read_text(encoding="utf-8")
    names = set(re.findall(r"(?<![\w/.-])[\w.-]+/[\w./-]+\.py\b", text)) | set(re.findall(r"`((?:ocr|tests)/[\w/.-]+)`", text))
    there = {name for name in names if any((ROOT / folder / name).exists() for folder in (".", "scripts", "benchmarks"))}
    assert names - there <= EXAMPLES and not there & EXAMPLES, names - there


def test_figures_in_the_readme_stand_among_the_figures():
    figures = (ROOT / "docs" / "FIGURES.md").read_text(encoding="utf-8")
    found = re.findall(r"\d+\.\d+ %(?: \([^)]*\))?", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(found) >= 2 and all(figure in figures for figure in found), found
