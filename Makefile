# make demo    builds, runs the example, and prints live deltas until Ctrl-C (DEMO_SECONDS=20 make demo ends by itself)
# make test    builds and runs the whole suite
# make help    says what else there is

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test recipes fuzz wasm fmt lint doc prepare

# Outside the clone, so that every clone shares one build of the database.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/sp00ky/target
SPKY := $(CARGO_TARGET_DIR)/debug/spky

# Of the whole workspace, always: features are then resolved the same way, and demo and test share one build.
BUILD := cargo build --workspace

# The example asks for no groups, and what keeps them (`dbsp`) takes minutes to build: a first demo does without.
WITHOUT_GROUPS := --no-default-features --features cli/embedded

help:
	@echo 'make demo    build, run examples/threads, print live deltas until Ctrl-C'
	@echo '             (DEMO_SECONDS=20 make demo ends by itself)'
	@echo 'make test    build and run the whole suite (SLOW=1 adds the long runs)'
	@echo 'make recipes take away one recipe after the other: its test must fail then'
	@echo '             (SPKY_RECIPES=M10 make recipes chooses some; all take 10 minutes)'
	@echo 'make fuzz    draw inputs that nobody should send, until Ctrl-C'
	@echo '             (SPKY_FUZZ=query:100000:1.. chooses target, inputs of a seed, first seed)'
	@echo 'make wasm    build the engine for the browser, play the scenarios there, say its size'
	@echo 'make fmt     format'
	@echo 'make lint    clippy, warnings denied'
	@echo 'make doc     rustdoc, broken links denied'
	@echo
	@echo 'Builds go to $(CARGO_TARGET_DIR)'

demo: prepare
	@.ci/say 'build spky, its database and the example' '$(SPKY)'
	@$(BUILD) $(WITHOUT_GROUPS) --bin spky --bin threads
	@cd examples/threads && exec '$(SPKY)' dev --exit-with-apps

test: prepare
	@.ci/prepare node
	@.ci/prepare clock
	@.ci/say 'build everything' '$(CARGO_TARGET_DIR)/debug/embedded'
	@$(BUILD) --bins
	@.ci/say 'run the suite'
	@cargo test --workspace

recipes: prepare
	@.ci/say 'build the suite' '$(CARGO_TARGET_DIR)/debug/embedded'
	@$(BUILD) --bins
	@cargo test --workspace --test suite -- recipes --include-ignored --nocapture

fuzz: export SPKY_FUZZ ?= all:2000:1..
fuzz: prepare
	@cargo test --workspace --test suite -- replay::what_is_drawn_breaks_nothing --exact --nocapture

wasm: prepare
	@.ci/wasm

fmt:
	@cargo fmt --all

# The database's own crates are left out where nothing of ours looks into them: checking them takes minutes.
lint: prepare
	@cargo clippy --workspace --all-targets --no-default-features \
		--exclude embedded -- --deny warnings

doc: prepare
	@RUSTDOCFLAGS='--deny warnings --allow rustdoc::private_intra_doc_links' cargo doc --workspace --no-deps \
		--document-private-items --no-default-features --exclude embedded

prepare:
	@.ci/prepare
