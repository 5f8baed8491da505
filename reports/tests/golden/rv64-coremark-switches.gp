# switches. Draw it again: gnuplot -e "plot='rv64-coremark-switches'" render.gp
name = 'rv64-coremark-switches'; width = 880; height = 396
load 'theme-'.theme.'.gp'
load 'style.gp'
set lmargin at screen 0.109091; set rmargin at screen 0.972727
set tmargin at screen 0.828283; set bmargin at screen 0.085859
set label 1 'Two answers per switch: coremark on rv64' at screen 0.013636, screen 0.957071 left tc rgb fg font title_font
set label 2 'cpu_ns; speedup, 95 % interval, log axis' at screen 0.013636, screen 0.909091 left tc rgb muted
set yrange [7.5:-0.5]; set ytics scale 0
set logscale x; set xrange [0.952734:2.25787]
set xtics ('1×' 1, '1.5×' 1.5, '2×' 2)
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb muted lw 1
set key at screen 0.986364, screen 0.888889 right bottom horizontal Left reverse samplen 0.6 width 1 textcolor rgb fg
plot name.'.dat' using 5:($1-0.22):($6-$5):(0):(sw[int($3)]) with vectors nohead lw 1.5 lc rgb variable notitle, \
  '' using 4:($1-0.22):(sw[int($3)]) with points pt 6 ps 0.8 lw 1.5 lc rgb variable notitle, \
  keyentry with points pt 6 ps 0.8 lw 1.5 lc rgb fg title 'added to all off', \
  name.'.dat' using 8:($1+0):($9-$8):(0):(sw[int($3)]) with vectors nohead lw 1.5 lc rgb variable notitle, \
  '' using 7:($1+0):(sw[int($3)]):ytic(2) with points pt 7 ps 0.8 lw 1.5 lc rgb variable notitle, \
  name.'.dat' using 11:($1+0.22):($12-$11):(0):(sw[int($3)]) with vectors nohead lw 1.5 lc rgb variable notitle, \
  '' using 10:($1+0.22):(sw[int($3)]) with points pt 4 ps 0.8 lw 1.5 lc rgb variable notitle, \
  keyentry with points pt 4 ps 0.8 lw 1.5 lc rgb fg title 'left out of all on'
