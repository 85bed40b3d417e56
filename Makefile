# Two commands do everything on a machine with Python 3.11 and make: `make forecast` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= out
WORKERS ?= 2

.PHONY: forecast test test-lowest check pytest docs bench clean

$(BIN)/.ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[all]"
	touch $@

$(BIN)/.ready-test: $(BIN)/.ready
	$(BIN)/python -m pip install --quiet --group test --group check
	touch $@

$(BIN)/.ready-docs: $(BIN)/.ready
	$(BIN)/python -m pip install --quiet --group docs
	touch $@

forecast: $(BIN)/.ready
	$(BIN)/kompaslite forecast --out $(OUT) --force

test: check pytest

check: $(BIN)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: $(BIN)/.ready-test
	$(BIN)/python -m pytest -n $(WORKERS)

# The suite on the lowest versions that pyproject.toml declares: a bound that does not work is not declared.
LOWEST := .venv-lowest/bin

$(LOWEST)/.ready: pyproject.toml
	test -x $(LOWEST)/python || $(PYTHON) -m venv .venv-lowest
	$(LOWEST)/python -m pip install --quiet --upgrade "pip>=25.1" uv
	VIRTUAL_ENV=.venv-lowest $(LOWEST)/uv pip install --quiet --resolution lowest-direct --editable ".[all]" --group test
	touch $@

test-lowest: $(LOWEST)/.ready
	$(LOWEST)/python -m pytest -n $(WORKERS) tests

docs: $(BIN)/.ready-docs
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

bench: $(BIN)/.ready-test
	$(BIN)/python -m benchmarks.engine

clean:
	rm -rf $(OUT) docs/_build
