// Oracle: a valid ELF file written field by field (elf_image.h), known SHA-256 values of FIPS 180-4, and for each way
// to break the file the words that its refusal must contain.
#include "base/nameless.h"
#include "base/sha256.h"
#include "elf/elf.h"
#include "tests/unit/elf_image.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
// cmocka needs setjmp.h, stdarg.h, stddef.h and stdint.h
#include <cmocka.h>

typedef struct Fixture {
    int fd;
    char path[32];
    Mem mem;
    Err err;
    ElfFile elf;
} Fixture;

static int setup(void **state) {
    Fixture *f = calloc(1, sizeof *f);
    f->fd = nameless_file("x.elf", NAMELESS_DATA, 0);
    snprintf(f->path, sizeof f->path, "/proc/self/fd/%d", f->fd);
    mem_init(&f->mem);
    *state = f;
    return f->fd < 0 || !mem_add_ram(&f->mem, "RAM", IMAGE_TEXT_AT, 1 << 20, true, &f->err);
}

static int teardown(void **state) {
    Fixture *f = *state;
    close(f->fd);
    mem_free(&f->mem);
    free(f);
    return 0;
}

static void write_image(Fixture *f, const void *bytes, size_t n) {
    f->err.text[0] = 0;
    assert_int_equal(ftruncate(f->fd, 0), 0);
    assert_int_equal(pwrite(f->fd, bytes, n, 0), (ssize_t)n);
}

static bool open_bytes(Fixture *f, const void *bytes, size_t n) {
    write_image(f, bytes, n);
    return elf_open(&f->elf, f->path, &f->err);
}

static void refused_because(Fixture *f, const void *bytes, size_t n, const char *words) {
    if (open_bytes(f, bytes, n)) {
        bool loaded = elf_load(&f->elf, &f->mem, &f->err);
        elf_close(&f->elf);
        if (loaded) fail_msg("loaded, expected a refusal: %s", words);
    }
    if (!strstr(f->err.text, words)) fail_msg("expected '%s' in: %s", words, f->err.text);
    assert_non_null(strstr(f->err.text, f->path));
}

static void a_valid_file_loads(void **state) {
    Fixture *f = *state;
    Image64 image = image64();
    uint8_t want[IMAGE_BSS_END] = "data", got[IMAGE_BSS_END];
    memset(got, 0xee, sizeof got);
    assert_true(mem_copy_in(&f->mem, IMAGE_DATA_AT, got, sizeof got));
    image.ph[1].p_vaddr = 0x1000; // loading goes by physical address
    assert_true(open_bytes(f, &image, sizeof image));
    assert_int_equal(f->elf.machine, EM_RISCV);
    assert_int_equal(f->elf.class, ELFCLASS64);
    assert_int_equal(f->elf.entry, IMAGE_TEXT_AT);
    assert_true(elf_load(&f->elf, &f->mem, &f->err));
    assert_true(mem_copy_out(&f->mem, IMAGE_DATA_AT, got, sizeof got));
    assert_memory_equal(got, want, sizeof want);
    assert_true(mem_copy_out(&f->mem, IMAGE_TEXT_AT, got, IMAGE_TEXT));
    assert_memory_equal(got, image.text, IMAGE_TEXT);
    elf_close(&f->elf);
    Image32 narrow = image32();
    assert_true(open_bytes(f, &narrow, sizeof narrow));
    assert_int_equal(f->elf.class, ELFCLASS32);
    assert_true(elf_load(&f->elf, &f->mem, &f->err));
    assert_non_null(elf_symbol_named(&f->elf, "tohost"));
    elf_close(&f->elf);
}

static const char *name_at(const Fixture *f, gaddr at) {
    const ElfSymbol *s = elf_symbol_at(&f->elf, at);
    return s ? s->name : "-";
}

