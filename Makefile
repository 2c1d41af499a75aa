# Every target is a line or two that a person could type.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.PHONY: help setup run test test-slow drills check bench bench-full catalogs openapi lock clean

help:  ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## */: /' | awk -F': ' '{printf "%-10s %s\n", $$1, $$2}'

.venv/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; try: make $(or $(MAKECMDGOALS),run) PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@echo "installing into .venv: a minute or so, once"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

.venv/.development: .venv/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

setup: .venv/.development  ## virtual environment with everything for development

%.mo: %.po .venv/.runtime
	$(BIN)/pybabel -q compile -i $< -o $@

CATALOGS := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/messages.po))

run: .venv/.runtime $(CATALOGS)  ## schema, demo, token and server in one go; PORT=8000
	$(BIN)/nejat run --port $(PORT)

test: .venv/.development $(CATALOGS)  ## the tests for every change, on SQLite and PostgreSQL
	$(BIN)/python -m pytest -n 2 --durations=5 -m "not slow and not drills"

test-slow: .venv/.development $(CATALOGS)  ## kills in full, long fuzzing
	$(BIN)/python -m pytest -n 2 --durations=5 -m slow

drills: .venv/.development $(CATALOGS)  ## with a real Varnish, nginx, Chromium and npm, which apt brings where they are missing
	@PATH="$$PATH:/usr/sbin"; which varnishd nginx wrk chromium npm curl > /dev/null || \
	  { apt-get update -qq && apt-get install -qq -y varnish nginx wrk chromium npm curl; } || \
	  { echo "Varnish 7, nginx, wrk, Chromium and npm are needed: apt-get install varnish nginx wrk chromium npm curl, as root"; exit 1; }
	$(BIN)/python -m pytest --durations=5 -m drills

check: .venv/.development  ## lint, format, types, import rules, catalogs, migrations, lock files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.check_catalogs
	$(BIN)/python -m tests.check_migrations
	$(BIN)/python -m tests.check_locks

bench: .venv/.development $(CATALOGS)  ## every target beside what is reached, in ten minutes; see bench/README.md
	@command -v wrk > /dev/null || apt-get install -y wrk || { echo "wrk is missing: brew install wrk"; exit 1; }
	$(BIN)/python -m bench

bench-full: .venv/.development $(CATALOGS)  ## the same up to a million documents, and search
	$(BIN)/python -m bench --largest 1000000
	$(BIN)/python -m bench.search

catalogs: .venv/.development  ## bring translations/ up to date with the source
	$(BIN)/pybabel -q extract --no-location --sort-output --omit-header -F pyproject.toml -o translations/messages.pot nejat_cms
	$(BIN)/python -m tests.check_catalogs --update
	$(BIN)/pybabel -q compile -d translations

openapi: .venv/.development  ## write docs/openapi.json anew
	$(BIN)/nejat openapi > docs/openapi.json

lock: .venv/.development  ## write the lock files anew
	$(BIN)/uv pip compile pyproject.toml --group build --universal --generate-hashes --no-header --no-annotate -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group build --group dev --universal --generate-hashes --no-header --no-annotate -q -o requirements-dev.lock
	$(BIN)/uv pip compile bench/peer/requirements.in --python-version 3.11 --universal --generate-hashes --no-header --no-annotate -q -o bench/peer/requirements.lock

clean:  ## remove what was made, but for the data dir
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
