# make            build/minilab, build/minilab-runner and build/minilab-runner-general
# make run        the same, started on 127.0.0.1:9000 with data in ./data
# make check      all tests under ASan and UBSan: unit, fault and crash, fuzz seeds, end to end; sums them in its last line
# make lint       layers, homes, sizes, forbidden words, functions without a caller
# make torture    hundreds of kill -9 under load, with figures           (KILLS=300)
# make powercut   power loss by replaying recorded block writes; needs root (POINTS=40)
# make bench      all of tests/bench; make bench-latency (-throughput, -put, -get, -memory) one of them
# make fuzz       libFuzzer on every parser in turn (T=60 seconds each); make fuzz-json one of them
# make tsan       unit tests under ThreadSanitizer; make valgrind: under Valgrind
# make clean
#
# B=opt (the default), dev (sanitizers and test hooks), hooks (opt with test hooks), tsan. OUT=build/$(B).

B       ?= opt
CC      ?= cc
OUT     ?= build/$(B)

CFLAGS_opt  := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS_hooks := $(CFLAGS_opt) -DMINILAB_TEST_HOOKS
CFLAGS_dev  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DMINILAB_TEST_HOOKS
CFLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
WARN_fuzz   := -Wno-error
CFLAGS_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
CFLAGS  += -std=c11 -D_GNU_SOURCE -DOPENSSL_API_COMPAT=10101 -DOPENSSL_SUPPRESS_DEPRECATED -I. -isystem /usr/share/include/llhttp -MMD -MP $(CFLAGS_$(B))
CFLAGS  += -Wall -Wextra -Werror -Wshadow -Wvla -Wformat=2 -Wundef -Wpointer-arith \
           -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wswitch-enum -fno-common $(WARN_$(B))
VIPS    := $(shell pkg-config --cflags vips libheif 2>/dev/null | sed 's/-I/-isystem /g')
VIPSLIB := $(shell pkg-config --libs vips libheif 2>/dev/null)

