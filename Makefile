# make help    what there is
# PYTHON=...   another Python than the first suitable one

.DELETE_ON_ERROR:
.PHONY: help demo test ready oldest test-long test-image check docs image bench bench-peers bench-accuracy picture report-pictures clean

PYTHON ?=
ROWS ?= 1000000
CASES ?= 216
COMMENT ?= tests/stories/golden/demo.md
PICTURES ?= .pictures
IMAGE ?= proofbot
ADAPTERS ?= dbt-duckdb
IMAGE_FLAGS ?=
# In the order of the files: the long ones, which hold few tests, would come last otherwise, and one worker wait for the other.
SIDE_BY_SIDE = -n 2 --dist loadfile --no-loadscope-reorder
PIP := -m pip install -qq --disable-pip-version-check --editable
PACKAGES := bot tests demo bench handbook

# Prints a Python that can make virtual environments: PYTHON, or the first of those that the pinned packages are tested with.
CANDIDATES = $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11)
NEWEST = $(if $(PYTHON),99,13)
FIND_PYTHON = for python in $(CANDIDATES); do \
	  "$$python" -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $(NEWEST)))' \
	    >/dev/null 2>&1 && { echo "$$python"; exit 0; }; \
	done; \
	echo "make: no Python 3.11, 3.12 or 3.13 with the modules venv and ensurepip among: "$(CANDIDATES) >&2; \
	echo "      Install one (on Debian: python3 and python3-venv), or name it: make PYTHON=/path/to/python3" >&2; \
	exit 1

help:
	@echo "make demo    a shop project with a pull request, and what proofbot says of it"
	@echo "make test    everything: make check, all tests, and the stories again with the oldest dbt and DuckDB"
	@echo "make check   style, types and architecture"
	@echo "make docs    the documentation as a site, in .site/index.html; a broken link is an error"
	@echo "make test-long   thousands of random tables against the naive oracles (half an hour)"
	@echo "make image   the container image (IMAGE=proofbot ADAPTERS=dbt-duckdb); by docker, podman or buildah"
	@echo "make test-image   builds it with buildah on a local Debian and runs proofbot in it (needs root, buildah, mmdebstrap)"
	@echo "make bench   what proofbot costs: the engine beside one scan, on DuckDB and Postgres; a run beside dbt (ROWS=1000000)"
	@echo "make bench-peers   the same on DuckDB and Postgres by recce, sqlmesh, datacompy, data-diff, reladiff (installs them)"
	@echo "make bench-accuracy   what proofbot finds, misses and makes up on 216 requests of known truth, beside recce (hours)"
	@echo "make picture the comment of the README, as GitHub shows it (COMMENT=a comment.md)"
	@echo "make report-pictures   report.html in light, dark and on a phone, and comments (PICTURES=folder)"
	@echo "make clean   remove what these made here"

demo: .venv/.user
	@.venv/bin/python -m demo

check: .venv/.dev
	.venv/bin/ruff check $(PACKAGES)
	.venv/bin/ruff format --check $(PACKAGES)
	.venv/bin/mypy
	.venv/bin/lint-imports

# Nothing is fetched here, and the pages fetch nothing either. With --quiet, --strict would count no warning. The variable silences
# an advertisement for another builder.
docs: .venv/.dev
	NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict

ready: check .venv-oldest/.dev .venv-fakesnow/.ready .tools/.fetched .venv/.browser

oldest: .venv-oldest/.dev
	.venv-oldest/bin/python -m pytest $(SIDE_BY_SIDE) -m "story and not once" tests/stories

# Two at a time: one environment is installed beside the other, or beside the checks. The whole suite comes last, so that the last
# lines tell of all tests; it waits for servers and processes so much that three workers keep two cores busy.
test:
	@$(MAKE) --no-print-directory --jobs 2 ready oldest
	.venv/bin/python -m pytest $(SIDE_BY_SIDE) -n 3

test-long: .venv/.dev
	HYPOTHESIS_PROFILE=long .venv/bin/python -m pytest $(SIDE_BY_SIDE) --timeout 0 \
	  $$(grep -rl '== "long"' tests)

