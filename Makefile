# make demo   the sample case from raw files to annex, charts and request drafts
# make test   everything that this machine can run, and what it could not check, with the reason
# make test-long  a hundred thousand generated ledgers: a second engine, bounds, order, closed forms (about half an hour)
# make mutate     mutants of the rules and the replay, each of which must change a figure
# make bench  the benchmarks, each a ratio measured in one run
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo_case

help:
	@sed -n 's/^# //p' Makefile

$(VENV)/.installed: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 demo"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	VIRTUAL_ENV=$(VENV) $(BIN)/uv sync --quiet --frozen --active --compile-bytecode --no-default-groups --extra neo4j
	@echo "Known answers, which also compile the kernels once:"
	@$(BIN)/tracer selftest > $(VENV)/selftest.txt || { tail -20 $(VENV)/selftest.txt; exit 1; }
	@tail -1 $(VENV)/selftest.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	VIRTUAL_ENV=$(VENV) $(BIN)/uv sync --quiet --frozen --active --all-groups
	@touch $@

demo: $(VENV)/.installed
	@rm -rf $(OUT)
	@$(BIN)/tracer demo $(OUT) --sample sample_data/harbour

test: $(VENV)/.installed-dev
	@$(BIN)/python tests/run.py

test-long: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.long.run

mutate: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.long.mutate

bench: $(VENV)/.installed-dev
	@for file in tests/bench/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

clean:
	rm -rf $(VENV) $(OUT) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: help demo test test-long mutate bench clean
