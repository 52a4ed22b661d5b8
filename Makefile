# What a person can do here. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=
# As many tests at once as there are cores; those of a class or a file stay together, with what
# they share, and begin in the order of tests/conftest.py. PARALLEL= runs them one by one.
PARALLEL ?= -n auto --dist loadscope --no-loadscope-reorder
JAVASCRIPT := tools/javascript
# What neither a browser, a database server nor a model in training takes part in.
QUICK := -m "not slow" --ignore=tests/browser --ignore=tests/training

.DEFAULT_GOAL := help
.PHONY: help run check test lint format benchmark pictures clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(VENV)/run.stamp  ## set up, start the server and open the page (ARGS="--source demo")
	@exec $(BIN)/python main.py $(ARGS)

check: lint  ## check style and types and run the quick tests, without TensorFlow, in two minutes
	$(BIN)/python -m pytest $(PARALLEL) $(QUICK) $(ARGS)

test: $(VENV)/dev.stamp  ## set up and run all tests, the browser's too (ARGS="-k mood")
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

lint: $(VENV)/check.stamp $(JAVASCRIPT)/node_modules/.package-lock.json  ## check style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/node $(JAVASCRIPT)/node_modules/eslint/bin/eslint.js --config $(JAVASCRIPT)/eslint.config.js static
	$(BIN)/node $(JAVASCRIPT)/node_modules/typescript/bin/tsc --project $(JAVASCRIPT)

format: $(VENV)/check.stamp  ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmark: $(VENV)/dev.stamp  ## measure the live pipeline against the usual way
	$(BIN)/python -m benchmarks.live $(ARGS)

pictures: $(VENV)/dev.stamp  ## take the README's pictures anew
	$(BIN)/python -m pytest tests/browser/test_pictures.py
	for name in page phone your-music player kiosk lift; do cp artefacts/readme-$$name.png docs/images/$$name.png; done

clean:  ## remove the environment and what the tools cached
	rm -rf $(VENV) $(JAVASCRIPT)/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Affectune needs Python 3.11 or newer; PYTHON=... names another than $(PYTHON)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python has no venv module here: sudo apt-get install python3-venv"; exit 1; }

$(VENV)/run.stamp: requirements.txt constraints.txt | $(BIN)/python
	$(PIP) install --quiet -r requirements.txt
	@$(usable-opencv)
	@touch $@

$(VENV)/check.stamp: requirements-check.txt requirements.txt constraints.txt | $(BIN)/python
	$(PIP) install --quiet -r requirements-check.txt
	@$(usable-opencv)
	@touch $@

# By Node's wheel, so that nothing but Python has to be there.
$(JAVASCRIPT)/node_modules/.package-lock.json: $(JAVASCRIPT)/package-lock.json $(VENV)/check.stamp
	cd $(JAVASCRIPT) && PATH="$(abspath $(BIN)):$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements-check.txt requirements-train.txt requirements.txt constraints.txt | $(BIN)/python
	$(PIP) install --quiet -r requirements-dev.txt
	@$(usable-opencv)
	@touch $@

# OpenCV's desktop wheel needs libGL, which a server or a container may lack. No window is ever
# opened here, so the headless wheel of the same version does as well.
define usable-opencv
$(BIN)/python -c 'import cv2' 2>/dev/null || { \
  echo "No libGL here: using OpenCV's headless wheel."; \
  $(PIP) uninstall --quiet --yes opencv-python; \
  $(PIP) install --quiet --force-reinstall --no-deps \
    "$$(sed -n 's/^opencv-python==/opencv-python-headless==/p' requirements.txt)"; }
endef
