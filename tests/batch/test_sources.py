"""What the results of a run are called."""
from __future__ import annotations

from ocr.batch import sources


def test_names_of_results_are_all_different(tmp_path):
    paths = [tmp_path / name for name in ("x/a/p.png", "y/a/p.png", "y/a/q.png", "q.jpg", "r.png")]
    names = sources.result_names(paths)
    assert list(names) == paths and len(set(names.values())) == 5
    assert [names[path] for path in paths[2:]] == ["q.png", "q.jpg", "r"]


def test_lists_of_files_are_not_taken_for_pages(tmp_path):
    for name in ("METS.xml", "metadata.xml", "0001.xml"):
        (tmp_path / name).touch()
    assert sources.list_sources([tmp_path]) == sources.list_sources([str(tmp_path / "*.xml")]) == [tmp_path / "0001.xml"]
