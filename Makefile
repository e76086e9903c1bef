# `make help` lists what there is. Every target installs what it needs, once.

PYTHON ?= python3
WORKERS ?= 2
export PYTHON

BIN := .venv/bin
LOCKED := pyproject.toml requirements/bootstrap.txt scripts/setup.sh

# Tests read these; set them yourself to use another browser or another axe-core.
export WATCHWORD_CHROMIUM ?= $(CURDIR)/.cache/browser/chromium
export WATCHWORD_AXE ?= $(CURDIR)/.cache/browser/axe.min.js

.DEFAULT_GOAL := help
.PHONY: help setup browser demo check test bench docs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## make .venv with everything that development needs

browser: setup ## provide Chromium and axe-core for the browser tests
	@scripts/browser.sh

demo: setup ## run the demonstration application
	$(BIN)/watchword demo

check: setup ## format, lint, two type checkers, import rules, house rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/house

test: check browser ## check, then every test, with coverage
	$(BIN)/python -m pytest -p tests.plugins.no_skips -n $(WORKERS) --dist worksteal --cov --cov-report=term tests

bench: .venv-bench/.ready ## measure against the peers
	.venv-bench/bin/python -m benchmarks

docs: .venv-docs/.ready ## build the documentation into site/
	.venv-docs/bin/mkdocs build --strict

lock: setup ## remake requirements/*.txt (UPGRADE=1: with the newest versions)
	scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## remove all that the targets made
	rm -rf .venv .venv-bench .venv-docs .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf .coverage .coverage.* htmlcov site build dist artifacts

.venv/.ready: requirements/dev.txt $(LOCKED)
	scripts/setup.sh .venv requirements/dev.txt
	@touch $@

.venv-bench/.ready: requirements/bench.txt $(LOCKED)
	scripts/setup.sh .venv-bench requirements/bench.txt
	@touch $@

.venv-docs/.ready: requirements/docs.txt $(LOCKED)
	scripts/setup.sh .venv-docs requirements/docs.txt --tools-only
	@touch $@
