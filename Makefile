# `make demo` shows NeuFace Studio on real clips, `make test` checks it; each sets everything up first.
.PHONY: help setup demo test test-fast check bench screenshots translations format wheel clean

help:
	@echo "make demo       fit the sample clips and open the Studio (results in demo/out without a display)"
	@echo "make test       every check and every test, a real window on a virtual screen included"
	@echo "make test-fast  the same without the tests marked slow"
	@echo "make check      only format, lint, types and import contracts"
	@echo "make bench      measure speed and memory: benchmarks/results.json and results.md"
	@echo "make screenshots  the pictures of docs/studio.md anew, from rendered clips"
	@echo "make translations  the texts of the window for translators, and what they made of them"
	@echo "make format     format and mend what ruff can mend"
	@echo "make wheel      build a wheel into dist/"
	@echo "make setup      the environment in .venv (the others call it)"
	@echo "make clean      remove caches and build results; .venv stays"

setup:
	@bash scripts/setup.sh

demo: setup
	@.venv/bin/python scripts/demo.py

test: setup
	@bash scripts/test.sh

test-fast: setup
	@bash scripts/test.sh --fast

check: setup
	@bash scripts/check.sh

bench: setup
	@.venv/bin/python benchmarks/run.py

screenshots: setup
	@.venv/bin/python scripts/screenshots.py

format: setup
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

wheel: setup
	@.venv/bin/python -m build --wheel --no-isolation

translations: setup
	@.venv/bin/python scripts/translations.py

clean:
	rm -rf dist build demo/out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find neuface_core neuface_studio tests scripts -name __pycache__ -prune -exec rm -rf {} +
