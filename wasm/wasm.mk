# The WebAssembly module and its npm package. Included by the workspace's Makefile.

# Debian's packages for what is missing, where we may install them; elsewhere its name is enough.
define need
	@command -v $(1) >/dev/null 2>&1 || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; \
	then apt-get update --quiet && apt-get install --yes --no-install-recommends $(2); \
	else echo "please install $(1) ($(2))" >&2; exit 1; fi
endef

WASM_DEPENDENCIES := wasm/node_modules/.package-lock.json

$(WASM_DEPENDENCIES): wasm/package.json wasm/package-lock.json
	$(call need,npm,nodejs npm)
	npm --prefix wasm ci --no-audit --no-fund
	@touch $@

.PHONY: wasm npm test-npm chromium
wasm: $(WASM_DEPENDENCIES) ## Builds the WebAssembly module and the package around it, in wasm/dist.
	npm --prefix wasm run build

npm: wasm ## Packs the npm package, in target/npm.
	npm --prefix wasm run package

chromium:
	@test -n "$$CHROMIUM" || command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 \
	|| if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; \
	then apt-get update --quiet && apt-get install --yes --no-install-recommends chromium; \
	else echo "please install Chromium, or name it in CHROMIUM" >&2; exit 1; fi

test-npm: npm chromium circuits/contracts/node_modules/.package-lock.json ## Installs the package as users do, and uses it in Node and in Chromium.
	cargo build --quiet --bin devnet
	npm --prefix wasm test

.PHONY: test-sync-long
test-sync-long: npm chromium ## Syncs 300 epochs of 100 validators in Chromium, closed midway and taken up again.
	cargo build --quiet --bin devnet
	SYNC_EPOCHS=300 SYNC_VALIDATORS=100 node --test wasm/test/sync-browser.test.mjs
