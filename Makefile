# Each target does its own set-up: tools are pinned and installed below target/ or node_modules/.

.PHONY: help
help: ## Lists the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

include wasm/wasm.mk
