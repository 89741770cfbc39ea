# The same names as `manage.py`, and what contributors need; `make` lists them.
.DEFAULT_GOAL := help
PYTHON := python3
BIN := .venv/bin

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

install: ## build .venv with everything that development needs
	$(PYTHON) -c "from selfimprove import bootstrap; bootstrap.prepare('dev')"

up: ## start the pages, the worker and the clock
	$(PYTHON) manage.py up

demo: ## tell the whole story with an example system
	$(PYTHON) manage.py demo

test: ## run the tests
	$(PYTHON) manage.py test

fmt: install ## format the code and the templates
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

lint: install ## check format and style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates

types: install ## check types
	$(BIN)/mypy .

imports: install ## check who imports whom
	$(BIN)/lint-imports

migrations: install ## check that models and migrations agree
	$(BIN)/python manage.py makemigrations --check --dry-run

check: lint types imports migrations ## everything that CI checks; PostgreSQL by TEST_DATABASE_URL
	$(PYTHON) manage.py test
	@if [ -n "$$TEST_DATABASE_URL" ]; then DATABASE_URL=$$TEST_DATABASE_URL $(PYTHON) manage.py test -n logical --dist loadfile -m "not browser"; \
	elif [ -n "$$CI" ]; then echo "TEST_DATABASE_URL is not set: in CI the tests run on PostgreSQL too" >&2; exit 1; \
	else echo "PostgreSQL: not run (set TEST_DATABASE_URL)"; fi
	$(PYTHON) manage.py demo --unattended

verify-log: ## verify the log
	$(PYTHON) manage.py verify-log

perf: install ## print our speed and score beside named peers
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/peers.txt
	@for script in tests/perf/perf_*.py; do $(BIN)/python "$$script" || exit 1; done

self-run: install ## let code fixers improve a clone of this project, as it is and with each phase failing once
	$(BIN)/python tests/generations/self_run.py

kills: install ## kill a delivery's worker before, in and after every act, on both forges; half an hour
	SELFIMPROVE_KILLS=all $(BIN)/python -m pytest -q -s tests/delivery/killing

stand-in: ## answer on this machine as a model provider does, without a model
	$(PYTHON) manage.py stand-in

test-live: install ## ask the real provider a few small questions; needs ANTHROPIC_API_KEY
	$(BIN)/python -m pytest -q -m live tests/live --allow-hosts=0.0.0.0/0,::/0

sdk-streams: install ## fetch the SDK's source, whose streams the tests replay where it is there
	$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --dest var/sdk \
	anthropic==$$($(BIN)/python -c "import anthropic; print(anthropic.__version__)")

lock: ## resolve requirements/*.in into hashed *.txt
	cd requirements && for kind in base bedrock benchmarks fixers dev peers; do ../$(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe --no-header --output-file $$kind.txt $$kind.in; done

.PHONY: help install up demo test fmt lint types imports migrations check verify-log perf self-run kills stand-in test-live sdk-streams lock
