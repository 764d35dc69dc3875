# Every task of the project. `make demo` and `make test` set up all they need.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PACKAGES := $(VENV)/.packages
INSTALLED := $(VENV)/.installed
DEVELOPING := $(VENV)/.developing
INSTALL_LOCK := $(BIN)/python .ci/install.py
CHECK := $(BIN)/python -m pip --disable-pip-version-check check
# A process for each core, up to four: each may hold TensorFlow. A file's tests stay together;
# a test that hangs takes its process along, and is tried once more; it counts as failed.
IN_PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --max-worker-restart 1
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-build \
	--python-version 3.11 --no-emit-index-url --no-header --quiet
SITE := $(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --nitpicky docs build/site

.PHONY: demo serve check test coverage lint format developing openapi docs site pictures wheel release bench lock clean help

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(INSTALLED) ## The main job on the bundled digits, start to end
	$(BIN)/labeler demo

serve: $(INSTALLED) ## The labeling page, on this machine
	$(BIN)/labeler serve

check: lint ## Formatting, style, types and the quick tests: before every commit
	$(BIN)/python -m pytest $(IN_PARALLEL) -m quick

test: $(DEVELOPING) ## All tests; what is not here is skipped and named
	$(BIN)/python -m pytest $(IN_PARALLEL)

coverage: $(DEVELOPING) ## All tests, and how much of the code they run; fails below the floor
	$(BIN)/python -m pytest $(IN_PARALLEL) --cov --cov-report=term

lint: $(DEVELOPING) ## Formatting, style, types, and what is written from the program
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m labeler.web.api.document --check
	$(BIN)/python docs/reference.py --check
	$(SITE)

developing: $(DEVELOPING) ## The environment with what tests and lint need

format: $(DEVELOPING) ## Format and mend what can be mended automatically
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: $(DEVELOPING) ## Write the description of the API anew, from its routes and types
	$(BIN)/python -m labeler.web.api.document

docs: $(DEVELOPING) ## Write commands, addresses and the API into their pages anew
	$(BIN)/python docs/reference.py

site: $(DEVELOPING) ## The docs as pages to read, in build/site
	$(SITE)

pictures: $(DEVELOPING) ## Take the pictures of the docs anew; needs Chromium
	$(BIN)/python docs/pictures.py

wheel: $(DEVELOPING) ## What pip installs, in dist/: sources and wheel
	rm -f dist/labeler-*
	$(BIN)/uv build --quiet --no-build-isolation --python $(BIN)/python

release: $(DEVELOPING) ## The same for a release: version, changelog, contents and a fresh environment checked; uploads nothing
	$(BIN)/python .ci/release.py

bench: $(DEVELOPING) ## Time and accuracy beside the published steps; needs LABELER_DATA
	$(BIN)/python benchmarks/published_experiment.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/growth.py --preset best
	$(BIN)/python benchmarks/label_efficiency.py
	$(BIN)/python benchmarks/label_errors.py
	$(BIN)/python benchmarks/explore.py
	$(BIN)/python benchmarks/graph.py
	$(BIN)/python benchmarks/label_spreading.py
	$(BIN)/python benchmarks/label_spreading.py --dataset digits --features pixels --seeds 10

lock: $(DEVELOPING) ## Write both locks anew, with the newest versions that fit
	$(COMPILE) --group build --upgrade --output-file requirements.lock
	$(COMPILE) --group dev --upgrade --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove the environment and what tools left behind
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

# A lock that changed makes the environment anew, so that nothing of the old one is left in it.
$(PACKAGES): requirements.lock requirements-dev.lock .ci/install.py
	@$(PYTHON) -c 'import sys; sys.exit("Labeler needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear $(VENV)
	$(INSTALL_LOCK) requirements.lock
	@touch $@

$(INSTALLED): $(PACKAGES) pyproject.toml
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	$(CHECK)
	@touch $@

$(DEVELOPING): $(INSTALLED)
	$(INSTALL_LOCK) requirements-dev.lock
	$(CHECK)
	@touch $@