FLOORS  := base storage functions pipeline web
SRC_base      := $(wildcard base/*.c)
SRC_storage   := $(wildcard storage/*.c)
SRC_functions := $(wildcard functions/*.c functions/custom/*.c)
SRC_pipeline  := $(filter-out pipeline/main.c,$(wildcard pipeline/*.c))
SRC_web       := $(wildcard web/*.c web/http/*.c web/s3/*.c web/dynamodb/*.c web/api/*.c web/ui/*.c web/lambda/*.c web/runtime/*.c web/logs/*.c web/iam/*.c web/url/*.c)
SRC_general   := $(filter-out %/main.c,$(wildcard functions/runner/general/*.c))
SRC_runner    := $(filter-out %/main.c functions/runner/general/%,$(wildcard functions/runner/*.c functions/runner/*/*.c))
SRC_sandbox   := $(filter-out %/main.c,$(wildcard functions/sandbox/*.c))
SRC_unpack    := $(filter-out %/main.c,$(wildcard functions/unpack/*.c))
obj      = $(patsubst %.c,$(OUT)/%.o,$(1))
LLHTTP  := $(OUT)/llhttp/llhttp.o $(OUT)/llhttp/api.o $(OUT)/llhttp/http.o

LIBS    := -luv -lsqlite3 -lcrypto -lexpat -lcurl -lseccomp -lisal -lm -lpthread
RUNNERS := $(OUT)/minilab-runner $(OUT)/minilab-runner-general $(patsubst functions/%/main.c,$(OUT)/minilab-%,$(wildcard functions/sandbox/main.c functions/unpack/main.c))
FASTLIBS := -ljpeg -lpng -lwebp -lwebpmux -lwebpdemux -llcms2 -lexpat -lz -lcrypto -lseccomp -lisal -lm -lpthread
RLIBS   := $(VIPSLIB) $(FASTLIBS)

all: $(OUT)/minilab $(RUNNERS)
	@ln -sfn $(patsubst build/%,%,$(OUT))/minilab build/minilab
	@for p in /usr/local/bin/python3 /usr/bin/python3; do [ ! -x $$p ] || $$p -m compileall -q --invalidation-mode checked-hash functions/runtimes/python; done
	@for r in $(RUNNERS); do ln -sfn "$${r#build/}" "build/$${r##*/}"; done

run: all
	build/minilab serve --data ./data --listen 127.0.0.1:9000 --show-keys

$(OUT)/lib%.a:
	@rm -f $@ && ar rcs $@ $^
$(foreach f,$(FLOORS) runner general sandbox unpack,$(eval $(OUT)/lib$(f).a: $(call obj,$(SRC_$(f)))))
$(OUT)/libweb.a: $(LLHTTP)

DAEMON_A := $(addprefix $(OUT)/lib,web.a pipeline.a functions.a storage.a base.a)
FAST_A   := $(addprefix $(OUT)/lib,runner.a functions.a base.a)
RUNNER_A := $(OUT)/libgeneral.a $(FAST_A)

$(OUT)/minilab: $(OUT)/pipeline/main.o $(DAEMON_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ $(LIBS)
$(OUT)/minilab-runner: $(OUT)/functions/runner/main.o $(FAST_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ $(FASTLIBS)
$(OUT)/minilab-runner-general: $(OUT)/functions/runner/general/main.o $(RUNNER_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ $(RLIBS)

$(OUT)/minilab-sandbox: $(OUT)/functions/sandbox/main.o $(addprefix $(OUT)/lib,sandbox.a functions.a base.a)
	@echo "ld $@"; $(CC) $(CFLAGS) -Wl,--as-needed -o $@ $^ -lseccomp -lcrypto -lisal -lm -ldl -lpthread
UNPACK_A := $(addprefix $(OUT)/lib,unpack.a functions.a base.a)
$(OUT)/minilab-unpack: $(OUT)/functions/unpack/main.o $(UNPACK_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -Wl,--as-needed -o $@ $^ -lzip -lseccomp -lcrypto -lisal -lm -lpthread

$(OUT)/functions/runner/general/%.o $(OUT)/tests/unit/runner/%.o $(OUT)/tests/bench/thumb_%.o: CFLAGS += $(VIPS)
PIXELS_dev := -O2
$(OUT)/functions/runner/%.o $(OUT)/tests/unit/runner/%.o: CFLAGS += $(PIXELS_$(B))
# The exact picture is the yardstick and not what is measured: it needs no sanitizer, which makes it four times as slow.
EXACT_dev := -O3 -fno-sanitize=all
$(OUT)/tests/lib/exact.o: CFLAGS += $(EXACT_$(B))
$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	@echo "cc $<"; $(CC) $(CFLAGS) -c -o $@ $<
$(OUT)/web/ui/assets.o: $(wildcard web/ui/assets/*)
$(OUT)/llhttp/%.o: /usr/share/llhttp/%.c
	@mkdir -p $(@D)
	@echo "cc $<"; $(CC) -O2 -g -DLLHTTP_STRICT_MODE=1 -isystem /usr/share/include/llhttp -c -o $@ $<

# Unit tests: tests/unit/FLOOR/x_test.c is one program of cmocka tests, linked with its floor and those below.
BELOW_base      := base.a
BELOW_storage   := storage.a base.a
BELOW_functions := functions.a base.a
BELOW_runner    := general.a runner.a functions.a base.a
BELOW_pipeline  := pipeline.a functions.a storage.a base.a
BELOW_web       := web.a pipeline.a functions.a storage.a base.a
TESTLIB := $(call obj,$(wildcard tests/lib/*.c))

define unit_floor
UNIT_$(1) := $$(patsubst %.c,$$(OUT)/%,$$(wildcard tests/unit/$(1)/*_test.c))
$$(OUT)/tests/unit/$(1)/%: $$(OUT)/tests/unit/$(1)/%.o $$(TESTLIB) $$(addprefix $$(OUT)/lib,$$(BELOW_$(1)))
	@echo "ld $$@"; $$(CC) $$(CFLAGS) -o $$@ $$^ -lcmocka $(2)
unit-$(1): $$(UNIT_$(1)) $$(FOR_$(1))
	@MINILAB_OUT=$$(OUT) tests/run $$(UNIT_$(1))
.PHONY: unit-$(1)
endef
FOR_functions := $(RUNNERS)
FOR_pipeline := $(RUNNERS)
FOR_web := $(RUNNERS)
$(foreach f,$(FLOORS),$(eval $(call unit_floor,$(f),$(LIBS))))
$(eval $(call unit_floor,runner,$(RLIBS)))
UNIT := $(foreach f,$(FLOORS) runner,$(UNIT_$(f)))

# Fault and crash tests over several floors, fuzz targets with their seeds, benchmarks' programs.
FAULT := $(patsubst %.c,$(OUT)/%,$(wildcard tests/fault/*_test.c))
$(OUT)/tests/fault/%: $(OUT)/tests/fault/%.o $(TESTLIB) $(DAEMON_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ -lcmocka $(LIBS)

FUZZED := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
REPLAY := $(FUZZED:%=$(OUT)/tests/fuzz/%_replay)
$(OUT)/tests/fuzz/runner_%_replay: $(OUT)/tests/fuzz/runner_%_fuzz.o $(OUT)/tests/fuzz/replay.o $(RUNNER_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ $(RLIBS)
$(OUT)/tests/fuzz/unpack_replay: $(OUT)/tests/fuzz/unpack_fuzz.o $(OUT)/tests/fuzz/replay.o $(UNPACK_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ -lzip $(LIBS)
$(OUT)/tests/fuzz/%_replay: $(OUT)/tests/fuzz/%_fuzz.o $(OUT)/tests/fuzz/replay.o $(DAEMON_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ $(LIBS)

BENCHES := $(patsubst %.c,$(OUT)/%,$(filter-out tests/bench/lambda_%,$(wildcard tests/bench/*.c)))
$(OUT)/tests/bench/thumb_compare: $(OUT)/tests/bench/thumb_compare.o $(OUT)/tests/lib/exact.o $(OUT)/libbase.a
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ $(RLIBS)
$(OUT)/tests/bench/thumb_%: $(OUT)/tests/bench/thumb_%.o $(RUNNER_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ $(RLIBS)
$(OUT)/tests/bench/%: $(OUT)/tests/bench/%.o $(DAEMON_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# An environment of the sanitizers reserves terabytes of addresses, which no cage would give it: end to end the
# daemon is sanitized and the runner is not. Unit tests of functions/runner are.
E2E     := $(wildcard tests/e2e/[0-9]*.py)
CORES   := $(shell nproc)
runners: $(RUNNERS)
programs: $(UNIT) $(FAULT) $(REPLAY) $(OUT)/minilab $(RUNNERS)
check:
	@$(MAKE) --no-print-directory -j$(CORES) B=opt OUT=build/opt runners
	@$(MAKE) --no-print-directory -j$(CORES) B=dev OUT=build/dev programs
	@$(MAKE) --no-print-directory B=dev OUT=build/dev run-programs
run-programs:
	@MINILAB_OUT=$(OUT) MINILAB_RUNNER=build/opt/minilab-runner tests/run $(UNIT) $(FAULT) $(REPLAY) $(E2E)

lint:
	@tests/lint

torture: all
	@MINILAB_OUT=$(OUT) /usr/bin/python3 tests/e2e/40-kill-and-recover.py --kills $(or $(KILLS),300)

powercut:
	@$(MAKE) --no-print-directory -j$(CORES) B=opt OUT=build/opt all
	@$(MAKE) --no-print-directory -j$(CORES) B=hooks OUT=build/hooks build/hooks/minilab
	@$(MAKE) --no-print-directory B=opt OUT=build/opt build/opt/tests/powercut/recorder build/opt/tests/powercut/replay
	@tests/powercut/run --points $(or $(POINTS),40)
$(OUT)/tests/powercut/recorder: tests/powercut/recorder.c tests/powercut/record.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(shell pkg-config --cflags fuse3 | sed 's/-I/-isystem /g') -o $@ $< $(shell pkg-config --libs fuse3)
$(OUT)/tests/powercut/replay: tests/powercut/replay.c tests/powercut/record.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $<

BENCH   := latency throughput put large list rest tus get delivery watch serve memory cold caged isolation images functions \
           $(if $(shell command -v rclone),rclone) $(if $(shell command -v chromium),gallery)
bench: $(BENCH:%=bench-%)
bench-%: all $(BENCHES)
	@MINILAB_OUT=$(OUT) /usr/bin/python3 tests/bench/$*.py

# libFuzzer needs clang: the tree is built anew with it, and warnings that only one of the two compilers knows are let pass.
FUZZ_S  ?= $(or $(T),60)
fuzz: $(FUZZED:%=fuzz-%)
fuzz-%:
	@$(MAKE) --no-print-directory -j$(CORES) B=fuzz CC=clang OUT=build/fuzz build/fuzz/tests/fuzz/$*_fuzz
	@mkdir -p build/fuzz/corpus/$*
	build/fuzz/tests/fuzz/$*_fuzz -max_total_time=$(FUZZ_S) -rss_limit_mb=1024 -timeout=10 -artifact_prefix=build/fuzz/$*- \
		-verbosity=0 -print_final_stats=1 build/fuzz/corpus/$* tests/fuzz/seeds/$*
$(OUT)/tests/fuzz/runner_%_fuzz: $(OUT)/tests/fuzz/runner_%_fuzz.o $(RUNNER_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $^ $(RLIBS)
$(OUT)/tests/fuzz/unpack_fuzz: $(OUT)/tests/fuzz/unpack_fuzz.o $(UNPACK_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $^ -lzip $(LIBS)
$(OUT)/tests/fuzz/%_fuzz: $(OUT)/tests/fuzz/%_fuzz.o $(DAEMON_A)
	@echo "ld $@"; $(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

# The floors of the daemon. The runner's only threads are those of libvips, whose locks the sanitizer does not see.
tsan:
	@$(MAKE) --no-print-directory -j$(CORES) B=opt OUT=build/opt runners
	@TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp second_deadlock_stack=1" \
		$(MAKE) --no-print-directory -j$(CORES) B=tsan OUT=build/tsan run-threads
THREADS := $(foreach f,$(FLOORS),$(UNIT_$(f)))
run-threads: $(THREADS) $(RUNNERS)
	@MINILAB_OUT=$(OUT) MINILAB_RUNNER=$(or $(RUNNER),build/opt/minilab-runner) tests/run $(THREADS)
run-unit: $(UNIT) $(RUNNERS)
	@MINILAB_OUT=$(OUT) MINILAB_RUNNER=$(or $(RUNNER),build/opt/minilab-runner) tests/run $(UNIT)
# Leaks are looked for by the sanitizers of `make check`: here the children that die on purpose would count as such.
valgrind:
	@$(MAKE) --no-print-directory -j$(CORES) B=opt OUT=build/opt runners
	@MINILAB_UNDER="valgrind -q --error-exitcode=9 --suppressions=$(CURDIR)/tests/valgrind.supp" TEST_DEADLINE_S=900 \
		$(MAKE) --no-print-directory -j$(CORES) B=opt OUT=build/opt run-unit

clean:
	rm -rf build

.PHONY: all run runners programs check run-programs lint torture powercut bench fuzz tsan run-threads run-unit valgrind clean
.SECONDARY:
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
