# Everything a user or developer runs.  Needs Debian or Ubuntu with python3 >= 3.11, venv and make.
SHELL   := /bin/bash
PYTHON  ?= python3
VENV    := .venv
PY      := $(VENV)/bin/python
CITY    ?=
MAPPING ?=
SOURCE  ?=
FACTS   ?=
HOST    ?=
PORT    ?=
EVENTS  ?= 200000
ONLY    ?=
# pytest on both cores, a file of tests at a time; one that ends its process ends the run (with a new one, xdist may wait for ever)
BOTH    := -n 2 --dist loadfile --max-worker-restart 0
# those without a browser wait for servers half of their time: three of them keep two cores busy
WAITING := -n 3 --dist loadfile --max-worker-restart 0
# the files that hold such a test: to collect all of them costs ten seconds a time
MARKED  := grep -rlw --include='test_*.py'
# those that are not marked as a whole: make check imports no other
QUICK   := grep -rLE --include='test_*.py' '^pytestmark = .*(slow|browser)'
# a server is started a hundred times by the tests: compiled once, it starts sooner
unexport PYTHONDONTWRITEBYTECODE
# the node that comes with playwright, and is pinned with it
NODE     = $$(echo $(VENV)/lib/python3*/site-packages/playwright/driver/node)
JS_TESTS = GRIDWALL_WORDS="$$($(PY) -m layouts.text.browser_words)" $(NODE) --test --test-force-exit --test-reporter spec --experimental-test-coverage \
  --test-coverage-include-all --test-coverage-include 'dashboard/assets/**/*.js' --test-coverage-lines 90 'tests/js/**/*.test.js' \
  | grep -v '^✔' ; test $${PIPESTATUS[0]} -eq 0

OPTIONS := $(if $(CITY),--city $(CITY)) $(if $(MAPPING),--mapping $(MAPPING)) $(if $(FACTS),--facts '$(FACTS)')
# a source may hold a password, and options stand in the list of processes
ifneq ($(strip $(SOURCE)),)
export GRIDWALL_SOURCE := $(SOURCE)
endif
# the demo city is made, and written to, only where no other source is named
DEMO    := $(if $(strip $(MAPPING)$(SOURCE)$(GRIDWALL_MAPPING)$(GRIDWALL_SOURCE)),,--demo --events $(EVENTS))

.PHONY: run test soak check lint fast bench install lock audit fonts plotly indicators palette picture browser databases clean

run: install
	@$(PY) -m dashboard serve $(OPTIONS) $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(DEMO)

# all tests: the scripts' own, those without a browser, then those that drive one, on both cores; those that watch a clock one after another
test: $(VENV)/.tests node_modules/.made browser databases
	@$(JS_TESTS)
	@$(PY) -m pytest -q -m "not browser and not alone and not soak" $(WAITING) --durations 25
	@$(PY) -m pytest -q -m "browser and not alone and not soak" $(BOTH) --durations 30 $$($(MARKED) mark.browser tests)
	@$(PY) -m pytest -q -m "alone and not soak" $$($(MARKED) mark.alone tests)

# the further shapes and languages of what make test has walked already, and the whole matrix of faults
soak: $(VENV)/.tests browser databases
	@$(PY) -m pytest -m soak

check: lint fast

lint: $(VENV)/.tests node_modules/.made
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache
	@$(NODE) node_modules/eslint/bin/eslint.js .
	@$(NODE) node_modules/typescript/bin/tsc --project .

fast: $(VENV)/.tests node_modules/.made
	@$(JS_TESTS)
	@$(PY) -m pytest -q -p tests.quick -m "not browser and not slow and not engine and not soak" $(BOTH) $$($(QUICK) tests)

bench: $(VENV)/.tests browser
	@$(PY) -m benchmarks $(if $(ONLY),--only $(ONLY))

install: $(VENV)/.run

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "GridWall needs python3 >= 3.11 ($$($(PYTHON) --version 2>&1) found): apt-get install python3, or make PYTHON=..."; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 has no venv: apt-get install python3-venv"; exit 2; }

$(VENV)/.run: requirements.lock | $(PY)
	@echo "installing the packages of requirements.lock into $(VENV) (about a minute)"
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock 2>&1 | grep -v '^WARNING: Location' ; test $${PIPESTATUS[0]:-0} -eq 0
	@$(PY) -c 'import dash, duckdb'
	@$(PY) -m dashboard.fonts || true
	@touch $@

$(VENV)/.tests: tests/requirements.lock $(VENV)/.run
	@echo "installing the packages of tests/requirements.lock"
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r tests/requirements.lock 2>&1 | grep -v '^WARNING: Location' ; $(PY) -c 'import pytest, playwright, mypy'
	@touch $@

