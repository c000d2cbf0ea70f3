# Cusp: `make run` serves the example gallery, `make test` runs every test. Both install what a fresh machine lacks.
# The build itself is Meson's (meson.build); this file only strings commands together.
# On a machine that needs other package sources, `make SETUP=true ...` skips the installation step.

SETUP ?= tools/setup.sh
T ?=
B ?= all
F ?= h1
SECONDS_PER_FUZZER ?= 60
MIN ?= 10
DEBUG_FLAGS = --buildtype=debug -Db_sanitize=address,undefined
# Warnings are errors in the debug build only: a newer compiler must not keep anybody from running Cusp.
RELEASE_FLAGS = --buildtype=release -Db_lto=true -Dtests=false -Dwerror=false

.PHONY: build run test unit scenarios check conform bench soak fuzz tidy format clean

build: build/cusp

# -- what `make run` needs ------------------------------------------------------------------------------------
build/cusp: force
	$(SETUP) build
	npm ci --loglevel=error
	test -d build/release || meson setup build/release $(RELEASE_FLAGS)
	ninja -C build/release src/cusp
	ln -sf release/src/cusp build/cusp

run: build/cusp
	cd examples && npm ci --loglevel=error
	build/cusp serve --config examples/gallery.toml

# -- tests ----------------------------------------------------------------------------------------------------
test: check unit scenarios

build/debug/build.ninja:
	$(SETUP) test
	npm ci --loglevel=error
	meson setup build/debug $(DEBUG_FLAGS)

check: build/debug/build.ninja
	node tools/check-rooms.mjs
	tools/check-format.sh
	node tools/limits-doc.mjs --check

unit: build/debug/build.ninja
	ninja -C build/debug
	meson test -C build/debug --no-rebuild --print-errorlogs --timeout-multiplier 4 $(T) || \
		node tools/rerun-units.mjs build/debug --timeout-multiplier 4

scenarios: build/debug/build.ninja build/cusp
	ninja -C build/debug src/cusp
	cd examples && npm ci --loglevel=error
	cd test && npm ci --loglevel=error
	node tools/run-scenarios.mjs $(T)

# -- outside suites: DIR is where they were exported to (tools/conform.mjs) ------------------------------------
conform: build/cusp
	node tools/conform.mjs $(DIR) --cusp build/cusp $(ARGS)

# -- figures, fuzzing, hygiene --------------------------------------------------------------------------------
bench: build/cusp
	$(SETUP) bench
	cd bench && npm ci --loglevel=error
	node bench/run.mjs $(B)

# Long runs that look for what short ones miss: make soak T=hostile MIN=10
soak: build/cusp
	node test/soak/$(or $(T),hostile).mjs --minutes $(MIN)

# F=api is no libFuzzer target but random programs in the sanitized debug build (fuzz/api/): SECONDS_PER_FUZZER are of its CPU time.
ifeq ($(F),api)
fuzz: build/debug/build.ninja
	ninja -C build/debug src/cusp
	node fuzz/api/run.mjs --seconds $(SECONDS_PER_FUZZER) $(ARGS)
else
fuzz:
	$(SETUP) fuzz
	npm ci --loglevel=error
	test -d build/fuzz || CC=clang meson setup build/fuzz --buildtype=debugoptimized -Db_sanitize=address,undefined \
	  -Db_lundef=false -Dtests=false -Dfuzz=true
	ninja -C build/fuzz
	tools/run-fuzzer.sh $(F) $(SECONDS_PER_FUZZER)
endif

tidy: build/debug/build.ninja
	$(SETUP) tidy
	run-clang-tidy -quiet -extra-arg=-Wno-unknown-warning-option -p build/debug 'src/.*\.c'

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build

force:
