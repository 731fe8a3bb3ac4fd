# The verbs of this project; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := .ci/constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint benchmark lock clean

help:  ## list the verbs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready: pyproject.toml $(LOCK)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hpobench needs Python 3.11 or newer; say which by: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(LOCK) --editable '.[dev]'
	@touch $@

setup: $(VENV)/.ready  ## make .venv with the locked dependencies and the project

clean:  ## remove what the other verbs made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis results/demo
