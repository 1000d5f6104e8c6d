# Needs only Python 3.11 or newer, with venv, and make: everything else goes into .venv, at the versions in
# constraints.txt. No path here is absolute, so the folder may have any name, with spaces too.

PYTHON = .venv/bin/python
INSTALLED = .venv/installed
BROWSER = .venv/browser

.PHONY: help demo bench test test-deep pictures install format-check lint types tests format clean
.NOTPARALLEL:

help:
	@echo "make demo       train the examples: the 2-3-1 network by hand, then real handwritten digits"
	@echo "make test       everything that decides: format-check, lint, types and tests (each also alone)"
	@echo "make test-deep  the tests with ten times as many inputs; then each planted fault must be noticed"
	@echo "make bench      the time of it against that of PyTorch, JAX and others (CASE=2-3-1: of those cases)"
	@echo "make pictures   draw the two pictures of README.md again (with dot and Chromium)"
	@echo "make format     format the code and mend what the linter can"
	@echo "make install    only make .venv"
	@echo "make clean      remove .venv and everything else that is made"

demo: $(INSTALLED)
	$(PYTHON) examples/two_three_one.py
	$(PYTHON) examples/digits.py
	@echo "All that the demo wrote:"
	@ls -1 out/two_three_one* out/digits*

# All four run, even if one fails; pytest is the last, so that its summary is what one sees.
test: $(INSTALLED)
	@$(MAKE) --no-print-directory --keep-going format-check lint types tests

format-check: $(INSTALLED)
	$(PYTHON) -m ruff format --check .

lint: $(INSTALLED)
	$(PYTHON) -m ruff check .

types: $(INSTALLED)
	$(PYTHON) -m mypy

# A process for each core leaves none for a second thread of BLAS, which would only wait and spin.
tests test-deep: export OPENBLAS_NUM_THREADS = 1
tests: $(INSTALLED) | $(BROWSER)
	$(PYTHON) -m pytest -n auto --dist worksteal

test-deep: $(INSTALLED)
	$(PYTHON) -m pytest -n auto --dist worksteal --gradients=deep
	$(PYTHON) tests/mutations.py

# The two pictures that README.md begins with. They need Graphviz's dot and Chromium.
PAGE = $(shell pwd)/out/see_it.html
pictures: $(INSTALLED)
	$(PYTHON) examples/see_it.py > /dev/null
	@mkdir -p examples/pictures
	cp out/see_it.svg examples/pictures/graph.svg
	chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,640 \
	  --screenshot=examples/pictures/page.png "file://$(PAGE)#step=12" 2> /dev/null
	@$(PYTHON) -c "from PIL import Image; name = 'examples/pictures/page.png'; \
	  Image.open(name).convert('RGB').quantize(64).save(name, optimize=True)"  # a third of the size

# Benchmarks: benchmarks/run.py says what CASE and QUICK are, benchmarks/peers.txt what PEERS_PIP is for.
bench: $(INSTALLED) .venv-peers/installed .venv-hips/installed
	$(PYTHON) benchmarks/run.py "$(CASE)" $(if $(QUICK),--quick)

# The peers; HIPS autograd apart from the others, since its package has our name.
.venv-%/installed: benchmarks/%.txt | $(INSTALLED)
	@echo "Installing what $< lists into .venv-$* (once)"
	@$(PYTHON) -m venv --clear .venv-$*
	@.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check $(PEERS_PIP) --requirement $<
	@touch $@

format: $(INSTALLED)
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

install: $(INSTALLED)

# The stamp is written last and names this folder. Without it (a first or an interrupted install) the
# environment starts afresh. In a folder that was copied or moved, .venv still imports the old one; and the
# Python that it was made with may be gone.
ifeq ($(shell test -x $(PYTHON) && test "`cat $(INSTALLED) 2>/dev/null`" = "`pwd`" || echo stale),stale)
.PHONY: $(INSTALLED)
endif

$(INSTALLED): pyproject.toml constraints.txt
	@if ! { test -e $@ && $(PYTHON) -m pip --version; } >/dev/null 2>&1; then \
	  for python in python3 python python3.14 python3.13 python3.12 python3.11; do \
	    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	    python=; \
	  done; \
	  if test -z "$$python"; then \
	    echo "No Python 3.11 or newer was found (python3 is: `python3 --version 2>&1`)." >&2; \
	    echo "Install one, for example from python.org, and run make again." >&2; exit 1; \
	  fi; \
	  echo "Making .venv with $$python (`$$python --version`)"; \
	  $$python -m venv --clear .venv || { \
	    echo "This Python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv" >&2; \
	    exit 1; \
	  }; \
	fi
	@rm -f $@
	@echo "Installing into .venv (a minute or so the first time)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt setuptools
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --no-build-isolation --editable '.[all]'
	@pwd > $@

# Chromium, for the tests that open pages: from Debian's packages, where one may install them.
# Tried once; without it those tests are skipped, and say so.
$(BROWSER): | $(INSTALLED)
	@if ! { command -v chromium && command -v chromedriver; } >/dev/null; then \
	  if test "`id -u`" = 0 && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the tests of pages (once)"; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    { timeout 60 apt-get update && \
	      timeout 300 apt-get install -y --no-install-recommends chromium chromium-driver; \
	    } >/dev/null 2>&1 </dev/null; \
	  fi; \
	  command -v chromedriver >/dev/null || \
	    echo "No Chromium with its driver: the tests that open pages in a browser will be skipped"; \
	fi
	@touch $@

clean:
	rm -rf .venv out build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache .coverage
	rm -rf .venv-peers .venv-hips benchmarks/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
