"""MXNet, where it is installed, is imported the project's way first, so that pytest.importorskip finds it."""
from ocr.engine.gluon import import_mxnet
from ocr.errors import EngineUnavailable

try:
    import_mxnet()
except EngineUnavailable:
    MXNET = False
else:
    MXNET = True


def pytest_report_header():
    """Say whether the tests that need MXNet will run."""
    return f"MXNet: {'installed' if MXNET else 'not installed, tests of the gluon engine are skipped'}"
