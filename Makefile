# Every task of the project. `make demo` and `make test` set up all they need.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# A process for each core, up to four: each may hold TensorFlow. A file's tests stay together.
IN_PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: demo serve test lint format bench lock clean help

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(INSTALLED) ## The main job on the bundled digits, start to end
	$(BIN)/labeler demo

serve: $(INSTALLED) ## The labeling page, on this machine
	$(BIN)/labeler serve

test: $(INSTALLED) ## All tests; what is not here is skipped and named
	$(BIN)/python -m pytest $(IN_PARALLEL)

lint: $(INSTALLED) ## Formatting, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(INSTALLED) ## Format and mend what can be mended automatically
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED) ## Time and accuracy beside the published steps; needs LABELER_DATA
	$(BIN)/python benchmarks/published_experiment.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/growth.py --preset best
	$(BIN)/python benchmarks/label_efficiency.py
	$(BIN)/python benchmarks/explore.py

lock: $(INSTALLED) ## Write requirements.lock anew, with the newest versions that fit
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes \
		--python-version 3.11 --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean: ## Remove the environment and what tools left behind
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Labeler needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
