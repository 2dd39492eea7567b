"""The epoch loop on a toy learner: exact resume, best weights, early stopping, journal."""
from __future__ import annotations

import signal
import subprocess
import sys

import numpy as np
import pytest

from ocr.errors import OutputError
from ocr.training import checkpoint
from ocr.training.journal import Journal
from ocr.training.loop import BEST, CHECKPOINT, JOURNAL, LOCK, fit
from ocr.training.schedule import Schedule


class Toy:
    """Fits the mean of random numbers; the score gets worse again after `turn` epochs."""

    name, reads, key, smaller_is_better = "toy", "images", "error", True

    def __init__(self, turn=99):
        self.turn, self.epochs = turn, 0

    def plan(self, rng):
        return list(rng.permutation(5))

    def batch(self, recipe, rng):
        return {"images": rng.normal(recipe, 1.0, (4,))}

    def evaluate(self, network):
        self.epochs += 1
        return {"error": float(abs(self.epochs - self.turn))}

    def drawing(self, network):
        return np.zeros((4, 4, 3), np.uint8)


class Running:
    """A learner whose only weight is a running mean."""

    def __init__(self, stop_after=None):
        self.weight, self.steps, self.stop_after = np.zeros(1), 0, stop_after

    def step(self, batch, learning_rate, seed):
        if self.stop_after is not None and self.steps == self.stop_after:
            raise KeyboardInterrupt
        noise = np.random.default_rng(seed).normal()
        self.weight = self.weight + learning_rate * (batch["images"].mean() + noise - self.weight)
        self.steps += 1
        return float(self.weight[0])

    def outputs(self, batch):
        return (batch["images"],)

    def weights(self):
        return {"w": self.weight.copy()}

    state = weights

    def restore(self, state):
        self.weight = state["w"].copy()


def schedule(**changes):
    return Schedule(**{"epochs": 4, "learning_rate": 0.5, "seed": 3, "checkpoint_seconds": 0.0, **changes})


@pytest.mark.parametrize("stop_after", [0, 3, 5, 12])
def test_a_run_that_was_stopped_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, stop_after):
    whole = Running()
    fit(Toy(), whole, tmp_path / "whole", schedule())
    with pytest.raises(KeyboardInterrupt):
        fit(Toy(), Running(stop_after), tmp_path / "broken", schedule())
    resumed = Running()
    fit(Toy(), resumed, tmp_path / "broken", schedule())
    assert resumed.weight[0] == whole.weight[0]
    losses = [[entry["loss"] for entry in Journal(tmp_path / name / JOURNAL).read()] for name in ("whole", "broken")]
    assert losses[0] == losses[1] and len(losses[0]) == 4


def test_the_best_epoch_is_kept_and_patience_ends_the_run(tmp_path):
    progress = fit(Toy(turn=2), Running(), tmp_path, schedule(epochs=50, patience=3))
    assert (progress.best_epoch, progress.epoch) == (1, 5)
    assert set(checkpoint.read_arrays(tmp_path / BEST)) == {"w"}
    assert (tmp_path / "picture.png").stat().st_size > 0


def test_a_finished_run_started_again_does_nothing(tmp_path):
    fit(Toy(), Running(), tmp_path, schedule())
    again = Running()
    fit(Toy(), again, tmp_path, schedule())
    assert again.steps == 0


def packed_otherwise(archive):
    """Set an unknown compression method in the directory of a zip archive."""
    at = archive.index(b"PK\1\2") + 10
    return archive[:at] + b"\x63" + archive[at + 1:]


