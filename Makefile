# Each target does its own set-up: tools are pinned and installed below target/ or node_modules/.

SHELL := /bin/bash
# Recordings of real nodes; tests that need them say so by name where they are missing.
export HOTSHOT_VECTORS ?= $(abspath $(CURDIR)/../shared/vectors)
BARE_METAL := thumbv7em-none-eabi
CARGO_DENY_VERSION := 0.20.2
TOOLS := $(CURDIR)/target/tools

.PHONY: help
help: ## Lists the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: test lint no-std deny test-rust test-long
test: lint no-std deny test-rust test-c test-go test-circuits test-npm test-demo test-contracts ## Lint, unit and system tests.

lint: ## Formatting, clippy and rustdoc, warnings as errors.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

no-std: ## Builds the core where there is no operating system.
	rustup target list --installed | grep --quiet $(BARE_METAL) || rustup target add $(BARE_METAL)
	cargo build --package hotshot-light-client --target $(BARE_METAL) --quiet

deny: ## Licences, sources and bans of all dependencies.
	@cargo deny --version 2>/dev/null | grep --quiet "$(CARGO_DENY_VERSION)" || test -x $(TOOLS)/bin/cargo-deny \
	|| cargo install cargo-deny --version $(CARGO_DENY_VERSION) --locked --quiet --root $(TOOLS)
	PATH="$(TOOLS)/bin:$$PATH" cargo deny --log-level error check bans licenses sources
	@if timeout 20 git ls-remote --exit-code https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; \
	then PATH="$(TOOLS)/bin:$$PATH" cargo deny --log-level error check advisories; \
	else echo "the advisory database is out of reach: advisories not checked"; fi

test-rust: ## Tests of all crates.
	cargo test --workspace --quiet -- --show-output

.PHONY: bench
bench: wasm chromium ## Measures the verifier natively, in Node and in Chromium next to its rivals, in one run, then behind C and Go.
	node wasm/bench/run.mjs
	cargo test --package hotshot-tests --test long_sync --quiet -- --ignored --nocapture
	cargo build --quiet --bin devnet --bin hotshot-verify
	node wasm/bench/data.mjs
	node wasm/bench/sync.mjs
	$(MAKE) --no-print-directory bench-c
	$(MAKE) --no-print-directory bench-circuits

# Seconds that each fuzz target runs.
FUZZ_SECONDS ?= 600
CARGO_FUZZ_VERSION := 0.13.2

.PHONY: fuzz
fuzz: ## Fuzzes the C border, every decoder, the stake table and the client's state machine, FUZZ_SECONDS each (needs a nightly compiler).
	@cargo fuzz --version 2>/dev/null | grep --quiet "$(CARGO_FUZZ_VERSION)" || test -x $(TOOLS)/bin/cargo-fuzz \
	|| cargo install cargo-fuzz --version $(CARGO_FUZZ_VERSION) --locked --quiet --root $(TOOLS)
	for target in border decoders data respond stake_table; do \
		mkdir -p target/fuzz-corpus/$$target; \
		PATH="$(TOOLS)/bin:$$PATH" cargo +nightly fuzz run --fuzz-dir light-client/fuzz $$target \
			target/fuzz-corpus/$$target light-client/fuzz/seeds/$$target \
			-- -max_total_time=$(FUZZ_SECONDS) -max_len=20000 -seed=1 -print_final_stats=1 || exit 1; \
	done

test-long: test test-fields test-c-long fuzz test-ignored test-sync-long test-ceremony ## Everything, with fuzzing.

.PHONY: test-fields
test-fields: ## The core's tests on our limbs, as in WebAssembly, and on stock arkworks alone, as for auditors.
	cargo test --package hotshot-light-client --features limbs-field --quiet
	cargo test --package hotshot-light-client --features stock-field --quiet
	HOTSHOT_STOCK_FIELD=1 $(MAKE) --no-print-directory npm
	node --test wasm/test/verify.test.mjs wasm/test/equality.test.mjs wasm/test/transition.test.mjs
	$(MAKE) --no-print-directory npm

.PHONY: test-ignored
test-ignored: ## The tests that take too long for every day.
	cargo test --workspace --quiet -- --ignored --show-output

include wasm/wasm.mk
include light-client/native/c.mk
include js-demo/demo.mk
include circuits/contracts/contracts.mk
include circuits/circuits.mk
