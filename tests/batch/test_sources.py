"""What the results of a run are called."""
from __future__ import annotations

from ocr.batch import sources


def test_names_of_results_are_all_different(tmp_path):
    paths = [tmp_path / name for name in ("x/a/p.png", "y/a/p.png", "y/a/q.png", "q.jpg", "r.png")]
    names = sources.result_names(paths)
    assert list(names) == paths and len(set(names.values())) == 5
    assert [names[path] for path in paths[2:]] == ["q.png", "q.jpg", "r"]
