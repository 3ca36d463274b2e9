# Two commands and nothing before them: `make demo`, `make test`. Both are idempotent.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUN ?= runs/demo

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint types imports spelling tests golden acceptance speed docs clean

demo: $(STAMP)
	$(BIN)/audio-omni demo -o $(RUN)

test: lint types imports spelling tests

$(STAMP): pyproject.toml constraints.txt
	@echo "Installing into $(VENV): about 9 GB, which takes minutes. pip is quiet until it is done."
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { \
	  $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt "setuptools>=77" wheel
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable ".[dev]"
	touch $@

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The package is the repository root, whatever that folder is called: a link gives it its name.
types: $(STAMP)
	mkdir -p $(VENV)/named && ln -sfn ../.. $(VENV)/named/audio_omni
	MYPYPATH=$(VENV)/named $(BIN)/mypy --package audio_omni

imports: $(STAMP)
	$(BIN)/lint-imports

spelling: $(STAMP)
	$(BIN)/codespell core plugins tasks conditioners evaluation tests docs README.md CHANGELOG.md CONTRIBUTING.md

tests: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --quiet

golden: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/pytest tests/golden

# The tests that the specification of editing pairs names, and no others: under three minutes.
acceptance: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --quiet \
	  $$(PYTHONPATH=tests/stand_ins $(BIN)/python tests/integration/audioedit/test_acceptance.py)

# On request, on a machine with nothing else to do: it measures time.
speed: $(STAMP)
	OMP_NUM_THREADS=1 AUDIO_OMNI_SPEED=1 $(BIN)/pytest tests/integration/audioedit/test_speed.py

docs: $(STAMP)
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) build *.egg-info
