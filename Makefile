# Nightjar: the one Makefile.
#
#   make            build build/rel/emu and build/rel/nightjar
#   make nightly    install what is missing, build, run a quick matrix, write reports/out/index.html
#   make test       install what is missing, build, run every test; ci/test.sh says how to choose modes and jobs
#   make test T=REGEX   only tests whose path matches, and only what they need is built
#   make check      format, clang-tidy, headers that compile alone, dependency rules
#   make format     clang-format of all sources
#   make workloads  build the guest programs into build/workloads/
#   make linux      fetch Debian's riscv64 kernel (110 MiB), build what boots it into build/linux/
#   make golden     write the golden host code anew: ci/golden, emulator/tests/shape; HOST=rv64: the second of that host
#   make fuzz SECONDS=N [T=TARGET] [MODE=MODE]   the random tests with new seeds; ci/fuzz.sh lists targets, T=guided is libFuzzer's
#   make fuzz-shrink LOG=FILE   makes what failed there small, and a regression test
#   make coverage   which lines CI's tests reach: a folder of its own, a table by room and file; at least 90 %, ci/coverage.allow
#   make speed [ROUNDS=N] [T=REGEX]   CPU time beside native code and QEMU, row by row, with goals: ci/speed.sh, ci/speed.list
#   make mutate     200 faults planted one at a time: at least 95 % must be caught; ci/mutate.sh, ci/mutate.survivors
#   make analyze    gcc -fanalyzer and cppcheck: nothing that ci/analyze.allow does not name
#   make test-deep  everything that is too long for make test: ci/deep.list; hours, goes on where it was stopped
#   make browser-test   open a report in headless Chromium (installed if missing) and use it
#   make man        a manual page of each command into build/man/, from its --help (package help2man)
#   make clean      remove build/
#   make help       print this
#
# MODE=rel|dbg|asan|ubsan|tsan|cov|hostile     FEATURES="chain tlb" builds an emulator in which the other switches do not exist.
# HOST=rv64|a64 builds emu for another machine than this one: build/rv64/emu, with what ci/cross.sh fetches (300 MiB in build/cross).
# BUILD=DIR with any goal: the sources stay as they are and may be read-only; DIR gets links to them (ci/linked.sh) and all
# that is written: DIR/build/rel/emu, DIR/reports/out.

ifneq ($(BUILD),)
GOALS := $(or $(MAKECMDGOALS),all)
.PHONY: linked $(GOALS)
$(GOALS): linked
	@:
linked:
	@ci/linked.sh '$(BUILD)'
	@$(MAKE) --no-print-directory -C '$(BUILD)' BUILD= NIGHTJAR_SOURCE='$(CURDIR)' $(GOALS)
else

MODE ?= rel
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

space := $(subst ,, )
# The host that emu is built for and runs on: a folder of emulator/host/. Nothing else names it but its machine here.
MACHINE.x64 := x86_64
MACHINE.rv64 := riscv64
MACHINE.a64 := aarch64
LOADER.rv64 := riscv64-lp64d
LOADER.a64 := aarch64
HOSTS := $(patsubst MACHINE.%,%,$(filter MACHINE.%,$(.VARIABLES)))
NATIVE := $(or $(strip $(foreach h,$(HOSTS),$(if $(filter $(shell uname -m),$(MACHINE.$(h))),$(h)))),x64)
# What some hosts have in common is a folder of its own.
SHARES.rv64 := loadstore
SHARES.a64 := loadstore
HOST := $(NATIVE)
ifeq ($(MACHINE.$(HOST)),)
$(error HOST=$(HOST) is unknown; use $(HOSTS))
endif
CROSS := $(if $(filter-out $(NATIVE),$(HOST)),build/cross/$(HOST)/FETCHED)
# build/rel, build/rv64, build/rv64-asan
OUT := build/$(if $(CROSS),$(HOST)$(if $(filter-out rel,$(MODE)),-$(MODE)),$(MODE))$(if $(FEATURES),+$(subst $(space),+,$(strip $(FEATURES))))
GEN := build/gen
# The checkout: with BUILD=DIR this folder has only links to it.
NIGHTJAR_SOURCE ?= .
export NIGHTJAR_SOURCE
T :=

