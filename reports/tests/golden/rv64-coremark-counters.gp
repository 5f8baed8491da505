# counters. Draw it again: gnuplot -e "plot='rv64-coremark-counters'" render.gp
name = 'rv64-coremark-counters'; width = 925; height = 578
load 'theme-'.theme.'.gp'
load 'style.gp'
set lmargin at screen 0.137297; set rmargin at screen 0.896216
set tmargin at screen 0.740484; set bmargin at screen 0.024221
set label 1 'Counters per configuration: coremark on rv64' at screen 0.012973, screen 0.970588 left tc rgb fg font title_font
set label 2 'exact counts; a stronger shade is more, on a log scale per column' at screen 0.012973, screen 0.937716 left tc rgb muted
set yrange [17.5:-0.5]; set ytics scale 0
unset border; unset grid; unset colorbox; unset xtics; set ytics scale 0
set xrange [-0.5:8.5]
set ytics ('all on' 0, 'all but flags' 1, 'all but cse' 2, 'all but dce' 3, 'all but fold' 4, 'all but ibtc' 5, 'all but tlb' 6, 'all but regcache' 7, 'all but chain' 8, 'only regcache' 9, 'only chain' 10, 'only tlb' 11, 'only ibtc' 12, 'only fold' 13, 'only dce' 14, 'only cse' 15, 'all off' 16, 'only flags' 17)
set label 10 'host_instructions' at -0.2, -0.75 left rotate by 28 tc rgb fg
set label 11 'ir_ops_optimized' at 0.8, -0.75 left rotate by 28 tc rgb fg
set label 12 'host_instructions_emitted' at 1.8, -0.75 left rotate by 28 tc rgb fg
set label 13 'run_loop_entries' at 2.8, -0.75 left rotate by 28 tc rgb fg
set label 14 'chain_patches' at 3.8, -0.75 left rotate by 28 tc rgb fg
set label 15 'ibtc_misses' at 4.8, -0.75 left rotate by 28 tc rgb fg
set label 16 'tlb_misses' at 5.8, -0.75 left rotate by 28 tc rgb fg
set label 17 'slow_loads' at 6.8, -0.75 left rotate by 28 tc rgb fg
set label 18 'slow_stores' at 7.8, -0.75 left rotate by 28 tc rgb fg
set palette defined (0 level_low, 1 level_high); set cbrange [0:1]; set style fill solid 1 noborder
plot name.'.dat' using 1:2:($1-0.48):($1+0.48):($2-0.45):($2+0.45):5 with boxxyerror fc palette notitle, \
  '' using 1:2:6 with labels font small_font tc rgb fg notitle
