// The commands of nightjar that keep watch over time; as in bench/commands.h.
#pragma once

int history_main(int argc, char **argv);
int trend_main(int argc, char **argv);
int accept_main(int argc, char **argv);
int gate_main(int argc, char **argv);
int bisect_main(int argc, char **argv);
int selftest_main(int argc, char **argv);
int site_main(int argc, char **argv);
int golden_main(int argc, char **argv);
int bridge_main(int argc, char **argv);
int anchor_main(int argc, char **argv);
