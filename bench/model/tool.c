#include "bench/model/tool.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include <stdlib.h>
#include <string.h>

// What git prints, without the end of the line; NULL if it fails or prints nothing.
static char *git(const char *const argv[]) {
    ProcessLimits limits = {.timeout_s = 10, .pin = -1};
    ProcessResult r;
    Err err;
    char *text = NULL;
    if (!process_run((const char **)argv, &limits, &r, &err)) return NULL;
    r.out[strcspn(r.out, "\n")] = 0;
    if (r.exited && r.code == 0 && *r.out) text = alloc_text(r.out);
    process_result_free(&r);
    return text;
}

// The address under which people see a repository: "git@example.org:a/b.git" and "https://user:key@example.org/a/b" are
// https://example.org/a/b. NULL for a path on this machine, which means nothing elsewhere.
char *tool_web_address(const char *remote) {
    const char *host = remote ? strstr(remote, "://") : NULL, *at;
    if (!remote || !strncmp(remote, "file:", 5) || (!host && !strchr(remote, '@'))) return NULL;
    host = host ? host + 3 : remote;
    size_t authority = strcspn(host, "/");
    at = memrchr(host, '@', authority);
    if (at) host = at + 1;
    size_t name = strcspn(host, ":/");
    const char *path = host + name;
    if (*path == ':') path += 1 + strspn(path + 1, "0123456789"); // a port, or the path of scp
    while (*path == '/') path++;
    size_t n = strlen(path);
    if (n > 4 && !strcmp(path + n - 4, ".git")) n -= 4;
    return name && n ? alloc_print("https://%.*s/%.*s", (int)name, host, (int)n, path) : NULL;
}

json_t *tool_document(void) {
    char *commit = git((const char *const[]){"git", "rev-parse", "--short", "HEAD", NULL});
    // WHY no locks: git, killed together with the harness, would leave the checkout's index locked.
    char *changed =
        git((const char *const[]){"git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=no", NULL});
    char *remote = git((const char *const[]){"git", "remote", "get-url", "origin", NULL});
    char *address = tool_web_address(remote);
    json_t *tool =
        json_pack("{s:s, s:s, s:o, s:b, s:o}", "name", "nightjar", "version", "0.1.0", "commit",
                  json_string_or_null(commit), "dirty", commit && changed, "remote", json_string_or_null(address));
    free(commit), free(changed), free(remote), free(address);
    return tool;
}