CC := $(if $(CROSS),build/cross/$(HOST)/cc,$(if $(filter fuzz,$(MODE)),clang,gcc))
AR := $(if $(CROSS),build/cross/$(HOST)/ar,ar)
HOSTCC := gcc
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Werror=implicit-fallthrough
# clang warns of rows of tables that are zero at their end.
WARN += $(if $(filter fuzz,$(MODE)),-Wno-missing-field-initializers)
OPT.rel := -O2 -g -fstack-protector -D_FORTIFY_SOURCE=2
OPT.dbg := -O0 -g3 -DCHECKED=1
# Of undefined behaviour, asan has what takes no time: pointers, alignment and object sizes are ubsan's.
UNDEFINED := bool builtin enum float-cast-overflow bounds integer-divide-by-zero nonnull-attribute return returns-nonnull-attribute shift \
    signed-integer-overflow unreachable vla-bound
OPT.asan := -O1 -g -fsanitize=address $(UNDEFINED:%=-fsanitize=%) -fno-sanitize-recover=all -fno-omit-frame-pointer -DCHECKED=1
OPT.ubsan := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all -DCHECKED=1
OPT.cov := -O0 -g --coverage -DCHECKED=1
OPT.tsan := -O1 -g -fsanitize=thread -DCHECKED=1
OPT.hostile := -O1 -g -DCHECKED=1 -DHOSTILE=1
OPT.fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DCHECKED=1
# REL_AS=MODE: what stands in build/rel is built as that mode, so that the tests which run in rel alone run as it, too. In a
# folder of its own: make BUILD=DIR REL_AS=ubsan test (ci/as.sh).
REL_AS ?= rel
ifneq ($(REL_AS),rel)
OPT.rel := $(OPT.$(REL_AS))
endif
ifeq ($(OPT.$(MODE)),)
$(error MODE=$(MODE) is unknown; use rel, dbg, asan, ubsan, tsan, cov, hostile or fuzz)
endif
comma := ,
FEATURE_FLAGS := $(if $(FEATURES),'-DFEATURES_BUILT=(0$(foreach f,$(FEATURES),|FEATURE_BIT(FEATURE_$(f))))')

CPPFLAGS := -D_GNU_SOURCE -I. -Iemulator -I$(GEN) -MMD -MP $(FEATURE_FLAGS)
CFLAGS := -std=gnu11 $(OPT.$(MODE)) $(WARN)
LDFLAGS := $(OPT.$(MODE)) -Wl,-z,relro,-z,now,-z,noexecstack
# Programs that count their lines count them in every process that they start.
COUNTED := $(if $(findstring --coverage,$(OPT.$(MODE))),$(GEN)/gcov_exit.o)
LDFLAGS += $(if $(COUNTED),$(addprefix -Wl$(comma)--wrap=,_exit abort kill raise) $(COUNTED))
# What only some hosts have: PAPI, libslirp, and what disassembles.
HAS_PAPI.x64 := yes
HAS_SLIRP.x64 := yes
HOST_LIBS.x64 := -lZydis
HOST_LIBS.a64 := -lcapstone
# From archives, what of them is used. WHY: loading and relocating nine shared libraries was a quarter of a short run.
archives = -Wl,--gc-sections -Wl,-Bstatic $(1) -Wl,-Bdynamic
EMU_LIBS := $(if $(CROSS),-ldw -lelf -lfdt -ljansson $(HOST_LIBS.$(HOST)) -lz -llzma -lbz2 -lzstd,\
            $(call archives,-ldw -lelf -lfdt -ljansson -lz -llzma -lbz2) $(HOST_LIBS.$(HOST))) -lm
NIGHTJAR_LIBS := $(call archives,-ldw -lelf -ljansson -lsqlite3 -lz -llzma -lbz2 -lgsl -lgslcblas) -lm

