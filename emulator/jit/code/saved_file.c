// The file of saved units: which one it is, whether it may be trusted, and making the next one. See saved.h.
//
// A new file gets a name of its own, is written whole and renamed: of two that write at once the later one stays. WHY no
// fsync(): what a power cut leaves of it fails its checksums, and nothing is lost but time.
#include "base/alloc.h"
#include "base/guarded.h"
#include "jit/code/saved.h"
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FORMAT = 1,
    SLOT_BITS_MAX = 28,
    WORTH = 16
}; // WORTH: part of the file that must be new before it is written again

// ---- the key
typedef struct BuildId {
    uint8_t *to;
    bool found;
} BuildId;

// Of the first object, which is emu.
static int find_build_id(struct dl_phdr_info *info, size_t size, void *ctx) {
    BuildId *id = ctx;
    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        const char *at = (const char *)(info->dlpi_addr + p->p_vaddr), *end = at + p->p_memsz;
        for (const ElfW(Nhdr) * n; p->p_type == PT_NOTE && at + sizeof *n < end;
             at += sizeof *n + ((n->n_namesz + 3) & ~3u) + ((n->n_descsz + 3) & ~3u)) {
            n = (const ElfW(Nhdr) *)at;
            const char *name = (const char *)(n + 1);
            if (n->n_type != NT_GNU_BUILD_ID || n->n_namesz != 4 || memcmp(name, "GNU", 4) || n->n_descsz != 20)
                continue;
            memcpy(id->to, name + 4, 20);
            id->found = true;
        }
    }
    return 1;
}

static bool make_key(const Jit *j, const SavedProgram *program, SavedKey *key, Err *err) {
    *key = (SavedKey){
        .magic = "NJUNITS", .format = FORMAT, .features = j->o.features.on, .isa = j->isa, .program = *program};
    BuildId id = {key->build, false};
    dl_iterate_phdr(find_build_id, &id);
    return id.found ||
           err_set(err, "this emu has no build-id (link it with --build-id): nothing says which one made a file");
}

// ---- reading
static const char *why_not_trusted(const struct stat *st, mode_t kind) {
    if ((st->st_mode & S_IFMT) != kind) return kind == S_IFDIR ? "is no directory" : "is no regular file";
    if (st->st_uid != geteuid()) return "is owned by another user";
    if (st->st_mode & (S_IWGRP | S_IWOTH)) return "may be written by others";
    return NULL;
}

static const char *take_file(struct Saved *s, uint64_t size) {
    SavedHead head;
    if (size < sizeof head || !guarded_copy(&head, s->file, sizeof head)) return "is not whole";
    if (memcmp(head.key.magic, s->key.magic, sizeof head.key.magic)) return "is no file of units";
    if (head.check != saved_check(&head.check + 1, sizeof head - sizeof head.check)) return "is damaged (head)";
    if (memcmp(&head.key, &s->key, sizeof head.key))
        return "was made by another emu, with other switches, or of another program";
    uint64_t table = sizeof *s->slots << head.slot_bits;
    if (head.file_bytes != size) return "is not whole";
    if (head.slot_bits > SLOT_BITS_MAX || head.slots_at > size || head.slots_at + table != size)
        return "is damaged (sizes)";
    SavedSlot *slots = alloc_bytes(table);
    uint32_t used = 0;
    bool good = guarded_copy(slots, s->file + head.slots_at, table) && head.slots_check == saved_check(slots, table);
    for (uint32_t i = 0; good && i < 1u << head.slot_bits; i++) used += slots[i].at != 0;
    if (!good || used != head.n_slots || used > 1u << head.slot_bits >> 1) {
        free(slots);
        return "is damaged (table)";
    }
    s->slots = slots;
    s->slot_bits = head.slot_bits, s->n_slots = used;
    s->units_end = head.slots_at;
    s->file_bytes = size;
    return NULL;
}

