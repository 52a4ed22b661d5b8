# What a person can do here. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint format benchmark pictures clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(VENV)/run.stamp  ## set up, start the server and open the page (ARGS="--source demo")
	@exec $(BIN)/python main.py $(ARGS)

test: $(VENV)/dev.stamp  ## set up and run all tests, the browser's too (ARGS="-k mood")
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/dev.stamp  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev.stamp  ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmark: $(VENV)/dev.stamp  ## measure the live pipeline against the usual way
	$(BIN)/python -m benchmarks.live $(ARGS)

pictures: $(VENV)/dev.stamp  ## take the README's pictures anew
	$(BIN)/python -m pytest tests/browser/test_pictures.py
	for name in page phone your-music player kiosk lift; do cp artefacts/readme-$$name.png docs/$$name.png; done

clean:  ## remove the environment and what the tools cached
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
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

$(VENV)/dev.stamp: requirements-dev.txt requirements-train.txt requirements.txt constraints.txt | $(BIN)/python
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
