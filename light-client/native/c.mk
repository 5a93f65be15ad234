# The C interface and the Go module over it. Included by the workspace's Makefile.

C_ABI := light-client/native/c-abi
GO_MODULE := light-client/native/go
# Builds as they would be installed.
C_RELEASE := $(CURDIR)/target/c-abi/release
C_DEV := $(CURDIR)/target/c-abi/dev
C_FLAGS := -std=c11 -O1 -g -Wall -Wextra -Werror -pedantic -D_POSIX_C_SOURCE=200809L
# Changed recordings that the C test tries; under valgrind a few, because everything takes fifty times as long.
C_ROUNDS ?= 40
VALGRIND := valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible --error-exitcode=1

.PHONY: bench-c c-abi c-dev test-c test-c-long test-go
c-abi: ## Builds the C interface for use, in target/c-abi/release.
	$(C_ABI)/install.sh release $(C_RELEASE)

c-dev:
	$(call need,pkg-config,pkg-config)
	$(C_ABI)/install.sh dev $(C_DEV)
	cc $(C_FLAGS) -I$(C_DEV)/include -o $(C_DEV)/check-static $(C_ABI)/tests/c/check.c \
		$(C_DEV)/lib/libhotshot_light_client.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
	cc $(C_FLAGS) -o $(C_DEV)/check-shared $(C_ABI)/tests/c/check.c -lpthread \
		$$(PKG_CONFIG_PATH=$(C_DEV)/lib/pkgconfig pkg-config --cflags --libs hotshot-light-client)

test-c: c-dev ## The C interface from C, over recordings and tampered ones, a part of it under valgrind.
	@if ! test -d $(HOTSHOT_VECTORS)/v4; then echo "SKIPPED test-c: $(HOTSHOT_VECTORS) has no recordings"; exit 0; fi; \
	set -e; $(C_DEV)/check-static $(HOTSHOT_VECTORS) $(C_ROUNDS); \
	LD_LIBRARY_PATH=$(C_DEV)/lib $(C_DEV)/check-shared $(HOTSHOT_VECTORS) 4
	$(call need,valgrind,valgrind)
	@if test -d $(HOTSHOT_VECTORS)/v4; then $(VALGRIND) $(C_DEV)/check-static $(HOTSHOT_VECTORS) 2; fi

test-c-long: test-c
	@if test -d $(HOTSHOT_VECTORS)/v4; then $(C_DEV)/check-static $(HOTSHOT_VECTORS) 2000; \
	$(VALGRIND) $(C_DEV)/check-static $(HOTSHOT_VECTORS) 60; fi

bench-c: c-abi ## Size, call overhead and throughput of the C interface, from C and from Go.
	@cc -std=c11 -O2 -D_POSIX_C_SOURCE=200809L -I$(C_RELEASE)/include -o $(C_RELEASE)/bench $(C_ABI)/tests/c/bench.c \
		$(C_RELEASE)/lib/libhotshot_light_client.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
	@echo "shared library               $$(stat -L -c %s $(C_RELEASE)/lib/libhotshot_light_client.so) bytes, gzip $$(gzip -9 -c $(C_RELEASE)/lib/libhotshot_light_client.so | wc -c)"
	@if test -d $(HOTSHOT_VECTORS)/v4; then $(C_RELEASE)/bench $(HOTSHOT_VECTORS); else echo "SKIPPED: $(HOTSHOT_VECTORS) has no recordings"; fi
	$(call need,go,golang-go)
	@cd $(GO_MODULE) && PKG_CONFIG_PATH=$(C_RELEASE)/lib/pkgconfig LD_LIBRARY_PATH=$(C_RELEASE)/lib \
		go test -run - -bench . . | grep ^Benchmark

test-go: c-dev ## The Go module over recordings and a live devnet.
	$(call need,go,golang-go)
	cargo build --quiet --bin devnet
	cd $(GO_MODULE) && export PKG_CONFIG_PATH=$(C_DEV)/lib/pkgconfig LD_LIBRARY_PATH=$(C_DEV)/lib \
		HOTSHOT_DEVNET=$(CURDIR)/target/debug/devnet \
	&& test -z "$$(gofmt -l .)" && go vet ./... && go test -count=1 ./...
