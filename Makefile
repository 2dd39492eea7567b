# make demo: read the sample pages.   make test: run the tests.   make check: linter, type checker and known holes, too.
# make wheel: build dist/*.whl, and try it in an empty environment.
PYTHON := $(shell for p in python3.12 python3.11 python3.10 python3.9 python3.13 python3.14 python3 python; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 9) <= sys.version_info < (3, 15))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
PY := $(VENV)/bin/python
PIP := PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --editable
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check wheel clean

demo: $(VENV)/.reading
	@$(PY) get_models.py fetch
	@$(PY) scripts/demo.py samples out

test: $(VENV)/.testing
	@$(PY) -m pytest tests -n auto --dist loadfile

check: $(VENV)/.checking
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) benchmarks/known_holes.py
	@$(PY) -m pytest tests -n auto --dist loadfile

wheel: $(VENV)/.checking
	@$(PY) -m build --outdir dist
	@$(PY) -m pytest -m slow tests/packaging

clean:
	rm -rf $(VENV) out build dist *.egg-info

$(PY):
	@test -n "$(PYTHON)" || { echo "No Python 3.9 to 3.14 with venv was found. Install one (on Debian: apt-get install python3 python3-venv)." >&2; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON), once" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --upgrade pip

$(VENV)/.reading: pyproject.toml setup.py | $(PY)
	@echo "installing what reading needs, once" >&2
	@$(PIP) .
	@touch $@

$(VENV)/.testing: pyproject.toml setup.py | $(PY)
	@echo "installing what the tests need, once" >&2
	@$(PIP) ".[gluon,lexicon,serve,test]"
	@$(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || exit 0; $(PY) -m pip install --quiet --no-deps mxnet==1.9.1
	@touch $@

$(VENV)/.checking: $(VENV)/.testing
	@echo "installing the linter, the type checker and the builder, once" >&2
	@$(PIP) ".[dev]"
	@touch $@