static void addresses_find_their_symbols(void **state) {
    Fixture *f = *state;
    Image64 image = image64();
    assert_true(open_bytes(f, &image, sizeof image));
    uint32_t n;
    const ElfSymbol *s = elf_symbols(&f->elf, &n);
    assert_int_equal(n, 7); // not the mapping symbol
    for (uint32_t i = 1; i < n; i++) assert_true(s[i - 1].lo <= s[i].lo);
    assert_string_equal(name_at(f, IMAGE_TEXT_AT - 1), "-");
    assert_string_equal(name_at(f, IMAGE_TEXT_AT), "_start");
    assert_string_equal(name_at(f, IMAGE_TEXT_AT + 15), "_start");
    assert_string_equal(name_at(f, IMAGE_TEXT_AT + 16), "main");
    assert_string_equal(name_at(f, IMAGE_TEXT_AT + 39), "main"); // a label inside it does not take its rest
    assert_string_equal(name_at(f, IMAGE_TEXT_AT + 40), "inner");
    assert_string_equal(name_at(f, IMAGE_TEXT_AT + 48), "after");
    assert_string_equal(name_at(f, IMAGE_TEXT_AT + 63), "after"); // to the end of the section
    assert_string_equal(name_at(f, IMAGE_TEXT_AT + 64), "-");
    assert_string_equal(name_at(f, IMAGE_DATA_AT + 32), "tohost");
    assert_string_equal(name_at(f, IMAGE_DATA_AT + 40), "-");
    assert_string_equal(name_at(f, 0x1000), "-"); // absolute: a number, not a place
    assert_int_equal(elf_symbol_named(&f->elf, "absolute")->lo, 0x1000);
    assert_true(elf_symbol_named(&f->elf, "_start")->is_function);
    assert_false(elf_symbol_named(&f->elf, "object")->is_function);
    assert_null(elf_symbol_named(&f->elf, "nothing"));
    elf_close(&f->elf);
}

static void broken_headers_are_refused_by_name(void **state) {
    Fixture *f = *state;
    const Image64 valid = image64();
    Image64 i = valid;
    refused_because(f, "", 0, "empty");
    refused_because(f, "#!/bin/sh\n", 10, "not an ELF file");
    refused_because(f, "\x7f", 1, "not an ELF file");
    refused_because(f, &valid, 10, "truncated");
    refused_because(f, &valid, 63, "truncated");
    refused_because(f, &valid, 64, "truncated");
    refused_because(f, &valid, offsetof(Image64, sym), "truncated");
    refused_because(f, &valid, offsetof(Image64, data), "truncated");
    i.h.e_ident[EI_CLASS] = 3;
    refused_because(f, &i, sizeof i, "class");
    i = valid, i.h.e_ident[EI_DATA] = ELFDATA2MSB;
    refused_because(f, &i, sizeof i, "big-endian");
    i = valid, i.h.e_type = ET_DYN;
    refused_because(f, &i, sizeof i, "-no-pie");
    i = valid, i.h.e_type = ET_REL;
    refused_because(f, &i, sizeof i, "object file");
    i = valid, i.h.e_type = 77;
    refused_because(f, &i, sizeof i, "type 77");
    i = valid, i.h.e_phnum = 0;
    refused_because(f, &i, sizeof i, "no program headers");
    i = valid, i.h.e_phoff = ~0ull;
    refused_because(f, &i, sizeof i, "truncated");
    i = valid, i.h.e_phnum = 60000;
    refused_because(f, &i, sizeof i, "truncated");
    i = valid, i.h.e_phentsize = 3;
    refused_because(f, &i, sizeof i, "program or section headers");
    i = valid, i.h.e_shnum = 60000;
    refused_because(f, &i, sizeof i, "truncated");
    i = valid, i.sh[4].sh_offset = 1 << 20;
    refused_because(f, &i, sizeof i, "symbol table");
}

static void broken_segments_are_refused_by_name(void **state) {
    Fixture *f = *state;
    const Image64 valid = image64();
    Image64 i = valid;
    i.ph[0].p_type = i.ph[1].p_type = PT_NOTE;
    refused_because(f, &i, sizeof i, "no PT_LOAD");
    i = valid, i.ph[2].p_type = PT_INTERP;
    refused_because(f, &i, sizeof i, "dynamically linked");
    i = valid, i.ph[1].p_filesz = 65;
    refused_because(f, &i, sizeof i, "segment 1 has 65 bytes in the file but only 64");
    i = valid, i.ph[1].p_offset = sizeof i - 15;
    refused_because(f, &i, sizeof i, "truncated: segment 1");
    i = valid, i.ph[1].p_offset = ~0ull;
    refused_because(f, &i, sizeof i, "truncated: segment 1");
    i = valid, i.ph[1].p_paddr = ~0ull - 62;
    refused_because(f, &i, sizeof i, "end of the address space");
    i = valid, i.ph[1].p_vaddr = ~0ull;
    refused_because(f, &i, sizeof i, "end of the address space");
    i = valid, i.ph[1].p_paddr = IMAGE_TEXT_AT + IMAGE_TEXT - 1;
    refused_because(f, &i, sizeof i, "segments 0 (0x80000000..0x8000003f) and 1 (0x8000003f..0x8000007e) overlap");
    i = valid, i.ph[1].p_paddr = 0x80200000;
    refused_because(f, &i, sizeof i,
                    "segment 1, 0x80200000..0x8020003f, does not fit into memory (RAM 0x80000000..0x800f");
    i = valid, i.ph[1].p_memsz = 0x500000;
    refused_because(f, &i, sizeof i, "--memory=6M"); // 0x80010000 + 5 MiB
    i = valid, i.ph[1].p_memsz = 1ull << 60;
    refused_because(f, &i, sizeof i, "does not fit");
    i = valid, i.h.e_entry = IMAGE_DATA_AT + IMAGE_BSS_END;
    refused_because(f, &i, sizeof i, "entry 0x80010040 lies in no segment");
    Image32 narrow = image32();
    narrow.ph[1].p_paddr = 0xfffffff0;
    refused_because(f, &narrow, sizeof narrow, "end of the address space");
}

