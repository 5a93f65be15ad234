# The light client for an EVM. Included by the workspace's Makefile.

CONTRACT_DEPENDENCIES := circuits/contracts/node_modules/.package-lock.json
# Foundry and the Solidity compiler come from npm, pinned: no other download. The package's own wrapper
# ends with success when forge does not, so the platform's program is called.
FORGE := cd circuits/contracts && ./node_modules/@foundry-rs/forge-*/bin/forge

$(CONTRACT_DEPENDENCIES): circuits/contracts/package.json circuits/contracts/package-lock.json
	$(call need,npm,nodejs npm)
	npm --prefix circuits/contracts ci --no-audit --no-fund
	@touch $@

.PHONY: test-contracts gas-report
# Programs and tests are built as test-rust builds them, so that nothing is compiled twice.
test-contracts: $(CONTRACT_DEPENDENCIES) ## Tests contracts and relayer in three EVMs, and compares the gas with the committed report.
	$(FORGE) fmt --check
	$(FORGE) test
	cargo test --workspace --no-run --quiet
	HOTSHOT_REQUIRE_EVM=1 cargo test --workspace --quiet --test anvil --test in_process --test running_devnet --test l1

gas-report: $(CONTRACT_DEPENDENCIES) ## Writes what transactions cost to circuits/contracts/gas.
	$(FORGE) test --match-path test/Gas.t.sol --gas-snapshot-check=false
