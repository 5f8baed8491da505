// The names of a host's instruction set extensions: "bmi2,fma" <-> a set of bits.
#include "base/alloc.h"
#include "host/host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool known_name(const Host *h, const char *name, HostIsa *isa) {
    for (const HostIsaName *n = h->isa_names; n->name; n++) {
        if (strcmp(n->name, name)) continue;
        *isa |= n->isa;
        return true;
    }
    return !strcmp(name, "none");
}

static bool unknown_name(const Host *h, const char *name, Err *err) {
    char names[256] = "native, none";
    for (const HostIsaName *n = h->isa_names; n->name; n++)
        snprintf(names + strlen(names), sizeof names - strlen(names), ", %s", n->name);
    return err_set(err, "'%s' is no instruction set of %s; known: %s", name, h->name, names);
}

bool host_isa_parse(const Host *h, const char *list, HostIsa *out, Err *err) {
    *out = 0;
    if (!strcmp(list, "native")) {
        *out = h->isa_native();
        return true;
    }
    if (!*list) return unknown_name(h, list, err);
    char *copy = alloc_text(list), *rest = copy, *name;
    bool ok = true;
    while (ok && (name = strsep(&rest, ","))) ok = known_name(h, name, out) || unknown_name(h, name, err);
    free(copy);
    return ok;
}

void host_isa_text(const Host *h, HostIsa isa, char *text, size_t size) {
    snprintf(text, size, "%s", isa ? "" : "none");
    for (const HostIsaName *n = h->isa_names; n->name; n++) {
        bool single = n->isa && !(n->isa & (n->isa - 1));
        size_t used = strlen(text);
        if (single && (isa & n->isa)) snprintf(text + used, size - used, "%s%s", used ? "," : "", n->name);
    }
}