@pytest.mark.parametrize("damage", [lambda old: b"not a checkpoint", lambda old: b"", lambda old: old[:-30],
                                    lambda old: old[:len(old) // 2], lambda old: old.replace(b"best_epoch", b"worst_poch"),
                                    packed_otherwise])
def test_a_damaged_checkpoint_is_named(tmp_path, damage):
    fit(Toy(), Running(), tmp_path, schedule(epochs=1))
    whole = (tmp_path / CHECKPOINT).read_bytes()
    (tmp_path / CHECKPOINT).write_bytes(damage(whole))
    with pytest.raises(checkpoint.TrainingError, match="checkpoint.npz"):
        fit(Toy(), Running(), tmp_path, schedule())


@pytest.mark.parametrize("note", [None, b"{", b"[1]", b'{"epoch": 1, "of_a_later_version": 2}'])
def test_arrays_that_are_no_checkpoint_are_named(tmp_path, note):
    arrays = {"w": np.zeros(1), **({} if note is None else {"__progress__": np.frombuffer(note, np.uint8)})}
    checkpoint.write_arrays(tmp_path / CHECKPOINT, arrays)
    with pytest.raises(checkpoint.TrainingError, match="checkpoint.npz.*not the progress of a run"):
        fit(Toy(), Running(), tmp_path, schedule())


@pytest.mark.parametrize("epoch", [0, 2])
@pytest.mark.parametrize("score", [np.nan, np.inf, None])
@pytest.mark.parametrize("smaller_is_better", [True, False])
def test_a_score_that_is_no_number_is_never_the_best(tmp_path, epoch, score, smaller_is_better):
    task = Toy()
    scores = iter([3.0] * epoch + [score])
    task.smaller_is_better, task.evaluate = smaller_is_better, lambda network: {"error": next(scores)}
    with pytest.raises(checkpoint.TrainingError, match=f"After epoch {epoch} the validation score error is"):
        fit(task, Running(), tmp_path, schedule())
    assert (tmp_path / BEST).exists() == bool(epoch)
    assert [entry["best_epoch"] for entry in Journal(tmp_path / JOURNAL).read()] == [0] * epoch


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    checkpoint.write_arrays(tmp_path / CHECKPOINT, {"weight": np.ones(3)})
    monkeypatch.setattr("ocr.output.os.fsync", full)
    with pytest.raises(OutputError, match="checkpoint.npz.*No space left"):
        checkpoint.write_arrays(tmp_path / CHECKPOINT, {"weight": np.zeros(3)})
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    assert checkpoint.read_arrays(tmp_path / CHECKPOINT)["weight"].sum() == 3


def test_a_drawing_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    """What cannot be drawn to the end leaves the image of the epoch before."""
    def breaks(image, stream, kind):
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    (tmp_path / "picture.png").write_bytes(b"before")
    monkeypatch.setattr("PIL.Image.Image.save", breaks)
    with pytest.raises(OutputError, match="picture.png.*same command again"):
        fit(Toy(), Running(), tmp_path, schedule())
    assert (tmp_path / "picture.png").read_bytes() == b"before" and not list(tmp_path.glob(".*.part"))


def test_missing_training_data_is_an_error(tmp_path):
    task = Toy()
    task.plan = lambda rng: []
    with pytest.raises(checkpoint.TrainingError, match="no training data"):
        fit(task, Running(), tmp_path, schedule())


def test_the_learning_rate_rises_then_falls():
    rates = [schedule(warm_up=0.1).rate(progress) for progress in np.linspace(0, 1, 101)]
    assert rates.index(max(rates)) == 10 and max(rates) == pytest.approx(0.5)
    assert rates[-1] == pytest.approx(0.005)
    assert all(a >= b for a, b in zip(rates[10:], rates[11:]))


def test_a_run_that_was_killed_does_not_keep_its_folder(tmp_path):
    code = ("import os, signal, sys\nfrom ocr.output import locked\n"
            "with locked(sys.argv[1], wait=False):\n    os.kill(os.getpid(), signal.SIGKILL)\n")
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / LOCK)], timeout=60)
    assert killed.returncode == -signal.SIGKILL and (tmp_path / LOCK).exists()
    assert fit(Toy(), Running(), tmp_path, schedule(epochs=1)).epoch == 1


def test_another_process_that_trains_is_refused_at_once(tmp_path):
    code = ("import sys, time\nfrom ocr.output import locked\n"
            "with locked(sys.argv[1]):\n    print('held', flush=True)\n    time.sleep(60)\n")
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / LOCK)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        try:
            with pytest.raises(checkpoint.TrainingError, match="another process is training there.*give another folder"):
                fit(Toy(), Running(), tmp_path, schedule())
        finally:
            other.kill()


def test_two_runs_do_not_share_a_folder(tmp_path):
    class Starts(Running):
        def step(self, batch, learning_rate, seed):
            with pytest.raises(checkpoint.TrainingError, match="another process"):
                fit(Toy(), Running(), tmp_path, schedule())
            return super().step(batch, learning_rate, seed)

    learner = Starts()
    fit(Toy(), learner, tmp_path, schedule(epochs=1))
    assert learner.steps == 5


def test_tensorboard_gets_what_the_journal_gets(tmp_path):
    pytest.importorskip("tensorboardX")
    fit(Toy(), Running(), tmp_path, schedule(), tensorboard=True)
    (events,) = (tmp_path / "tensorboard").iterdir()
    assert b"error" in events.read_bytes() and b"learning_rate" in events.read_bytes()


def test_a_journal_cut_off_in_its_last_line_is_continued(tmp_path):
    path = tmp_path / JOURNAL
    path.write_text('{"epoch": 0, "loss": 1.0}\n{"epoch": 1, "lo')
    Journal(path).write({"epoch": 1, "loss": 0.5})
    assert [entry["loss"] for entry in Journal(path).read()] == [1.0, 0.5]
