# The circuits before independent programs, and what they cost.

circuits/test/node_modules: circuits/test/package-lock.json
	cd circuits/test && npm ci --no-audit --no-fund --silent
	@touch $@

.PHONY: test-circuits
test-circuits: circuits/test/node_modules ## Has snarkjs verify keys and proofs of ours.
	cargo build --package hotshot-circuits --quiet
	node --test circuits/test/verify.test.mjs

.PHONY: test-ceremony
test-ceremony: circuits/test/node_modules ## Runs a small ceremony with snarkjs and proves with its key (minutes).
	cargo build --package hotshot-circuits --quiet
	node --test circuits/test/ceremony.long.mjs

.PHONY: bench-circuits
bench-circuits: wasm circuits/test/node_modules ## Measures set-ups, proofs and their verification, preset by preset.
	cargo build --release --package hotshot-circuits --quiet
	node circuits/test/bench.mjs
