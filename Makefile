# The same targets for people and for CI. `make demo` and `make test` need Python 3.11+ and nothing else.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
UV_VERSION := 0.13.9

.PHONY: setup demo test real serve ui spark models lock lint format types clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

demo: setup
	$(BIN)/mandi demo

real: setup
	MANDI_HOME="$${MANDI_HOME:-var/real}" $(BIN)/mandi real

serve: setup
	$(BIN)/mandi serve

ui: setup
	$(BIN)/mandi ui

spark: setup
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements.lock --editable '.[spark,s3,trial]'
	$(BIN)/python -m pytest -n 0 tests/golden/test_spark.py tests/unit/test_object_store.py
	$(BIN)/python -m benchmarks.spark

models: setup
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements.lock --editable '.[transformers,gliner]'
	$(BIN)/python -m pytest -n 0 -W ignore tests/unit/test_name_engines.py

test: setup lint types
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup
	$(BIN)/mypy

lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-emit-index-url --generate-hashes --no-header -o requirements.lock pyproject.toml

clean:
	rm -rf var
