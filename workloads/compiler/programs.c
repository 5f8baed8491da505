// The table of programs. Their texts are in programs.S.
#include "programs.h"

extern const char text_lib[], text_calculate[], text_digest[], text_graph[], text_grid[], text_machine[],
    text_numbers[], text_pack[], text_search[], text_sort[], text_strings[], text_structs[];

const SourceFile sample_headers[] = {{"lib.h", text_lib}, {NULL, NULL}};

const Sample samples[SAMPLES] = {
    {{"calculate", text_calculate}, 0x5c3e31ba, 0x3f1216ce},
    {{"digest", text_digest}, 0x27eac2c5, 0x11d2bc8b},
    {{"graph", text_graph}, 0x56dd1dcf, (int32_t)0xa13038c8},
    {{"grid", text_grid}, 0x039cb126, 0x3e59cb81},
    {{"machine", text_machine}, 0xb2895f03, (int32_t)0xe32f8520},
    {{"numbers", text_numbers}, 0x1c747204, (int32_t)0x909a8828},
    {{"pack", text_pack}, 0x02010cef, (int32_t)0xbcad0f8c},
    {{"search", text_search}, 0x7f8a317e, (int32_t)0xf114e006},
    {{"sort", text_sort}, 0xb58ddc1c, 0x290c2eaf},
    {{"strings", text_strings}, 0xf9cc6616, (int32_t)0xb8fd82d8},
    {{"structs", text_structs}, 0xeb2caf4f, (int32_t)0x920c1bfc},
};
