"""From a run folder to a published model, by the script."""
import json
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.errors import InputError, ModelMismatch, OutputError
from ocr.models.card import render_card
from ocr.models.registration import MAX_BYTES, make_card, publish, read_json, without_folders
from ocr.models.registry import registry, write_registry

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "register_model.py"


@pytest.fixture
def publish_by_script(run_folder, tmp_path):
    """Run the script on the run folder, with more options; gives its exit code."""
    write_registry([], tmp_path / "registry.json")
    (tmp_path / "score.txt").write_text('cer  0.2\nwer  0.5\n{"cer": 0.2, "interval": [0.1, 0.3]}\n')

    def run(name, *options):
        return runpy.run_path(str(SCRIPT))["main"]([
            str(run_folder), name, "1.0", "--figures", str(tmp_path / "score.txt"), "--measured-on", "validation",
            "--licence", "CC0", "--languages", "en", "fr", "--models", str(tmp_path / "models"),
            "--registry", str(tmp_path / "registry.json"), *options])

    return run


def test_a_run_becomes_a_model(publish_by_script, run_folder, tmp_path, capsys):
    assert publish_by_script("reader") == 0
    [card] = registry(tmp_path / "registry.json")
    assert card.figures == (("cer", 0.2), ("interval", (0.1, 0.3)))
    assert card.languages == ("en", "fr") and card.training_data == ("iam:a folder",)
    folder = tmp_path / "models" / "reader"
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "network.json", "network.onnx", "weights.npz"]
    assert (folder / "README.md").read_text(encoding="utf-8") == render_card(card)
    assert "reader 1.0" in capsys.readouterr().out


def test_order_decides_on_defaults(publish_by_script, tmp_path):
    publish_by_script("a")
    publish_by_script("b")
    publish_by_script("a")  # again: it keeps its place
    assert [card.name for card in registry(tmp_path / "registry.json")] == ["a", "b"]
    publish_by_script("b", "--default")
    assert [card.name for card in registry(tmp_path / "registry.json")] == ["b", "a"]


def test_failures_exit_with_1_and_publish_nothing(publish_by_script, run_folder, tmp_path, capsys):
    (run_folder / "weights.npz").unlink()
    assert publish_by_script("reader") == 1
    assert "lacks weights.npz" in capsys.readouterr().err
    assert not (tmp_path / "models").exists() and registry(tmp_path / "registry.json") == ()


@pytest.mark.parametrize("argv", [[], ["run", "name", "1.0"], ["run", "name", "1.0", "--licence", "a", "--figures", "f"]])
def test_bad_command_lines(argv):
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(SCRIPT))["main"](argv)
    assert caught.value.code == 2


@pytest.mark.parametrize("size, fits", [(MAX_BYTES - 1, True), (MAX_BYTES, False)])
def test_the_repository_ships_small_models_only(run_folder, release, tmp_path, size, fits):
    with open(run_folder / "weights.npz", "r+b") as file:
        file.truncate(size - 2000)                      # beside two other files of 1000 bytes
    card = make_card(run_folder, release)               # as it is, a person reads with it
    write_registry([], tmp_path / "registry.json")
    if fits:
        publish(run_folder, card, tmp_path / "models", tmp_path / "registry.json")
    else:
        with pytest.raises(InputError, match="less than 20,000,000"):
            publish(run_folder, card, tmp_path / "models", tmp_path / "registry.json")
    assert (tmp_path / "models").exists() == bool(registry(tmp_path / "registry.json")) == fits


def change_run(run_folder, **changes):
    """Change fields of run.json; None removes one."""
    run = {**json.loads((run_folder / "run.json").read_text()), **changes}
    (run_folder / "run.json").write_text(json.dumps({name: value for name, value in run.items() if value is not None}))