# eslint, tsc and a DOM for the scripts' tests, as package-lock.json pins them: from npm's registry, or the one that npm is told of
node_modules/.made: package-lock.json $(VENV)/.tests
	@echo "installing the packages of package-lock.json"
	@$(PY) -m tests.npm
	@touch $@

# The pinned and hashed set, written anew from the two requirements.txt; what is pinned there stays.  uv and pip-audit have a
# venv of their own, so that neither is a part of what is locked.  urllib3 alone may differ: the selenium of Dash's own test
# tools asks for an older one.
lock: $(VENV)/tools
	@$(VENV)/tools/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  requirements.txt -o requirements.lock
	@$(VENV)/tools/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  -c <(sed -n '/^urllib3==/d; s/^\([a-z].*\) \\$$/\1/p' requirements.lock) tests/requirements.txt -o tests/requirements.lock

# The locked set against the advisories of PyPI: needs the network
audit: $(VENV)/tools
	@$(VENV)/tools/bin/pip-audit --disable-pip --require-hashes --strict -r requirements.lock -r tests/requirements.lock

$(VENV)/tools: | $(PY)
	@$(PY) -m venv $@ && $@/bin/python -m pip install -q --disable-pip-version-check uv==0.13.9 pip-audit==2.10.1 2>&1 | grep -v '^WARNING: Location' ; \
	  $@/bin/uv --version >/dev/null && $@/bin/pip-audit --version >/dev/null || { rm -rf $@; exit 2; }

# Chromium, its driver and CJK fonts for the browser tests, through apt, where they are missing
browser:
	@missing=""; command -v chromium >/dev/null || missing="chromium"; command -v chromedriver >/dev/null || missing="$$missing chromium-driver"; \
	 fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing="$$missing fonts-noto-cjk fontconfig"; \
	 if [ -n "$$missing" ]; then \
	   echo "installing for the browser tests: $$missing"; \
	   if [ "$$(id -u)" = 0 ]; then sudo=""; elif sudo -n true 2>/dev/null; then sudo="sudo"; else \
	     echo "no rights to install them; as root: apt-get install $$missing"; exit 2; fi; \
	   $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	 fi

# MariaDB and PostgreSQL for the tests that read a real server (they start their own), through apt, where they are missing.
# No service is started by the installation: a policy-rc.d stands in its way for that while, unless the machine has one.
# Without rights to install, these tests are skipped, and say so; GRIDWALL_TESTS_NEED_DATABASES=1 makes that a failure.
databases:
	@export PATH="$$PATH:/usr/sbin:/usr/local/sbin"; missing=""; \
	 command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null || missing="mariadb-server"; \
	 command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	 if [ -n "$$missing" ]; then \
	   if [ "$$(id -u)" = 0 ]; then sudo=""; elif sudo -n true 2>/dev/null; then sudo="sudo"; else \
	     echo "no rights to install them; their tests are skipped; as root: apt-get install $$missing"; \
	     test "$$GRIDWALL_TESTS_NEED_DATABASES" != 1; exit; fi; \
	   echo "installing for the tests of databases: $$missing"; \
	   policy=/usr/sbin/policy-rc.d; if [ ! -e $$policy ]; then \
	     trap "$$sudo rm -f $$policy" EXIT; printf '#!/bin/sh\nexit 101\n' | $$sudo tee $$policy >/dev/null; $$sudo chmod +x $$policy; fi; \
	   $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive \
	     apt-get install -y -qq --no-install-recommends $$missing >/dev/null || { \
	     echo "could not install $$missing; their tests are skipped"; test "$$GRIDWALL_TESTS_NEED_DATABASES" != 1; }; \
	 fi

# docs/indicators.md, written from the code
indicators: install
	@$(PY) -m dashboard metrics --markdown > docs/indicators.md

# the colours of dashboard/assets/tokens.css, from layouts/palette.py
palette: install
	@$(PY) -m layouts.palette

# Plotly with the traces in use (dashboard/plotly/traces.cjs), of the version that the Python package has; needs npm
plotly: $(VENV)/.run
	@npm install --silent --no-audit --no-fund --prefix var/plotly esbuild@0.28.2 \
		plotly.js@$$($(PY) -c "from plotly.offline import get_plotlyjs_version as v; print(v())")
	@node dashboard/plotly/build.cjs $(CURDIR)/var/plotly/node_modules $(CURDIR)/dashboard/plotly/plotly.min.js

# docs/architecture.svg, drawn from the code
picture: $(VENV)/.tests
	@$(PY) -m tests.picture

fonts: install
	@$(PY) -m dashboard.fonts

clean:
	rm -rf var .venv node_modules dashboard/assets/fonts
