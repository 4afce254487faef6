# Recipes use the shell's builtins and Python only: a machine with python3 and make is enough.
PYTHON ?= python3
BIN := .venv/bin
FIGES := --no-config -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench catalogue lock

help: ## Print this list
	@$(PYTHON) -c 'import re; [print(f"make {n:<10}{t}") for n, t in re.findall(r"^(\w+):.*?## (.+)", open("Makefile").read(), re.M)]'

setup: .venv/essais ## Make .venv with the command unefois and what tests need (hashes checked)

demo: .venv/unefois ## Start a local PostgreSQL, load a synthetic département, serve API and pages; Ctrl-C stops everything
	@exec $(BIN)/unefois demo

test: setup ## Run every test and check; the last line names what could not be run
	@exec $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

lint: setup ## Run ruff, mypy and the import contracts alone
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-logo

bench: setup ## Measure what each guarantee costs, as ratios
	@exec $(BIN)/unefois bench

catalogue: setup ## Write the pages of docs/ that the catalogue, the rows of law and the policies make, anew
	@$(BIN)/python -m adapters.mots.catalogue > docs/catalogue.md
	@$(BIN)/python -m adapters.mots.charte > docs/charte.md
	@$(BIN)/python -m adapters.mots.echeances > docs/echeances.md
	@$(BIN)/python -m adapters.mots.echanges > docs/echanges.md

lock: ## Write the three lock files anew from pyproject.toml: product, tests, production image (needs uv)
	@uv pip compile $(FIGES) --extra dev --extra local --extra s3 pyproject.toml -o tests/requirements.lock
	@uv pip compile $(FIGES) --constraints tests/requirements.lock --extra local pyproject.toml -o requirements.lock
	@uv pip compile $(FIGES) --constraints tests/requirements.lock --extra s3 pyproject.toml -o deploy/requirements.lock

.venv/dependances: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("unefois demande Python 3.11 ou plus récent." if sys.version_info < (3, 11) else 0)'
	@echo "Environnement Python dans .venv…"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python .ci/installer.py requirements.lock
	@: > $@

.venv/unefois: .venv/dependances pyproject.toml
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@: > $@

.venv/essais: .venv/unefois tests/requirements.lock
	@$(BIN)/python .ci/installer.py tests/requirements.lock
	@: > $@
