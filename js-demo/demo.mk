# The page for people. Included by the workspace's Makefile.

DEMO_DEPENDENCIES := js-demo/node_modules/.package-lock.json

# wasm/ first: the page's dependency on it is a link to the package that is built there.
$(DEMO_DEPENDENCIES): js-demo/package.json js-demo/package-lock.json
	$(call need,npm,nodejs npm)
	npm --prefix js-demo ci --no-audit --no-fund
	@touch $@

.PHONY: site demo demo-programs test-demo
site: wasm $(DEMO_DEPENDENCIES) ## Builds the demo as a static site that needs no server, in js-demo/dist.
	npm --prefix js-demo run build

demo-programs:
	cargo build --package hotshot-tests --bin devnet --package hotshot-verify --bin hotshot-verify

demo: site demo-programs ## Starts a devnet, the page that verifies it and the command line client; Ctrl-C ends them.
	@node js-demo/scripts/demo.mjs

test-demo: site demo-programs chromium ## Runs the page against an honest and a lying devnet, in Chromium.
	npm --prefix js-demo test
