// Runs gnuplot over a list of plots.
#pragma once
#include "reports/plot.h"

// Writes NAME.dat, NAME.gp and the shared scripts into `dir` (which exists) and draws each plot as
// NAME-{light,dark}.{svg,png}. Returns false with a message when files cannot be written. Drawing that fails is not an
// error of the report: `why` (which the caller gives, empty) then says what happened and what to do, and plots stay
// undrawn. `program` NULL writes the files and draws nothing.
bool gnuplot_draw_all(PlotList *list, const char *dir, const char *program, Err *why, Err *err);
