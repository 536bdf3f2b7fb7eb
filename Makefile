# Each target works from an empty checkout: it makes .venv, installs the
# tested set and runs; a second call starts at once.

# The first Python of the range that MMPose's dependencies have wheels for.
IN_RANGE := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 12))
PYTHON ?= $(shell for p in python3.11 python3.10 python3; do \
	$$p -c '$(IN_RANGE)' 2>/dev/null && echo $$p && break; done)
WORKERS ?= 2

BIN := .venv/bin
STAMP := .venv/.installed
OPENCV := $(shell sed -n 's/^opencv-python==\([0-9.]*\).*/\1/p' requirements.txt)
# One thread a process: the test processes share the cores already.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest tests -n $(WORKERS)

.PHONY: setup demo test test-slow lint docs clean

setup: $(STAMP)

demo: $(STAMP)
	$(BIN)/python demo/run_demo.py

test: $(STAMP)
	$(PYTEST) -m "not slow"

test-slow: $(STAMP)
	$(PYTEST) -m slow

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(STAMP) # the site, in docs/_build
	$(BIN)/pip install -q -e .[docs] -c constraints.txt
	$(BIN)/sphinx-build -b html docs docs/_build

clean: # keeps .venv and work_dirs
	rm -rf build dist *.egg-info stubs/*/build stubs/*/*.egg-info
	rm -rf docs/_build docs/api/_made
	rm -rf .hypothesis .pytest_cache .ruff_cache
	find mmpose_mlda tools tests demo configs -name __pycache__ -prune \
		-exec rm -rf {} +

$(STAMP): requirements.txt constraints.txt setup.py pyproject.toml
	@test -x $(BIN)/pip || '$(PYTHON)' -c '$(IN_RANGE)' 2>/dev/null || { \
		echo "error: no Python 3.10 or 3.11 found$(if $(PYTHON), (tried: $(PYTHON)))." \
		"Install one, or name it: make setup PYTHON=/path/to/python3.11"; \
		exit 1; }
	test -x $(BIN)/pip || '$(PYTHON)' -m venv .venv
	$(BIN)/pip install -r requirements.txt
	@$(BIN)/python -c 'import cv2' 2>/dev/null || { \
		echo "OpenCV misses libGL on this machine: taking the same version" \
		"without windows (opencv-python-headless)"; \
		$(BIN)/pip uninstall -y opencv-python && $(BIN)/pip install \
		--no-deps opencv-python-headless==$(OPENCV); }
	@$(BIN)/python -c 'import cv2' || { \
		echo "error: OpenCV cannot be imported, see above. For a missing" \
		"libGL: apt-get install libgl1 libglib2.0-0; then make setup"; \
		exit 1; }
	@touch $@
