# Targets are thin: each calls a program that also runs without make. `make` alone lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Processes that share the tests, file by file and in order: browser tests come last.
WORKERS ?= 2
MODULES := node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help run test check fuzz fmt generate vendor screenshots bench compare conformance package lock programs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.runtime ## everything from a bare machine to a running server
	$(BIN)/python -m metricbox serve $(ARGS)

test: $(VENV)/.dev $(MODULES) programs ## everything from a bare machine to all tests
	node --test tests/frontend/
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev $(MODULES) ## ruff, mypy, imports, tsc, generated files, vendored files, ceilings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npx --no-install tsc -p metricbox/web/jsconfig.json
	$(BIN)/python tools/generate.py --check
	$(BIN)/python tools/vendor.py check
	$(BIN)/python -m pytest -q tests/architecture

fuzz: $(VENV)/.dev ## every decoder on damaged input, for some minutes
	$(BIN)/python -m pytest -q tests/ingest tests/transfer -k "fuzz or damaged or random or raises or no_input or arbitrary" --hypothesis-profile fuzz $(ARGS)

fmt: $(VENV)/.dev ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: $(VENV)/.dev programs ## pictures of every page for docs/images
	PYTHONPATH=. $(BIN)/python tools/screenshots.py $(ARGS)

generate: $(VENV)/.dev ## write the generated files anew
	$(BIN)/python tools/generate.py

vendor: $(VENV)/.dev ## fetch the vendored browser libraries anew
	$(BIN)/python tools/vendor.py fetch

bench: $(VENV)/.dev ## measure ingest, queries, start and memory (the browser: python -m bench.browser)
	$(BIN)/python -m bench $(ARGS)

compare: $(VENV)/.dev ## side by side with other servers that are installed (BENCH_TOOL: folder of the tool)
	$(BIN)/python tools/compare.py $(ARGS)

conformance: $(VENV)/.dev ## PromQL answers against Debian's prometheus (ARGS="--write-docs" puts them into docs/promql.md)
	$(BIN)/python tools/conformance.py $(ARGS)

package: $(VENV)/.dev ## the executable in dist/, as a folder and as one file, then its selftest without Python around
	$(BIN)/python packaging/build.py $(ARGS)

lock: $(VENV)/.dev ## pin all dependencies anew, with hashes
	$(BIN)/python tools/lock.py

clean: ## remove what the other targets made
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis test-results build dist

# ---- set-up

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# One environment; the stamps say how much of it is installed. Hashes are checked by pip.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(MODULES): package-lock.json
	npm ci --no-audit --no-fund --silent
	@touch $@

programs: ## install what of Debian the tests use when it is missing: chromium, prometheus, vmagent, alertmanager, node-exporter, collectd
	@tools/install-debian.sh chromium promtool prometheus vmagent prometheus-alertmanager prometheus-node-exporter collectd
