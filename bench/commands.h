// The subcommands of `nightjar`: each gets its own argv (argv[0] is the command's name) and returns an Exit.
#pragma once

int bench_main(int argc, char **argv);
int aa_main(int argc, char **argv);
int merge_main(int argc, char **argv);
int compare_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int validate_main(int argc, char **argv);

struct Options;
typedef struct json_t json_t;
// What bench and aa share; `document` is NULL unless the run is done (new reference).
int bench_run(const struct Options *options, json_t **document);