# By the first of these that works: a docker without its daemon does not. Only Docker's format knows a HEALTHCHECK.
image:
	@for builder in docker podman buildah; do "$$builder" info >/dev/null 2>&1 && break; builder=; done; \
	[ -n "$$builder" ] || { echo "make: to build the image, install docker, podman or buildah" >&2; exit 1; }; \
	case $$builder in docker) format= ;; *) format='--format docker' ;; esac; \
	set -x; "$$builder" build $$format --tag "$(IMAGE)" --build-arg ADAPTERS="$(ADAPTERS)" \
	  --build-arg VERSION="$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" \
	  --build-arg REVISION="$$(git rev-parse HEAD)" $(IMAGE_FLAGS) .

# Not a part of `make test`: it needs root, and tools that not every machine has. Without them it fails and names them.
test-image: .venv/.dev
	PROOFBOT_IMAGE_FLAGS='$(IMAGE_FLAGS)' .venv/bin/python -m pytest --timeout 1800 tests/image/real_image.py

bench: .venv/.dev
	.venv/bin/python -m bench.engine --rows $(ROWS)
	.venv/bin/python -m bench.postgres --rows $(ROWS)
	.venv/bin/python -m bench.run

bench-peers: .venv/.dev
	.venv/bin/python -m bench.peers --rows $(ROWS)
	.venv/bin/python -m bench.postgres_peers --rows $(ROWS)

bench-accuracy: .venv/.user
	.venv/bin/python -m bench.accuracy --cases $(CASES)

# The picture of the README.
picture: .venv/.browser .tools/.fetched
	.venv/bin/python -m tests.render.comment_picture $(COMMENT) docs/comment.png

# Of a report that has all there is, and of one with 2,000 models.
report-pictures: .venv/.browser .tools/.fetched
	.venv/bin/python -m tests.render.report_pictures $(PICTURES)

clean:
	rm -rf .venv .venv-oldest .venv-fakesnow .venv-peers .tools .chromium .pictures .site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build proofbot.egg-info

# A stamp says that a virtual environment is complete. What is not complete is made again from nothing.
.venv/.user: constraints/current.txt pyproject.toml
	@python=$$($(FIND_PYTHON)) || exit 1; \
	echo "Installing dbt and DuckDB into .venv; this takes a minute, once."; \
	"$$python" -m venv --clear .venv
	@.venv/bin/python $(PIP) '.[duckdb]' --constraint constraints/current.txt
	@touch $@

.venv/.dev: .venv/.user
	@echo "Installing the tools of development into .venv"
	@.venv/bin/python $(PIP) '.[duckdb,dev]' --constraint constraints/current.txt
	@touch $@

.venv-oldest/.dev: constraints/oldest.txt pyproject.toml
	@python=$$($(FIND_PYTHON)) || exit 1; \
	echo "Installing the oldest dbt and DuckDB into .venv-oldest; this takes a minute, once."; \
	"$$python" -m venv --clear .venv-oldest
	@.venv-oldest/bin/python $(PIP) '.[duckdb,test]' --constraint constraints/oldest.txt
	@touch $@

# A server that the tests ask as if it were Snowflake's, apart from what it pins.
.venv-fakesnow/.ready: constraints/fakesnow.txt
	@python=$$($(FIND_PYTHON)) || exit 1; \
	echo "Installing fakesnow into .venv-fakesnow"; \
	"$$python" -m venv --clear .venv-fakesnow
	@.venv-fakesnow/bin/python -m pip install -qq --disable-pip-version-check 'fakesnow[server]' 'snowflake-connector-python<5' \
	  --constraint constraints/fakesnow.txt
	@touch $@

# What the tests read of npm packages. Only archives are fetched: nothing of them is installed here.
.venv/.browser: constraints/node.txt tests/browser.py | .venv/.dev
	@.venv/bin/python -m tests.browser
	@touch $@

.tools/.fetched: constraints/node.txt tests/fetch_tools.py tests/tools.py tests/world/forges/fake_github/description.py \
  | .venv/.dev
	@echo "Fetching what the tests read of npm packages into .tools"
	@.venv/bin/python -m tests.fetch_tools
	@touch $@
