# Needs only Python 3.11 or later with its venv module.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= auto

.PHONY: demo test test-full check bench docs licences clean

demo: $(VENV)/.run
	KGTOOL_HOME=$${KGTOOL_HOME:-.demo} $(BIN)/kgtool demo

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not long"

test-full: $(VENV)/.test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: $(VENV)/.check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Peers have pins of their own that clash with ours: they live in an environment beside it.
bench: $(VENV)/.run .venv-peers/.done
	$(BIN)/kgtool bench all

docs: $(VENV)/.test
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs site

licences: $(VENV)/.build
	$(BIN)/pip-licenses --format=plain --order=license
	@! $(BIN)/pip-licenses --format=csv --packages $$(sed 's/==.*//' requirements.lock) \
	  | grep -E '"(GNU )?(A?GPL|General Public License|Affero)' \
	  || { echo "A package that kgtool needs is under the GPL."; exit 1; }

clean:
	rm -rf $(VENV) .venv-peers dist site .demo

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.run: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.lock
	$(BIN)/python -m pip install --quiet -r requirements-test.lock
	touch $@

$(VENV)/.check: $(VENV)/.test requirements-check.lock
	$(BIN)/python -m pip install --quiet -r requirements-check.lock
	touch $@

$(VENV)/.build: $(VENV)/.check requirements-build.lock
	$(BIN)/python -m pip install --quiet -r requirements-build.lock
	touch $@

.venv-peers/.done: requirements-bench.lock
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --upgrade pip
	.venv-peers/bin/python -m pip install --quiet -r requirements-bench.lock
	touch $@
