// What makes translations wrong: stores to code, mappings, breakpoints. Not while generated code is on the stack.
#pragma once
#include "jit/jit.h"

void jit_flush(Jit *j); // all of them are wrong
void jit_share(Jit *j); // from now on atomic instructions are atomic for other processors, too
// These physical bytes are written.
void jit_code_written(Jit *j, gaddr paddr, unsigned size);
bool jit_has_code(Jit *j, gaddr paddr,
                  unsigned size); // is there a translation of one of them? Memory knows it by lines
// code/mapping.c: a guest page may lie elsewhere from now on; units stay, links that depend on it go
void jit_mapping_flush(Jit *j);
void jit_mapping_flush_page(Jit *j, gaddr vaddr);
void jit_mapping_switch(Jit *j); // all but what is global
// code/breakpoint.c
void jit_break_set(Jit *j, gpc pc);
void jit_break_clear(Jit *j, gpc pc);
bool jit_breaks_at(const Jit *j, gpc pc);
void jit_watch(Jit *j, bool on); // off: loads and stores are inline again