# ---- the emulator -------------------------------------------------------------------------------------------------
GUESTS := $(patsubst emulator/guest/%/,%,$(sort $(dir $(wildcard emulator/guest/*/*.insn))))
GEN_INC := $(GUESTS:%=$(GEN)/%.insn.inc)
EMU_SRC := $(sort $(wildcard $(addprefix emulator/,base/*.c elf/*.c mem/*.c guest/*.c guest/*/*.c ir/*.c opt/*.c ra/*.c host/*.c \
           $(addsuffix /*.c,$(addprefix host/,$(HOST) $(SHARES.$(HOST)))) jit/*.c jit/*/*.c run/*.c run/*/*.c board/*.c sys/*.c prof/*.c prof/*/*.c)))
EMU_SRC := $(filter-out $(addprefix emulator/prof/,$(if $(HAS_PAPI.$(HOST)),counts/no_papi.c,counts/papi.c counts/papi_lazy.c counts/sde.c counts/pmu.c sampling/sample_papi.c)),$(EMU_SRC))
EMU_SRC := $(filter-out emulator/board/$(if $(HAS_SLIRP.$(HOST)),no_net.c,user_net.c),$(EMU_SRC))
EMU_MAIN := emulator/run/main.c
EMU_OBJ := $(EMU_SRC:%.c=$(OUT)/obj/%.o)
EMU_LIB_OBJ := $(filter-out $(EMU_MAIN:%.c=$(OUT)/obj/%.o),$(EMU_OBJ))

# ---- the harness --------------------------------------------------------------------------------------------------
NJ_SRC := $(sort $(wildcard emulator/base/*.c bench/*.c bench/base/*.c bench/model/*.c profiles/*.c reports/*.c reports/html/*.c ci/*.c))
NJ_SRC := $(filter-out bench/cpu_$(if $(filter x64,$(NATIVE)),other,x64).c,$(NJ_SRC))
NJ_MAIN := bench/main.c
NJ_OBJ := $(NJ_SRC:%.c=$(OUT)/obj/%.o)
NJ_LIB_OBJ := $(filter-out $(NJ_MAIN:%.c=$(OUT)/obj/%.o),$(NJ_OBJ))

# ---- tests --------------------------------------------------------------------------------------------------------
EMU_TEST_SRC := $(sort $(wildcard emulator/tests/*/test_*.c))
NJ_TEST_SRC := $(sort $(wildcard bench/tests/test_*.c profiles/tests/test_*.c reports/tests/test_*.c ci/tests/test_*.c))
EMU_TEST_LIB_SRC := $(sort $(wildcard emulator/tests/lib/*.c))
EMU_TEST_LIB_OBJ := $(EMU_TEST_LIB_SRC:%.c=$(OUT)/obj/%.o)
EMU_TESTS := $(EMU_TEST_SRC:%.c=$(OUT)/%)
# Targets of fuzzing: of the emulator, of the harness, and what runs both.
FUZZ_RUN_SRC := $(addprefix emulator/tests/fuzz/,corpus.c input.c)
EMU_FUZZ_OBJ := $(patsubst %.c,$(OUT)/obj/%.o,$(FUZZ_RUN_SRC) $(sort $(wildcard emulator/tests/fuzz/target*.c)))
NJ_FUZZ_OBJ := $(patsubst %.c,$(OUT)/obj/%.o,$(FUZZ_RUN_SRC) $(sort $(wildcard ci/tests/fuzz/target*.c)))
# The host's kernel is a function of a target.
EMU_FUZZ_LINK := $(addprefix -Wl$(comma)--wrap=,sys_host_call sys_host_action sys_host_inherit sys_host_mask)
NJ_TEST_LIB_SRC := $(sort $(wildcard bench/tests/lib_*.c ci/tests/lib_*.c))
NJ_TEST_LIB_OBJ := $(NJ_TEST_LIB_SRC:%.c=$(OUT)/obj/%.o)
NJ_TESTS := $(NJ_TEST_SRC:%.c=$(OUT)/%)

.PHONY: all emu nightjar workloads linux nightly golden test test-bin browser-test fuzz fuzz-shrink check coverage analyze speed mutate test-deep format man clean help compile_commands.json
all: emu $(if $(wildcard $(NJ_MAIN)),nightjar)
emu: $(OUT)/emu
nightjar: $(OUT)/nightjar

# emu for another machine needs nothing there. Its tests do: there is no static cmocka. WHY position-independent: a program that is
# linked low lies where the window of RAM would be (mem/window.c), and its counts are not those of the machine's own build. gcc 12
# does not tell the linker of riscv64 all that it needs for that.
STATIC := -static-pie -Wl,-static,--no-dynamic-linker,-z,text,--no-warnings
ROOT := $(CURDIR)/build/cross/$(HOST)/root/usr/lib/$(MACHINE.$(HOST))-linux-gnu
TEST_LINK := $(if $(CROSS),-static-libgcc -Wl$(comma)-rpath$(comma)$(ROOT) -Wl$(comma)--dynamic-linker$(comma)$(ROOT)/ld-linux-$(LOADER.$(HOST)).so.1)
$(OUT)/emu $(OUT)/nightjar $(EMU_TESTS) $(NJ_TESTS): | $(COUNTED)
$(GEN)/gcov_exit.o: ci/tools/gcov_exit.c
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -O1 -g $(WARN) -c -o $@ $<
$(OUT)/emu: $(EMU_OBJ)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) $(if $(CROSS),$(STATIC)) -o $@ $(EMU_OBJ) $(EMU_LIBS)
$(OUT)/nightjar: $(NJ_OBJ)
	@echo "  LINK $@"
	@$(CC) $(LDFLAGS) -o $@ $(NJ_OBJ) $(NIGHTJAR_LIBS)
$(OUT)/libemu.a: $(EMU_LIB_OBJ)
	@rm -f $@ && $(AR) rcs $@ $^
$(OUT)/libnightjar.a: $(NJ_LIB_OBJ)
	@rm -f $@ && $(AR) rcs $@ $^
# A pattern rule alone asks for it: without this line make would remove it at the end, as a file in between.
.PRECIOUS: build/cross/%/FETCHED
build/cross/%/FETCHED: ci/cross.sh workloads/linux/apt.sh
	@echo "  FETCH $(@D)"
	@ci/cross.sh $* && touch $@
$(OUT)/obj/%.o: %.c $(GEN_INC) $(OUT)/flags | $(CROSS)
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$(EMU_TESTS): $(OUT)/%: $(OUT)/obj/%.o $(EMU_TEST_LIB_OBJ) $(OUT)/libemu.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $(TEST_LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(EMU_LIBS) -lcmocka
EMU_FUZZ_TESTS := $(filter $(OUT)/emulator/tests/fuzz/%,$(EMU_TESTS))
$(EMU_FUZZ_TESTS): $(EMU_FUZZ_OBJ)
$(EMU_FUZZ_TESTS): LDFLAGS += $(EMU_FUZZ_LINK)
$(OUT)/ci/tests/test_corpus: $(NJ_FUZZ_OBJ)
build/fuzz/emulator/guided: build/fuzz/obj/emulator/tests/fuzz/guided.o $(EMU_FUZZ_OBJ) $(EMU_TEST_LIB_OBJ) build/fuzz/libemu.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -fsanitize=fuzzer $(EMU_FUZZ_LINK) -o $@ $^ $(EMU_LIBS)
build/fuzz/ci/guided: build/fuzz/obj/emulator/tests/fuzz/guided.o $(NJ_FUZZ_OBJ) $(NJ_TEST_LIB_OBJ) build/fuzz/libnightjar.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(NIGHTJAR_LIBS) -lcmocka
$(NJ_TESTS): $(OUT)/%: $(OUT)/obj/%.o $(NJ_TEST_LIB_OBJ) $(OUT)/libnightjar.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(NIGHTJAR_LIBS) -lcmocka
test-bin: $(EMU_TESTS) $(NJ_TESTS) $(GEN)/hide $(GEN)/fault $(GEN)/fail_alloc.so
# Runs a test on a machine that lacks something.
$(GEN)/hide: ci/tools/hide.c
	@mkdir -p $(@D)
	@$(HOSTCC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -o $@ $<

# Plants faults, for ci/mutate.sh.
$(GEN)/mutate: ci/tools/mutate.c
	@mkdir -p $(@D)
	@$(HOSTCC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -o $@ $<
# For scripts that compile or link as this file does: the value of a variable.
print-%:
	@echo '$($*)'
# Makes one system call, one allocation of a program fail: ci/faults.sh. Makes its clocks run faster: ci/soak.sh.
$(GEN)/fault: ci/tools/fault.c
	@mkdir -p $(@D)
	@$(HOSTCC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -o $@ $<
$(GEN)/%.so: ci/tools/%.c
	@mkdir -p $(@D)
	@$(HOSTCC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -shared -fPIC -o $@ $<

# What the build is, for --version: rewritten only when it changes, included by one file only. WHY the shell's number in the
# name of what becomes it: there may be another make in this tree.
$(OUT)/version.inc: FORCE
	@mkdir -p $(@D)
	@{ echo '#define VERSION_COMMIT "'"$$(git -C '$(NIGHTJAR_SOURCE)' rev-parse --short=12 HEAD 2>/dev/null || echo unknown)"'"'; \
	   if git -C '$(NIGHTJAR_SOURCE)' diff --quiet HEAD -- emulator Makefile 2>/dev/null; then echo '#define VERSION_DIRTY 0'; else echo '#define VERSION_DIRTY 1'; fi; \
	   echo '#define VERSION_MODE "$(MODE)"'; \
	   echo '#define VERSION_CFLAGS "$(strip $(CFLAGS))"'; } > $@.$$$$; cmp -s $@.$$$$ $@ && rm -f $@.$$$$ || mv $@.$$$$ $@
$(OUT)/obj/emulator/prof/counts/version.o: CPPFLAGS += -I$(OUT)
$(OUT)/obj/emulator/prof/counts/version.o: $(OUT)/version.inc

# The assembler includes the page's assets; the compiler's list of headers does not know them.
$(OUT)/obj/reports/html/asset.o: $(wildcard reports/assets/*)
$(OUT)/obj/profiles/page.o: $(wildcard profiles/assets/*)
$(OUT)/obj/ci/site_page.o: $(wildcard ci/assets/*)

# A changed set of flags rebuilds everything.
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(CC) $(CPPFLAGS) $(CFLAGS))' > $@.$$$$; cmp -s $@.$$$$ $@ && rm -f $@.$$$$ || mv $@.$$$$ $@
FORCE:

# ---- generated tables ---------------------------------------------------------------------------------------------
$(GEN)/mkdecode: emulator/tools/mkdecode.c
	@mkdir -p $(@D)
	@$(HOSTCC) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -o $@ $<
define gen_rule
$(GEN)/$(1).insn.inc: emulator/guest/$(1)/$(1).insn $(GEN)/mkdecode
	@$(GEN)/mkdecode $(1) $$< > $$@
endef
$(foreach g,$(GUESTS),$(eval $(call gen_rule,$(g))))

# ---- guest programs, reports, tests -------------------------------------------------------------------------------
workloads:
	@workloads/build.sh rv64 rv64-sv39 native rv64-linux rx
	@workloads/linux/build.sh
linux:
	@workloads/linux/fetch.sh
	@workloads/build.sh rv64-linux
	@workloads/linux/build.sh
nightly:
	@ci/install.sh
	@$(MAKE) --no-print-directory all workloads
	@ci/nightly.sh
test:
	@ci/install.sh
	@NIGHTJAR_TESTS='$(or $(T),$(NIGHTJAR_TESTS),.)' ci/test.sh
golden: $(if $(CROSS),emu,all workloads)
ifneq ($(CROSS),)
	@emulator/tests/shape/shape.test.sh $(HOST) --update
else
	@$(OUT)/nightjar golden --update --emu $(OUT)/emu
	@EMU=$(CURDIR)/$(OUT)/emu emulator/tests/shape/shape.test.sh --update
endif
browser-test: all
	@reports/tests/browser.sh
check: compile_commands.json
	@ci/check.sh
format:
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i
fuzz:
	@ci/install.sh $(if $(findstring guided,$(T)),clang libclang-rt-dev)
	@ci/fuzz.sh -s '$(or $(SECONDS),60)' -m '$(MODE)' $(if $(T),-t '$(T)')
fuzz-shrink:
	@ci/install.sh clang libclang-rt-dev
	@ci/fuzz.sh --shrink $(LOG)
coverage:
	@ci/install.sh
	@ci/coverage.sh
analyze:
	@ci/install.sh cppcheck
	@ci/analyze.sh
speed: all workloads
	@ci/install.sh time
	@ci/speed.sh $(if $(ROUNDS),-r '$(ROUNDS)') $(if $(T),'$(T)')
mutate:
	@ci/install.sh
	@ci/mutate.sh
test-deep:
	@ci/install.sh
	@ci/deep.sh
man: all
	@ci/install.sh help2man
	@ci/man.sh build/man
compile_commands.json: $(GEN_INC) $(OUT)/version.inc
	@ci/compile_commands.sh '$(CC) $(filter-out -MMD -MP,$(CPPFLAGS)) -I$(OUT) $(CFLAGS)' $(EMU_SRC) $(NJ_SRC) $(EMU_TEST_SRC) $(EMU_TEST_LIB_SRC) $(EMU_FUZZ_OBJ:$(OUT)/obj/%.o=%.c) $(NJ_FUZZ_OBJ:$(OUT)/obj/%.o=%.c) $(NJ_TEST_SRC) $(NJ_TEST_LIB_SRC) > $@
clean:
	rm -rf build
help:
	@sed -n '3,/^$$/s/^# \{0,1\}//p' Makefile

-include $(EMU_OBJ:.o=.d) $(EMU_TEST_LIB_OBJ:.o=.d) $(NJ_TEST_LIB_OBJ:.o=.d) $(NJ_OBJ:.o=.d) $(EMU_FUZZ_OBJ:.o=.d) $(NJ_FUZZ_OBJ:.o=.d) $(EMU_TESTS:$(OUT)/%=$(OUT)/obj/%.d) $(NJ_TESTS:$(OUT)/%=$(OUT)/obj/%.d)

endif
