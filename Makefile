# `make` alone lists what there is. Every target sets up what it needs; that takes no time once it is there.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build test crash bench fuzz lint image documents clean packages test-packages debug

# Rounds of `make crash`, seconds of `make fuzz`, and where `make bench` finds its tool.
ROUNDS ?= 50
SECONDS_EACH ?= 300
BENCH_DIR ?= ../shared/bench
ARGS ?=

VENV := .build/venv
PYTHON := $(VENV)/bin/python
# Undeclared arrows between the rooms stop every build.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
# One file that needs nothing but glibc: Swift's library, libstdc++ and libgcc go in.
RELEASE_FLAGS := -c release --static-swift-stdlib $(SWIFT_FLAGS) \
	-Xlinker -L$(CURDIR)/.build/slib -Xswiftc -Xclang-linker -Xswiftc -static-libgcc

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | awk -F ':.*## ' '{ printf "make %-10s %s\n", $$1, $$2 }'

run: build ## build and start on the default ports (ARGS="--retention 1d" adds settings)
	build/loupe serve $(ARGS)

build: packages ## build/loupe: release, stripped, needs only glibc
	@mkdir -p .build/slib build
	@ln -sf "$$(gcc -print-file-name=libstdc++.a)" .build/slib/libstdc++.a
	swift build $(RELEASE_FLAGS) --product loupe
	@strip -o build/loupe.new "$$(swift build $(RELEASE_FLAGS) --show-bin-path)/loupe" && mv build/loupe.new build/loupe
	@extra="$$(ldd build/loupe | grep -vE 'lib(c|m)\.so|ld-linux|linux-vdso')"; \
		if [ -n "$$extra" ]; then echo "build/loupe needs more than glibc:$$extra" >&2; exit 1; fi
	@echo "build/loupe: $$(( $$(stat -c %s build/loupe) / 1048576 )) MiB"

debug: packages
	swift build --build-tests $(SWIFT_FLAGS)

test: build debug $(VENV)/ready ## every test: Swift, the viewer's, end to end (ARGS="-k crash" for pytest)
	@status=0; \
	swift test --skip-build $(SWIFT_FLAGS) || status=1; \
	tests="$$(find Tests/Viewer -name '*.test.mjs' -o -name '*.test.js' 2> /dev/null)"; \
	if [ -n "$$tests" ]; then node --test $$tests || status=1; fi; \
	$(PYTHON) -m pytest Tests/EndToEnd $(ARGS) || status=1; \
	exit $$status

crash: build $(VENV)/ready ## kill -9 under load and count what comes back (ROUNDS=50)
	$(PYTHON) Tests/EndToEnd/crash.py --rounds $(ROUNDS)

bench: build $(VENV)/ready ## figures beside their targets (BENCH_DIR=DIR; queries on 10 M spans: ARGS="--copies 10 --spread 3600")
	$(PYTHON) Tests/EndToEnd/bench_targets.py --bench-dir "$(BENCH_DIR)" $(ARGS)

fuzz: packages ## feed every decoder mutated input (SECONDS_EACH=300)
	@set -e; for file in Tests/Fuzz/Fuzz*.swift; do \
		name="$$(basename "$$file" .swift)"; name="$${name#Fuzz}"; lower="$$(echo "$$name" | tr A-Z a-z)"; \
		dictionary="Tests/Fuzz/$$lower.dict"; [ -f "$$dictionary" ] && dictionary="-dict=$$dictionary" || dictionary=""; \
		seeds="Tests/Golden/$$lower"; [ -d "$$seeds" ] || seeds=Tests/Golden/otlp; \
		Tests/Fuzz/build.sh "$$name"; \
		mkdir -p ".build/fuzz/corpus-$$lower" .build/fuzz/found; \
		echo "fuzzing $$name for $(SECONDS_EACH) s"; \
		.build/fuzz/"$$name" ".build/fuzz/corpus-$$lower" "$$seeds" Tests/Fuzz/Crashes $$dictionary \
			-artifact_prefix=".build/fuzz/found/$$lower-" -max_total_time=$(SECONDS_EACH) -rss_limit_mb=4096 -verbosity=0 -print_final_stats=1; \
	done

lint: packages ## the arrows between rooms, what must be absent, the shape of the code
	swift build $(SWIFT_FLAGS)
	Tests/EndToEnd/lint.sh

image: build ## a container image called loupe, with podman, docker or buildah
	deploy/image-root.sh
	@tool="$$(command -v podman || command -v docker || command -v buildah)" || \
		{ echo "None of podman, docker and buildah is here; build/image and deploy/Containerfile are all that one needs." >&2; exit 1; }; \
	"$$tool" build -f deploy/Containerfile -t loupe .

documents: debug ## rewrite the settings in README.md and deploy/loupe.example.yaml from the table
	LOUPE_WRITE_DOCUMENTS=1 swift test --skip-build $(SWIFT_FLAGS) --filter DocumentTests

clean: ## forget everything that was built
	rm -rf .build build

packages:
	@deploy/packages.sh build

test-packages:
	@deploy/packages.sh test

$(VENV)/ready: Tests/EndToEnd/requirements.txt | test-packages
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install -q --disable-pip-version-check -r Tests/EndToEnd/requirements.txt
	@touch $@