static const char *open_file(struct Saved *s) {
    struct stat st;
    const char *why = NULL;
    int fd = open(s->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? NULL : strerror(errno);
    if (fstat(fd, &st)) why = strerror(errno);
    if (!why) why = why_not_trusted(&st, S_IFREG);
    if (!why && st.st_size == 0) why = "is not whole";
    void *at = why ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (!why && at == MAP_FAILED) why = strerror(errno);
    close(fd);
    if (why) return why;
    s->file = at;
    why = take_file(s, (uint64_t)st.st_size);
    if (!why) return NULL;
    munmap(at, (size_t)st.st_size);
    s->file = NULL;
    return why;
}

bool jit_saved_open(Jit *j, const char *dir, const SavedProgram *program, Err *err) {
    struct stat st;
    SavedKey key;
    err_set(err, "%s", "");
    if (!j->host->moves) return err_set(err, "units of host %s cannot be saved", j->host->name);
    const char *why = stat(dir, &st) ? strerror(errno) : why_not_trusted(&st, S_IFDIR);
    if (why) return err_set(err, "%s: %s: units are neither saved nor restored", dir, why);
    if (!make_key(j, program, &key, err)) return false;
    struct Saved *s = j->saved = alloc_zeroed(1, sizeof *s);
    s->key = key;
    s->path = alloc_print("%s/%016llx.units", dir, (unsigned long long)saved_check(&key, sizeof key / 8 * 8));
    why = open_file(s);
    if (why) err_set(err, "%s: %s: its units are not restored", s->path, why);
    return true;
}

// ---- writing
static int by_place(const void *a, const void *b) {
    uint64_t x = ((const SavedSlot *)a)->at & SAVED_PLACE, y = ((const SavedSlot *)b)->at & SAVED_PLACE;
    return x < y ? -1 : x > y;
}

// Those to be kept, in their order.
static SavedSlot *kept(const struct Saved *s, uint32_t *n) {
    SavedSlot *list = alloc_bytes((s->n_slots + 1) * sizeof *list);
    *n = 0;
    for (uint32_t i = 0; s->slots && i < 1u << s->slot_bits; i++)
        if (s->slots[i].at && !(s->slots[i].at & SAVED_STALE)) list[(*n)++] = s->slots[i];
    qsort(list, *n, sizeof *list, by_place);
    return list;
}

static bool write_units(struct Saved *s, struct Saved *next, FILE *f) {
    uint32_t n;
    SavedSlot *list = kept(s, &n);
    bool ok = true;
    for (uint32_t i = 0; ok && i < n; i++) {
        SavedUnit *h = saved_whole(s, list[i].at & SAVED_PLACE);
        if (!h || next->units_end + h->bytes > SAVED_BYTES_MAX) continue;
        h->age = list[i].at & SAVED_USED ? 0 : h->age + 1;
        if (h->age > SAVED_AGE_MAX) continue;
        h->check = saved_check(&h->bytes, h->bytes - sizeof h->check);
        ok = fwrite(h, h->bytes, 1, f) == 1;
        saved_add_slot(next, list[i].pc, next->units_end);
        next->units_end += h->bytes;
    }
    free(list);
    return ok;
}

static bool write_all(struct Saved *s, FILE *f) {
    struct Saved next = {.units_end = sizeof(SavedHead)};
    SavedHead head = {.key = s->key};
    bool ok = fwrite(&head, sizeof head, 1, f) == 1 && write_units(s, &next, f);
    if (!next.slots) saved_grow(&next);
    uint64_t table = sizeof *next.slots << next.slot_bits;
    head.slots_check = saved_check(next.slots, table);
    head.slots_at = next.units_end, head.file_bytes = next.units_end + table;
    head.slot_bits = next.slot_bits, head.n_slots = next.n_slots;
    head.check = saved_check(&head.check + 1, sizeof head - sizeof head.check);
    ok = ok && fwrite(next.slots, table, 1, f) == 1 && !fseek(f, 0, SEEK_SET) && fwrite(&head, sizeof head, 1, f) == 1;
    free(next.slots);
    return ok;
}

bool jit_saved_write(Jit *j, Err *err) {
    struct Saved *s = j->saved;
    if (!s) return true;
    saved_collect(j);
    if (!s->fresh.n || s->fresh.n * sizeof *s->fresh.at < s->file_bytes / WORTH) return true;
    char *path = alloc_print("%s.%ld.tmp", s->path, (long)getpid());
    unlink(path); // of a process of that number that was killed
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    bool ok = f && write_all(s, f);
    int why = errno;
    if (f && fclose(f) && ok) ok = false, why = errno;
    if (!f && fd >= 0) close(fd);
    if (ok && rename(path, s->path)) ok = false, why = errno;
    if (!ok && fd >= 0) unlink(path);
    free(path);
    if (!ok) return err_set(err, "%s: units cannot be saved: %s", s->path, strerror(why));
    return !s->full || err_set(err, "%s: the file is full: not all units are saved", s->path);
}
