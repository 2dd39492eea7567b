"""Unpacking archives: the good ones land right, the harmful and the damaged ones write nothing."""
import gzip
import io
import os
import tarfile

import pytest

from ocr.datasets.archive import Contents, unpack
from ocr.errors import DownloadError, OutputError


def member(name, text=b"text", **fields):
    """Make one entry of an archive."""
    info = tarfile.TarInfo(name)
    info.size = len(text)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, io.BytesIO(text)


@pytest.fixture
def pack(tmp_path):
    """Write an archive of the given members."""
    def write(*members):
        with tarfile.open(tmp_path / "lines.tgz", "w:gz") as tar:
            for info, text in members:
                tar.addfile(info, text)
        return tmp_path / "lines.tgz"

    return write


@pytest.mark.parametrize("prefix", ["", "./", "lines/", "./lines/"])
def test_a_leading_folder_of_its_own_name_is_dropped(pack, tmp_path, prefix):
    archive = pack(member(f"{prefix}a01/", b"", type=tarfile.DIRTYPE), member(f"{prefix}a01/x.png", b"ink"))
    assert unpack(archive, tmp_path / "lines", ("lines",)) == Contents(1, 3)
    assert (tmp_path / "lines" / "a01" / "x.png").read_bytes() == b"ink"
    assert os.listdir(tmp_path / "lines") == ["a01"]


@pytest.mark.parametrize("bad", [
    member("../out"), member("a/../../out"), member("lines/../../../out"),
    member("out", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"), member("out", b"", type=tarfile.SYMTYPE, linkname="good"),
    member("out", b"", type=tarfile.LNKTYPE, linkname="a"),
    member("out", b"", type=tarfile.FIFOTYPE), member("out", b"", type=tarfile.CHRTYPE)])
def test_harmful_members_are_refused_before_anything_is_written(pack, tmp_path, bad):
    archive = pack(member("good"), bad)
    with pytest.raises(DownloadError, match="unsafe.*nothing was unpacked"):
        unpack(archive, tmp_path / "lines")
    assert os.listdir(tmp_path) == []


def test_absolute_names_stay_inside_the_folder(pack, tmp_path):
    unpack(pack(member(f"{tmp_path}/out")), tmp_path / "lines")
    assert not (tmp_path / "out").exists() and len(list((tmp_path / "lines").rglob("out"))) == 1


def test_nobody_elses_rights_are_unpacked(pack, tmp_path):
    unpack(pack(member("a", mode=0o6777)), tmp_path / "lines")
    assert (tmp_path / "lines" / "a").stat().st_mode & 0o6022 == 0


def test_a_python_without_the_filter_says_what_to_do_and_keeps_the_archive(pack, tmp_path, monkeypatch):
    archive = pack(member("a"))
    monkeypatch.delattr(tarfile, "data_filter")
    with pytest.raises(DownloadError, match="cannot unpack archives safely. Update it"):
        unpack(archive, tmp_path / "lines")
    assert os.listdir(tmp_path) == ["lines.tgz"]


def test_unpacking_again_writes_over_what_was_broken_off(pack, tmp_path):
    (tmp_path / "lines" / "a01").mkdir(parents=True)
    (tmp_path / "lines" / "a01" / "x.png").write_bytes(b"ha")
    unpack(pack(member("a01/x.png", b"half")), tmp_path / "lines")
    assert (tmp_path / "lines" / "a01" / "x.png").read_bytes() == b"half"


@pytest.mark.parametrize("limit, fits", [(1200, True), (1199, False)])
def test_archives_that_grow_too_large_are_refused(pack, tmp_path, limit, fits):
    archive = pack(member("a", bytes(600)), member("b", bytes(600)))
    if fits:
        assert unpack(archive, tmp_path / "lines", max_bytes=limit) == Contents(2, 1200)
    else:
        with pytest.raises(DownloadError, match="more than 1,199 bytes"):
            unpack(archive, tmp_path / "lines", max_bytes=limit)
        assert os.listdir(tmp_path) == []


def test_zeros_without_end_after_the_archive_are_refused(pack, tmp_path):
    archive = pack(member("a"))
    archive.write_bytes(archive.read_bytes() + gzip.compress(bytes(1 << 20)))
    assert unpack(archive, tmp_path / "lines", max_bytes=1 << 20) == Contents(1, 4)
    with pytest.raises(DownloadError, match="unpacks to more"):
        unpack(archive, tmp_path / "lines", max_bytes=(1 << 20) - 1)


@pytest.mark.parametrize("damage", [
    lambda data: data[:-9],  # cut off
    lambda data: data[:-8] + b"\0\0\0\0" + data[-4:],  # the checksum at its end, which tarfile alone never reads
    lambda data: data[:200] + bytes(50) + data[250:],
    lambda data: b"",
    lambda data: b"<html>no archive</html>",
    lambda data: gzip.compress(b"no tar in here" * 100)])
def test_damaged_archives_write_nothing_and_go_away(pack, tmp_path, damage):
    archive = pack(*(member(f"{number}.png", os.urandom(500)) for number in range(20)))
    archive.write_bytes(damage(archive.read_bytes()))
    with pytest.raises(DownloadError, match="lines.tgz: damaged, or no .tgz"):
        unpack(archive, tmp_path / "lines")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("free", [599, 600])
def test_what_does_not_fit_on_the_disk_is_reported_beforehand(pack, tmp_path, monkeypatch, free):
    archive = pack(member("a", bytes(600)))
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": free}))
    if free == 600:
        assert unpack(archive, tmp_path / "lines") == Contents(1, 600)
        return
    with pytest.raises(OutputError, match="600 bytes and 599 are free"):
        unpack(archive, tmp_path / "lines")
    assert archive.exists()