// What compilers and linkers make: data and code in one segment, addresses that paging will give, stacks with code.
static void code_may_lie_anywhere_on_a_board(void **state) {
    Fixture *f = *state;
    Image64 i = image64();
    i.ph[0].p_flags = PF_R | PF_W;
    assert_true(open_bytes(f, &i, sizeof i));
    assert_int_equal(elf_code_end(&f->elf, IMAGE_TEXT_AT, IMAGE_DATA_AT), IMAGE_TEXT_AT + IMAGE_TEXT);
    assert_false(f->elf.stack_is_code);
    elf_close(&f->elf);
    i.ph[0].p_vaddr = 0xffffffff80000000, i.h.e_entry = 0xffffffff80000010;
    assert_true(open_bytes(f, &i, sizeof i));
    assert_int_equal(elf_start(&f->elf), IMAGE_TEXT_AT + 16);
    elf_close(&f->elf);
    i.h.e_entry = IMAGE_TEXT_AT + 4; // physical
    assert_true(open_bytes(f, &i, sizeof i));
    assert_int_equal(elf_start(&f->elf), IMAGE_TEXT_AT + 4);
    elf_close(&f->elf);
    i = image64();
    i.ph[0].p_flags = PF_R | PF_W;
    i.ph[2] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W | PF_X};
    write_image(f, &i, sizeof i);
    assert_false(elf_open_user(&f->elf, f->path, &f->err)); // a program of an operating system needs the permission
    i.ph[0].p_flags = PF_R | PF_X;
    write_image(f, &i, sizeof i);
    assert_true(elf_open_user(&f->elf, f->path, &f->err));
    assert_true(f->elf.stack_is_code);
    elf_close(&f->elf);
}

static void a_refused_file_leaves_memory_alone(void **state) {
    Fixture *f = *state;
    Image64 i = image64();
    uint64_t v = 1;
    i.ph[1].p_paddr = 0x90000000;
    assert_int_equal(mem_store(&f->mem, IMAGE_TEXT_AT, 8, false, false, 0), MEM_OK);
    refused_because(f, &i, sizeof i, "does not fit");
    assert_int_equal(mem_load(&f->mem, IMAGE_TEXT_AT, 8, false, &v), MEM_OK);
    assert_int_equal(v, 0);
}

// printf 'hello' | sha256sum
static void the_hash_of_a_stand_in_is_that_of_its_bytes(void **state) {
    Fixture *f = *state;
    elf_stand_in(&f->elf, "x", (const uint8_t *)"hello", 5, EM_RISCV, ELFCLASS64);
    assert_string_equal(elf_sha256(&f->elf), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    elf_close(&f->elf);
}

static void what_is_no_file_is_refused_by_name(void **state) {
    Fixture *f = *state;
    assert_false(elf_open(&f->elf, "/", &f->err));
    assert_non_null(strstr(f->err.text, "directory"));
    assert_false(elf_open(&f->elf, "/nonexistent/x.elf", &f->err));
    assert_non_null(strstr(f->err.text, "No such file"));
    assert_false(elf_open(&f->elf, "/dev/null", &f->err));
    assert_non_null(strstr(f->err.text, "not a regular file"));
    assert_int_equal(ftruncate(f->fd, (1ll << 30) + 1), 0);
    assert_false(elf_open(&f->elf, f->path, &f->err));
    assert_non_null(strstr(f->err.text, "too big"));
}

static void sha256_gives_the_published_values(void **state) {
    (void)state;
    char hex[65], *million = malloc(1000000);
    sha256_hex("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(million, 'a', 1000000);
    sha256_hex(million, 1000000, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_valid_file_loads, setup, teardown),
        cmocka_unit_test_setup_teardown(addresses_find_their_symbols, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_headers_are_refused_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_segments_are_refused_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(code_may_lie_anywhere_on_a_board, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_file_leaves_memory_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(the_hash_of_a_stand_in_is_that_of_its_bytes, setup, teardown),
        cmocka_unit_test(sha256_gives_the_published_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
