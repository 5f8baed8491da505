// `nightjar report RUN.json... -o DIR`: turns nightjar.run/1 documents into plots, a page, a summary and a terminal
// table. Reads the JSON contract (bench/RUN-FORMAT.md) and nothing else; the words of the command line are in report.c.
#pragma once

// The sub-command: argv[0] is "report". Returns what bench/base/codes.h lists: 0 when everything was written, 3 when the
// report was written without plots (gnuplot missing or failing; said on stderr), 64 for usage, 65 for a document and 74
// for a folder that cannot be used.
int report_main(int argc, char **argv);
