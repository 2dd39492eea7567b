"""get_models.py as a person uses it: verbs, exit codes, what is printed where."""
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import ocr.models.registry as registry_file
from ocr.models.tasks import TASKS
from ocr.models.registration import Release, make_card, publish

CLONE = Path(__file__).resolve().parents[1]


@pytest.fixture
def get_models(tmp_path, monkeypatch):
    """Call get_models.main with two published models and an empty cache."""
    import importlib.util

    monkeypatch.setenv("OCR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OCR_MODELS_URL", str(tmp_path / "models"))
    monkeypatch.setattr(registry_file, "REGISTRY", tmp_path / "registry.json")
    registry_file.write_registry([], tmp_path / "registry.json")
    for name, task in (("finder", "lines"), ("reader", "recognition")):
        run = tmp_path / name
        run.mkdir()
        for file in TASKS[task].architectures[0].files:
            (run / file).write_bytes(f"{name} {file}".encode())
        (run / "run.json").write_text(json.dumps(dict(
            task=task, command=["train"], data=["x"], epochs=1, seconds=1, hardware="cpu", alphabet=None, input={},
            parameters=1)))
        card = make_card(run, Release(name, "1.0", "CC0", ("en",), {"f1": 1.0}, "validation"))
        publish(run, card, tmp_path / "models", tmp_path / "registry.json")
    spec = importlib.util.spec_from_file_location("get_models", CLONE / "get_models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def test_from_nothing_to_verified(get_models, capsys):
    assert get_models(["list"]) == 0
    assert capsys.readouterr().out.count("not installed") == 2
    assert get_models(["fetch"]) == 0
    assert capsys.readouterr().out.count("installed in") == 2
    assert get_models(["verify"]) == 0
    assert capsys.readouterr().out == "finder 1.0: ok\nreader 1.0: ok\n"
    assert get_models(["fetch"]) == 0
    output = capsys.readouterr()
    assert output.out.count("already in") == 2 and output.err == ""
    assert get_models(["list"]) == 0
    assert "not installed" not in capsys.readouterr().out


def test_names_and_tasks_choose(get_models, tmp_path):
    assert get_models(["fetch", "recognition"]) == 0
    assert os.listdir(tmp_path / "cache" / "models") == ["reader"]
    assert get_models(["verify", "reader"]) == 0
    assert get_models(["verify"]) == 1


def test_damage_is_told_and_repaired(get_models, tmp_path, capsys):
    get_models(["fetch"])
    (tmp_path / "cache" / "models" / "reader" / "1.0" / "weights.npz").write_bytes(b"")
    capsys.readouterr()
    assert get_models(["verify"]) == 1
    assert "reader 1.0: damaged: weights.npz" in capsys.readouterr().out
    assert get_models(["fetch"]) == 0
    assert get_models(["verify"]) == 0


def test_one_failure_does_not_stop_the_others(get_models, tmp_path, capsys):
    shutil.rmtree(tmp_path / "models" / "finder")
    assert get_models(["fetch"]) == 1
    output = capsys.readouterr()
    assert "error: finder" in output.err and "reader 1.0: installed" in output.out


def test_published_bytes_that_changed_are_refused(get_models, tmp_path, capsys):
    (tmp_path / "models" / "reader" / "weights.npz").write_bytes(b"reader weights.npx")
    assert get_models(["fetch", "reader"]) == 1
    assert "received sha256" in capsys.readouterr().err
    assert not (tmp_path / "cache" / "models" / "reader" / "1.0" / "weights.npz").exists()


def test_the_option_goes_before_the_environment(get_models, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OCR_MODELS_URL", "http://mirror.example/models")
    assert get_models(["fetch"]) == 1
    assert "plain http is not accepted" in capsys.readouterr().err
    assert get_models(["fetch", "--source", str(tmp_path / "models")]) == 0


def test_removed_models_are_gone_and_what_they_took_is_said(get_models, tmp_path, capsys):
    get_models(["fetch"])
    (tmp_path / "cache" / "models" / "reader" / "1.0" / "notes.txt").write_text("mine")
    capsys.readouterr()
    assert get_models(["remove", "recognition", "reader"]) == 0
    output = capsys.readouterr()
    assert output.out.count("reader 1.0: removed from") == 1 and "0.0 MB freed" in output.out and "notes.txt" in output.err
    assert get_models(["verify", "finder"]) == 0 and get_models(["verify", "reader"]) == 1
    assert get_models(["remove", "reader", "finder"]) == 0
    assert "reader 1.0: not installed in" in capsys.readouterr().out
    assert os.listdir(tmp_path / "cache" / "models") == ["reader"]


def test_the_list_says_where_models_are(get_models, tmp_path, capsys):
    get_models(["fetch", "reader"])
    (tmp_path / "cache" / "models" / "reader" / "1.0" / "weights.npz").unlink()
    capsys.readouterr()
    get_models(["list"])
    finder, reader = capsys.readouterr().out.splitlines()
    assert finder.endswith("not installed")
    assert reader.endswith(f"missing: weights.npz in {tmp_path / 'cache' / 'models' / 'reader' / '1.0'}")


def test_models_for_newer_programs_are_left_out_unless_asked_for(get_models, capsys):
    cards = registry_file.registry()
    newer = replace(cards[0], name="newer", architecture="of-tomorrow")
    registry_file.write_registry([newer, *cards], registry_file.REGISTRY)
    assert get_models(["fetch"]) == 0
    assert "newer 1.0: left out" in capsys.readouterr().err
    assert get_models(["verify"]) == 0
    assert get_models(["list"]) == 0
    assert "of the architecture of-tomorrow, which this program does not know" in capsys.readouterr().out
    assert get_models(["fetch", "newer"]) == 1
    assert "error: newer: Models for lines of the architecture 'of-tomorrow' are not known" in capsys.readouterr().err


def test_unknown_names_fail(get_models, capsys):
    assert get_models(["fetch", "nobody"]) == 1
    assert "Registered: finder, reader" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error():
    process = subprocess.Popen([sys.executable, str(CLONE / "get_models.py"), "list"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    process.stdout = None
    assert "Traceback" not in process.communicate(timeout=60)[1] and process.returncode == 1


@pytest.mark.parametrize("argv", [[], ["install"], ["list", "reader"], ["remove"], ["verify", "--source", "x"]])
def test_bad_command_lines(get_models, argv):
    with pytest.raises(SystemExit) as caught:
        get_models(argv)
    assert caught.value.code == 2


def test_a_clone_works_from_any_folder(tmp_path):
    environment = {**os.environ, "OCR_CACHE": str(tmp_path), "PYTHONPATH": str(CLONE)}
    environment.pop("OCR_MODELS_URL", None)
    for verb in ("list", "fetch", "verify"):
        done = subprocess.run([sys.executable, str(CLONE / "get_models.py"), verb], cwd=str(tmp_path), env=environment,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
