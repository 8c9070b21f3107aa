# Every target, with its line of help, is listed by `make` alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-$(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)
# Without a GPU the CPU build of torch is enough, and gigabytes smaller: it is asked for on Linux where no NVIDIA
# driver is found. Where that index cannot be reached, pip goes on without it.
TORCH_INDEX ?= $(if $(and $(filter Linux,$(shell uname -s)),$(if $(shell command -v nvidia-smi),,1)),--extra-index-url https://download.pytorch.org/whl/cpu)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
TXTAI := .tools/txtai/.ready
READERS := .tools/readers/.ready
READERS_BIN := .tools/readers/bin
QUESTION ?= Kādu līgumu jaunietis Dānijā paraksta ar prokuroru?

.PHONY: help install run test lint words bench readers eval tour clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

install: $(READY) ## make the environment in .venv, so that .venv/bin/atzina runs

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Atzina needs Python 3.11 or newer; say which with: make PYTHON=/path/to/python3 ..."; exit 1; }
	@test -x $(BIN)/python || { echo "Making the environment in $(VENV) …"; $(PYTHON) -m venv $(VENV); } || { echo "The environment cannot be made. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing; the first time this takes some minutes …"
	@$(PIP) --retries 1 $(TORCH_INDEX) torch
	@$(PIP) --editable '.[dev]'
	@rm -f $(VENV)/.ready-*
	@touch $@

run: install ## load the sample corpus if there is none, answer a question, serve http://127.0.0.1:8000 and Slack
	@$(BIN)/atzina samples
	@echo; echo "\$$ atzina ask \"$(QUESTION)\""; $(BIN)/atzina ask "$(QUESTION)"; echo
	@$(BIN)/atzina serve

test: lint ## pass every test; installs what they need (browser, Slack servers, Tesseract, PostgreSQL) first
	@$(BIN)/python tests/tools/install.py
	@$(BIN)/python tests/tools/loopback.py $(BIN)/python -m pytest --numprocesses 2 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder

lint: install ## ruff, mypy --strict, the direction of imports
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>&1 || exit 1

words: install ## gather every sentence of the interface into the catalogues in bot/words
	@$(BIN)/pybabel -q extract --width=120 --no-location --omit-header --sort-output -k noted -F babel.cfg -o bot/words/atzina.pot bot
	@for language in et lt lv nb pl ru; do $(BIN)/pybabel -q update --width=120 --no-fuzzy-matching --omit-header --ignore-obsolete -l $$language -i bot/words/atzina.pot -o bot/words/$$language.po --init-missing; done

bench: install $(TXTAI) ## measure speed and size, beside sentence-transformers and txtai; writes bench/results.json and docs/cost.svg
	@$(BIN)/python bench/speed.py
	@$(BIN)/python bench/ingestion.py
	@$(BIN)/python bench/slack.py

$(TXTAI):
	@echo "Installing txtai, the peer, into an environment of its own …"
	@$(PYTHON) -m venv .tools/txtai
	@.tools/txtai/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH_INDEX) torch==2.13.0 txtai==9.14.0 sentence-transformers==6.2.0
	@touch $@

readers: install $(READERS) ## compare libraries that read files, on the files of the tests
	@$(READERS_BIN)/python bench/readers.py

$(READERS):
	@echo "Installing the libraries to compare with, into an environment of their own …"
	@$(PYTHON) -m venv .tools/readers
	@.tools/readers/bin/python -m pip install --quiet --disable-pip-version-check kreuzberg==4.10.4 pypdfium2 lxml markdown-it-py python-docx python-pptx python-oxmsg pyyaml langdetect numpy sqlalchemy alembic babel filelock httpx 'markitdown[docx,pdf,pptx,xlsx,xls]==0.1.9' trafilatura==2.3.1 lxml-html-clean
	@touch $@

eval: install ## measure retrieval on the judged questions of the sample corpus
	@$(BIN)/python bench/golden.py

tour: install ## take the pictures of docs/slack.md anew, of the test server while people use the product
	@$(BIN)/python tests/tools/install.py
	@$(BIN)/python tests/tools/loopback.py $(BIN)/python tests/tools/tour.py

clean: ## remove the environment and everything made by tools; data in ATZINA_HOME stays
	rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
