# roadsieve: plain `make` lists what there is. Needs Python 3.11 or newer, nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check chaos bench bench-lake clean lock

BIN := .venv/bin
# Compiled modules are kept whatever the shell says: without them every process compiles everything anew for seconds.
export PYTHONDONTWRITEBYTECODE :=
# Ready when a file named after the content of the lock and of pyproject.toml exists: a second `make setup` only looks.
READY := .venv/ready-$(shell cat requirements.lock pyproject.toml | cksum | cut -d ' ' -f 1)

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY)  ## make .venv with the hash-locked dependencies and the command .venv/bin/roadsieve
	@$(BIN)/python -m ops.broker.warmup

demo: setup  ## archive videos through a local Kafka: rendered scenes, or VIDEO="file-or-folder …"
	@$(BIN)/roadsieve demo $(VIDEO)

test: setup  ## run the whole suite against a real Kafka (under 30 minutes)
	@$(BIN)/python -m ops.stack
	$(BIN)/pytest -n auto --dist worksteal -m light tests/house tests/unit
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not light and not chaos"

check: setup  ## lint, types, import rules and unit tests, in under a minute
	$(BIN)/ruff check --output-format concise .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n auto --dist worksteal --hypothesis-profile quick -m "light and not slow" tests/house tests/unit

chaos: setup  ## kill workers and brokers, freeze and wipe them for a long while, and compare every record (prints figures)
	$(BIN)/pytest -m chaos -s

bench: setup  ## measure speed as ratios within one run and print them as a table
	$(BIN)/python -m ops.bench

bench-lake: setup  ## load 266,440 plate results into a lake, hold it to the truth (TIMES=100 FOLDER=… for 26.6 million, in sittings)
	@$(BIN)/python -m ops.bench.lake --times $(or $(TIMES),1) $(if $(FOLDER),--folder $(FOLDER))

clean:  ## remove .venv and caches; the archive in .roadsieve stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

lock: setup  ## write both lock files again after a change of dependencies (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) --extra cpu --group dev $(UPGRADE) pyproject.toml -o requirements.lock
	$(COMPILE) --extra gpu --constraints requirements.lock $(UPGRADE) pyproject.toml -o requirements-gpu.lock

$(READY):
	@sh ops/setup.sh requirements.lock "$@"
