// --root: which files a Linux program can reach (landlock(7)). The rules hold for emu itself, for the program and for
// all that it starts; nothing takes them back.
#include "run/sandbox.h"
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define OF_FILE                                                                                                        \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |                       \
     LANDLOCK_ACCESS_FS_TRUNCATE)

// What version 3 of the interface knows; a kernel with version 1 or 2 gets what it knows.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ull << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ull << 14)
#endif

static uint64_t all_of(long version) {
    uint64_t all = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1; // the first 13
    if (version >= 2) all |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3) all |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return all;
}

static bool add(int rules, const char *path, uint64_t access, bool must, Err *err) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return !must || err_set(err, "--root: %s: %s", path, strerror(errno));
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
    bool ok = !syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    // A file takes the rights of files only.
    if (!ok && errno == EINVAL) {
        rule.allowed_access &= OF_FILE;
        ok = !syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    int e = errno;
    close(fd);
    return ok || err_set(err, "--root: %s: %s", path, strerror(e));
}

// Beside the folder: the program and its sysroot; emu and the libraries of the host, for an emu that starts in place of
// this one; devices without contents; what the kernel says of processes.
static bool add_rules(int rules, const Sandbox *s, uint64_t all, Err *err) {
    static const char *const read[] = {"/proc", "/lib", "/lib64", "/usr/lib", "/usr/local/lib", "/etc/ld.so.cache"},
                             *const devices[] = {"/dev/null",    "/dev/zero", "/dev/full", "/dev/random",
                                                 "/dev/urandom", "/dev/tty",  "/dev/pts"};
    bool ok = add(rules, s->root, all, true, err) && add(rules, "/proc/self/exe", READ, true, err) &&
              add(rules, s->program, READ, true, err) && (!s->sysroot || add(rules, s->sysroot, READ, true, err));
    for (unsigned i = 0; ok && i < ARRAY_LEN(read); i++) ok = add(rules, read[i], READ, false, err);
    for (unsigned i = 0; ok && i < ARRAY_LEN(devices); i++)
        ok = add(rules, devices[i], (READ | LANDLOCK_ACCESS_FS_WRITE_FILE) & all, false, err);
    return ok;
}

bool sandbox_confine(const Sandbox *s, Err *err) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return err_set(err, "--root=%s: this kernel cannot confine a program to a folder (landlock: %s)", s->root,
                       strerror(errno));
    struct landlock_ruleset_attr attr = {.handled_access_fs = all_of(version)};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (rules < 0) return err_set(err, "--root=%s: landlock: %s", s->root, strerror(errno));
    bool ok = add_rules(rules, s, attr.handled_access_fs, err) &&
              (!syscall(SYS_landlock_restrict_self, rules, 0) ||
               err_set(err, "--root=%s: landlock: %s", s->root, strerror(errno)));
    close(rules);
    return ok;
}