def test_run_folders_carry_settings_and_architecture_for_the_card(run_folder, release):
    change_run(run_folder, settings={"epochs": 3}, model_settings={"nms": {"threshold": 0.4}}, architecture="crnn")
    card = make_card(run_folder, release)
    assert (card.architecture, card.settings) == ("crnn", (("nms.threshold", 0.4),))
    change_run(run_folder, architecture="svtr-of-tomorrow")
    with pytest.raises(ModelMismatch, match="'svtr-of-tomorrow' are not known.*has crnn"):
        make_card(run_folder, release)


def test_a_new_version_keeps_the_settings_of_the_old_one(publish_by_script, run_folder, tmp_path):
    def settings():
        return dict(registry(tmp_path / "registry.json")[0].settings)

    assert publish_by_script("reader", "--setting", "lm.weight=0.5", "--setting", 'unit="word"', "--setting", "n=[1, 2]") == 0
    assert settings() == {"lm.weight": 0.5, "unit": "word", "n": (1, 2)}
    change_run(run_folder, model_settings={"unit": "line"})
    publish_by_script("reader", "--setting", "n=null", "--setting", 'lm={"length": 2}')
    assert settings() == {"lm.weight": 0.5, "unit": "line", "lm.length": 2}
    publish_by_script("reader", "--forget-settings")
    assert settings() == {"unit": "line"}


def test_settings_of_another_kind_of_model_are_not_kept(card, run_folder, release):
    before = replace(card, settings=(("lm.weight", 0.5),))
    assert make_card(run_folder, release, before).settings == (("lm.weight", 0.5),)
    assert make_card(run_folder, replace(release, architecture="crnn"), before).settings == (("lm.weight", 0.5),)
    change_run(run_folder, task="lines")
    assert make_card(run_folder, release, before).settings == ()
    newer = replace(before, architecture="svtr-of-tomorrow")
    change_run(run_folder, task="recognition")
    assert make_card(run_folder, release, newer).settings == ()


@pytest.mark.parametrize("text", ["0.5", "=1", "unit=word", "n=NaN", "n=", "n=[1"])
def test_settings_that_are_no_json_are_refused(publish_by_script, text, capsys):
    with pytest.raises(SystemExit) as caught:
        publish_by_script("reader", "--setting", text)
    assert caught.value.code == 2 and "NAME=VALUE" in capsys.readouterr().err


def test_a_model_that_cannot_be_copied_stays_the_old_one(card, run_folder, release, tmp_path, monkeypatch):
    (run_folder / "network.onnx").write_bytes(b"newer")
    renewed = make_card(run_folder, release)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ocr.output.os.fsync", full)
    with pytest.raises(OutputError, match="network.onnx.*register the model again"):
        publish(run_folder, renewed, tmp_path / "models", tmp_path / "registry.json")
    assert registry() == (card,)
    folder = tmp_path / "models" / "reader"
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "network.json", "network.onnx", "weights.npz"]
    assert (folder / "network.onnx").read_bytes() == bytes(1000)


@pytest.mark.parametrize("change, message", [({"task": None}, "lacks the field 'task'"), ({"task": "music"}, "music")])
def test_broken_runs_are_refused(run_folder, release, change, message):
    change_run(run_folder, **change)
    with pytest.raises(InputError, match=message):
        make_card(run_folder, release)


@pytest.mark.parametrize("text", ["", "[1]", "no json"])
def test_files_without_json_are_named(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match="a.json"):
        read_json(tmp_path / "a.json")


def test_publishing_over_an_older_model_replaces_it(card, run_folder, release, tmp_path):
    (run_folder / "network.onnx").write_bytes(b"newer")
    renewed = make_card(run_folder, release)
    publish(run_folder, renewed, tmp_path / "models", tmp_path / "registry.json")
    assert registry() == (renewed,)
    assert (tmp_path / "models" / "reader" / "network.onnx").read_bytes() == b"newer"


@pytest.mark.parametrize("word, public", [("iam:/home/me/IAM", "iam:IAM"), ("../runs/mine/", "mine"), ("--epochs", "--epochs"),
                                          ("gpu:0", "gpu:0"), ("alto:pages", "alto:pages")])
def test_cards_name_nobodys_folders(word, public):
    assert without_folders(word) == public
