# Every target is one line that calls `modelet`, pytest or a benchmark; .venv is made when something it is made of changes.
PYTHON ?= python3
ARCH ?= x86_64
HOST_ARCH := $(subst aarch64,arm64,$(shell uname -m))
FUNCTION ?= embed
BIN := .venv/bin
REQUIREMENTS := $(wildcard functions/*/requirements.in)
BUNDLES := $(patsubst %.toml,%/manifest.json,$(wildcard functions/*/model.toml))
# `sam build` hands ARCH to this Makefile's build-* targets.
export ARCH
export SAM_CLI_TELEMETRY := 0

.PHONY: demo demo-all test lint serve local package models bench coldstart overhead lock build size image sam-local deploy

demo: .venv/.workbench ; $(BIN)/modelet demo
demo-all: .venv/.workbench ; $(BIN)/modelet demo --all
serve: .venv/.workbench ; $(BIN)/modelet package --all && $(BIN)/modelet serve
local: .venv/.local ; $(BIN)/modelet package --all && $(BIN)/modelet local
package: .venv/.workbench ; $(BIN)/modelet package --all
models: .venv/.workbench ; $(BIN)/modelet models
test: .venv/.test ; $(BIN)/modelet package --all && $(BIN)/python -m pytest
lint: .venv/.test ; $(BIN)/modelet package --all && $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/modelet openapi --check && $(BIN)/modelet lock --check
bench: .venv/.workbench ; $(BIN)/python benchmarks/encoder.py
coldstart: .venv/.test ; $(BIN)/python benchmarks/coldstart.py
overhead: .venv/.test ; $(BIN)/python benchmarks/overhead.py
lock: .venv/.test ; $(BIN)/modelet lock
build: package .venv-sam/.sam ; $(BIN)/modelet build --arch $(ARCH) $(BYTECODE) && .venv-sam/bin/sam build --parameter-overrides Architecture=$(ARCH)
size: package ; $(BIN)/modelet size --arch $(ARCH)
image: package ; $(BIN)/modelet build --arch $(ARCH) && docker build --platform linux/$(ARCH:x86_64=amd64) --build-arg ARCH=$(ARCH) --build-arg FUNCTION=$(FUNCTION) --tag modelet-$(FUNCTION) .
sam-local: build ; $(BIN)/modelet sam-local --arch $(ARCH)
deploy: build ; @.venv-sam/bin/sam deploy --parameter-overrides Architecture=$(ARCH) $(PARAMETERS)

# Lambda refuses the index that buildx makes of an image and its attestations.
image: export BUILDX_NO_DEFAULT_ATTESTATIONS = 1
sam-local: ARCH = $(HOST_ARCH)
deploy: BYTECODE = --require-bytecode
# A version is published for changed artefacts only: changed parameters change each function's.
deploy: export ANEW = $(if $(PARAMETERS),--anew)

# What `sam build` calls for each function and, through shared/Makefile, for the layer.
NO_FOLDER = $(error ARTIFACTS_DIR is missing: `sam build` gives it, and calls this target)
build-%: .venv/.workbench $(BUNDLES) ; $(BIN)/modelet artefact $* "$(or $(ARTIFACTS_DIR),$(NO_FOLDER))" --arch $(ARCH) $(ANEW)

functions/%/model/manifest.json: functions/%/model.toml | .venv/.workbench ; $(BIN)/modelet package $* && touch $@

.venv/.workbench: pyproject.toml $(REQUIREMENTS)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --editable ".[workbench]" $(REQUIREMENTS:%=--requirement %)
	touch $@

.venv/.local: .venv/.workbench
	$(BIN)/python -m pip install --quiet --editable ".[workbench,local,batch,measure]"
	touch $@

.venv/.spark: .venv/.test
	$(BIN)/python -m pip install --quiet --editable ".[spark]"
	touch $@

.venv/.test: .venv/.workbench
	$(BIN)/python -m pip install --quiet --editable ".[workbench,build,local,batch,measure,evaluate,test]"
	touch $@

# A venv of its own: aws-sam-cli pins what it imports.
.venv-sam/.sam:
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/python -m pip install --quiet 'aws-sam-cli>=1.170,<2' 'cfn-lint>=1.40,<2'
	touch $@

# Another: ministack and aws-sam-cli do not agree on botocore.
.venv-ministack/.ministack:
	$(PYTHON) -m venv .venv-ministack
	.venv-ministack/bin/python -m pip install --quiet 'ministack>=1.5.33,<2' 'aws-sam-translator>=1.100,<2' 'docker>=7,<8'
	touch $@
