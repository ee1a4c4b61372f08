# Every target is one line that calls `modelet`, pytest or a benchmark; .venv is made when something it is made of changes.
PYTHON ?= python3
BIN := .venv/bin
REQUIREMENTS := $(wildcard functions/*/requirements.txt)

.PHONY: demo test lint serve package models bench

demo: .venv/.workbench ; $(BIN)/modelet demo
serve: .venv/.workbench ; $(BIN)/modelet package --all && $(BIN)/modelet serve
package: .venv/.workbench ; $(BIN)/modelet package --all
models: .venv/.workbench ; $(BIN)/modelet models
test: .venv/.test ; $(BIN)/modelet package --all && $(BIN)/python -m pytest
lint: .venv/.test ; $(BIN)/modelet package --all && $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/modelet openapi --check
bench: .venv/.workbench ; $(BIN)/python benchmarks/encoder.py

.venv/.workbench: pyproject.toml $(REQUIREMENTS)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --editable ".[workbench]" $(REQUIREMENTS:%=--requirement %)
	touch $@

.venv/.test: .venv/.workbench
	$(BIN)/python -m pip install --quiet --editable ".[workbench,test]"
	touch $@
