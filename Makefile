# make test: set up and run the whole gate.  make demo: set up and stack the sample card.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

SECONDS ?= 600
TIMES ?= 200
AT_ONCE ?= 3

.PHONY: setup demo test check format lint types imports tests fuzz wheel clean

setup: $(READY)

$(READY): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' 2>$(VENV)/pip.log || { cat $(VENV)/pip.log; exit 1; }
	@touch $(READY)

demo: setup
	@$(BIN)/python -m stackroom.demo

test: check

check: lint types imports tests

format: setup
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

lint: setup
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet --output-format concise .

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports >$(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

# Tests wait for processes of their own much of the time: three files at once on two processors.
tests: setup
	@$(BIN)/pytest -n $(AT_ONCE) --dist loadfile

fuzz: setup
	@$(BIN)/python -m tests.fuzz.metadata --seconds $(SECONDS)

# The wheel in an empty environment, away from the checkout.
wheel: setup
	@rm -rf dist .wheel-env && $(BIN)/python -m build --wheel . >$(VENV)/wheel.log 2>&1 || { cat $(VENV)/wheel.log; exit 1; }
	@$(PYTHON) -m venv .wheel-env && .wheel-env/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	@here=$$PWD; there=$$(mktemp -d); cd $$there && $$here/.wheel-env/bin/stackroom --library lib \
		watch $$here/samples/card --export out --once; code=$$?; rm -rf $$there; exit $$code

torture: setup
	@$(BIN)/python -m tests.torture --times $(TIMES) $(FAULTS)

clean:
	rm -rf $(VENV) .wheel-env build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache demo-out
