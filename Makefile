# make            build/dev/... no: build/opt/minilab and minilab-runner, linked to build/
# make run        build, start on 127.0.0.1:9000 with data in ./data
# make check      all tests under ASan and UBSan: unit, fault, crash, fuzz seeds, end to end
# make lint       layers, homes, sizes, forbidden words, cppcheck
# make clean
# Others: torture powercut bench bench-* fuzz tsan valgrind (see tests/README in each folder's first lines)

B       ?= opt
CC      ?= cc
OUT     ?= build/$(B)

CFLAGS_opt  := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS_dev  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
CFLAGS  += -std=c11 -D_GNU_SOURCE -DOPENSSL_API_COMPAT=10101 -DOPENSSL_SUPPRESS_DEPRECATED -I. -isystem /usr/share/include/llhttp -MMD -MP $(CFLAGS_$(B))
CFLAGS  += -Wall -Wextra -Werror -Wshadow -Wvla -Wformat=2 -Wundef -Wpointer-arith \
           -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wswitch-enum -fno-common
VIPS    := $(shell pkg-config --cflags vips libexif 2>/dev/null | sed 's/-I/-isystem /g')
VIPSLIB := $(shell pkg-config --libs vips libexif 2>/dev/null)

FLOORS  := base storage functions pipeline web
SRC_base      := $(wildcard base/*.c)
SRC_storage   := $(wildcard storage/*.c)
SRC_functions := $(wildcard functions/*.c)
SRC_pipeline  := $(filter-out pipeline/main.c,$(wildcard pipeline/*.c))
SRC_web       := $(wildcard web/*.c web/http/*.c web/s3/*.c web/dynamodb/*.c web/api/*.c)
SRC_runner    := $(filter-out functions/runner/main.c,$(wildcard functions/runner/*.c))
obj      = $(patsubst %.c,$(OUT)/%.o,$(1))
LLHTTP  := $(OUT)/llhttp/llhttp.o $(OUT)/llhttp/api.o $(OUT)/llhttp/http.o

LIBS    := -luv -lsqlite3 -lcrypto -lexpat -lseccomp -lisal -lm -lpthread
RLIBS   := $(VIPSLIB) -ljpeg -lpng -lwebp -lcrypto -lseccomp -lisal -lm -lpthread

all: $(OUT)/minilab $(OUT)/minilab-runner
	@mkdir -p build && ln -sf $(B)/minilab build/minilab && ln -sf $(B)/minilab-runner build/minilab-runner

$(OUT)/lib%.a:
	@rm -f $@ && ar rcs $@ $^
$(foreach f,$(FLOORS) runner,$(eval $(OUT)/lib$(f).a: $(call obj,$(SRC_$(f)))))
$(OUT)/libweb.a: $(LLHTTP)

DAEMON_A := $(addprefix $(OUT)/lib,web.a pipeline.a functions.a storage.a base.a)
RUNNER_A := $(addprefix $(OUT)/lib,runner.a functions.a base.a)

$(OUT)/minilab: $(OUT)/pipeline/main.o $(DAEMON_A)
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)
$(OUT)/minilab-runner: $(OUT)/functions/runner/main.o $(RUNNER_A)
	$(CC) $(CFLAGS) -o $@ $^ $(RLIBS)

$(OUT)/functions/runner/%.o: functions/runner/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(VIPS) -c -o $@ $<
$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	@echo "cc $<"; $(CC) $(CFLAGS) -c -o $@ $<
$(OUT)/llhttp/%.o: /usr/share/llhttp/%.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -DLLHTTP_STRICT_MODE=1 -isystem /usr/share/include/llhttp -c -o $@ $<

# Unit tests: tests/unit/FLOOR/x_test.c is one program of cmocka tests, linked with its floor and those below.
BELOW_base      := base.a
BELOW_storage   := storage.a base.a
BELOW_functions := functions.a base.a
BELOW_runner    := runner.a functions.a base.a
BELOW_pipeline  := pipeline.a functions.a storage.a base.a
BELOW_web       := web.a pipeline.a functions.a storage.a base.a
TESTLIB := $(call obj,$(wildcard tests/lib/*.c))

define unit_floor
UNIT_$(1) := $$(patsubst %.c,$$(OUT)/%,$$(wildcard tests/unit/$(1)/*_test.c))
$$(OUT)/tests/unit/$(1)/%: $$(OUT)/tests/unit/$(1)/%.o $$(TESTLIB) $$(addprefix $$(OUT)/lib,$$(BELOW_$(1)))
	$$(CC) $$(CFLAGS) -o $$@ $$^ -lcmocka $(2)
unit-$(1): $$(UNIT_$(1))
	@for t in $$(UNIT_$(1)); do echo "== $$$$t"; $$$$t 2>$$$$t.log || { tail -n 40 $$$$t.log; exit 1; }; done
.PHONY: unit-$(1)
endef
$(foreach f,$(FLOORS),$(eval $(call unit_floor,$(f),$(LIBS))))
$(eval $(call unit_floor,runner,$(RLIBS)))
$(OUT)/tests/unit/runner/%.o: tests/unit/runner/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(VIPS) -c -o $@ $<

clean:
	rm -rf build

.PHONY: all clean
.SECONDARY:
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
