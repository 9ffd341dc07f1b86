# Python, make and a network are enough: everything else is installed into .venv, data go to var/.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test lint format bench requirements venv verifyManifest
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
# The first of these that is one of ours, and works, makes .venv.
CANDIDATES := python3.11 python3.12 python3.13 python3
UV := $(PYTHON) -m uv
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --custom-compile-command "make requirements"
# All of the tests at once on every core; four workers are what one PostgreSQL and the memory bear.
BESIDE := -n $(or $(WORKERS),logical) --maxprocesses 4 --dist loadgroup
CODE := manage.py maestro catalog connectors governance marketplace tests

help: ## Say what there is
	@sed -n 's/^\([a-zA-Z]*\):[^#]*## /\1	/p' Makefile | while IFS='	' read -r name text; do \
		printf '  make %-16s%s\n' "$$name" "$$text"; done
	@echo
	@echo '  MAESTRO_HOME  where its data are (var)      PORT      of the pages (8000)'
	@echo '  ARGS          arguments of pytest           SERVICES  required: a missing one fails'
	@echo '  WORKERS       how many run the tests (as many as cores, at most 4; 0: one after the other)'
	@echo '  BENCH         one benchmark, such as engine; all without it'

run: venv ## Start everything on this machine; Ctrl-C stops it
	@exec $(PYTHON) -m maestro.embedded.supervisor

test: venv ## Run the tests (ARGS='-k retry' for some of them)
	@sh tests/install_services.sh
	@rm -f .coverage .coverage.* coverage.json
	$(PYTHON) -m pytest --cov --cov-report= $(if $(strip $(ARGS)),,$(BESIDE)) $(ARGS)
	@if [ -z '$(subst ','"'"',$(ARGS))' ]; then \
		$(PYTHON) -m coverage json --quiet -o coverage.json && \
		$(PYTHON) -m tests.coverage_gate coverage.json; fi

lint: venv ## Check style, types, imports, templates, migrations and production settings
	$(PYTHON) -m ruff check $(CODE)
	$(PYTHON) -m ruff format --check --quiet $(CODE)
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m djlint --quiet --check --lint templates
	@# It looks for applied migrations too, and there is no database here: that warning is meant.
	DJANGO_SETTINGS_MODULE=maestro.settings.lint $(PYTHON) -W ignore::RuntimeWarning \
		manage.py makemigrations --check --dry-run
	$(PYTHON) -m tests.check_deploy

format: venv ## Put code and templates into shape
	$(PYTHON) -m ruff check --fix $(CODE)
	$(PYTHON) -m ruff format $(CODE)
	$(PYTHON) -m djlint --quiet --reformat templates

verifyManifest: venv ## Verify the example evidence with its public key, without a database
	@set -e; for bundle in examples/evidence/*.tar.gz; do echo "$$bundle"; \
		DJANGO_SETTINGS_MODULE=maestro.settings.lint $(PYTHON) manage.py verify_manifest \
			"$$bundle" --key examples/evidence/signing-keys.pem; done

bench: venv ## Measure (BENCH=engine for one); results go to var/bench/
	@set -e; for name in $(or $(BENCH),$(basename $(notdir $(wildcard tests/bench/[a-z]*.py)))); do \
		echo "$(PYTHON) -m tests.bench.$$name"; $(PYTHON) -m "tests.bench.$$name"; done

requirements: venv ## Lock the requirements anew, with hashes
	@set -e; for name in base dev prod; do \
		echo "requirements/$$name.txt"; \
		$(COMPILE) -o requirements/$$name.txt requirements/$$name.in; done
	@# uv installs the rest: pip gets it, by hash too.
	@echo requirements/uv.txt
	@echo uv | $(COMPILE) -c requirements/dev.txt -o requirements/uv.txt -

# Installed again only when what is locked has changed: .venv/installed holds its hash.
venv:
	@set -e; \
	wanted=$$(cat requirements/dev.txt requirements/uv.txt | sha256sum); \
	if [ -x $(PYTHON) ] && [ "$$(cat .venv/installed 2>/dev/null)" = "$$wanted" ]; then exit 0; fi; \
	if ! $(PYTHON) -c '' 2>/dev/null; then \
		found=''; \
		for python in $(CANDIDATES); do \
			if $$python -c 'import ensurepip, sys, venv; \
					sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
				found=$$python; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo 'Maestro needs Python 3.11, 3.12 or 3.13 with its venv module, and found none.' >&2; \
			echo 'On Debian or Ubuntu: apt-get install python3 python3-venv' >&2; \
			exit 1; \
		fi; \
		echo "Making .venv with $$found"; \
		rm -rf .venv; \
		$$found -m venv .venv; \
	fi; \
	echo 'Installing the locked requirements'; \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r requirements/uv.txt; \
	$(UV) pip sync --quiet --python $(PYTHON) --require-hashes requirements/dev.txt; \
	echo "$$wanted" > .venv/installed
