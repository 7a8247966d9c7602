PORT ?= 8000
export PYTHON FORCE
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help demo demo-story check test nightly lint wheel bundle lock clean

help:  ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s%s\n", $$1, $$2 }' Makefile

demo:  ## tell the story, then serve it on localhost (PORT=8000)
	@.ci/demo $(PORT)

demo-story:  ## tell the story without serving
	@.ci/demo $(PORT) --no-serve

check:  ## the quick loop: lint, types, fast tests (FILES="a b": of these and their rooms)
	@.ci/check $(FILES)

test:  ## every promise and every attack once, in browsers and on PostgreSQL (FORCE=1: again)
	@.ci/test

nightly:  ## every test in each browser, and on both databases; a thousand kills, benchmarks (goes on where it was cut short)
	@.ci/nightly

lint:  ## style, mistakes and types
	@.ci/setup check
	@.ci/lint

wheel:  ## write the installable client into dist/
	@.ci/setup check
	@python -m hatchling build --target wheel --directory dist

bundle:  ## write static/dist from static/src
	@.ci/setup check
	@npm run --silent bundle

lock:  ## write the lock files anew (UPGRADE=1: with newer versions)
	@.ci/setup check
	@.ci/lock $(if $(UPGRADE),--upgrade)

clean:  ## remove everything that the other targets made
	rm -rf .venv node_modules dist .demo .static .mypy_cache .pytest_cache .ruff_cache .hypothesis .nightly
	@if head -n 1 .env 2>/dev/null | grep -q 'make demo'; then rm -f .env; fi
	find apps config tests -name __pycache__ -type d -prune -exec rm -rf {} +
