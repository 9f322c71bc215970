# Two commands for a newcomer: `make demo` and `make test`. Everything else is for the project's own people.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CASES ?= ../shared/acceptance/cases
PORT ?= 8000
export NUMBA_CACHE_DIR ?= $(CURDIR)/.build/numba

.PHONY: demo test bench acceptance lock fix env

# The stamp changes with the pins, so a second run of any command starts at once.
$(VENV)/.base: requirements/base.txt requirements/tools.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/base.txt
	@printf '%s\n' "$(CURDIR)" > $$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')/kyushu_maas.pth
	@printf '#!/bin/sh\nexec "$(CURDIR)/$(BIN)/python" -m maas.cli "$$@"\n' > $(BIN)/maas && chmod +x $(BIN)/maas
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

env: $(VENV)/.base

demo: $(VENV)/.base
	@$(BIN)/maas demo --port $(PORT)

test: $(VENV)/.dev
	@VENV=$(VENV) sh .ci/check

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.speed $(if $(AGAINST),--against $(AGAINST)) $(ARGS)

acceptance: $(VENV)/.dev
	@$(BIN)/python -m tests.acceptance $(CASES)

fix: $(VENV)/.dev
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

lock: $(VENV)/.base
	@for g in base dev tools; do $(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header requirements/$$g.in -o requirements/$$g.txt; done
