# peers. Draw it again: gnuplot -e "plot='rv64-coremark-peers'" render.gp
name = 'rv64-coremark-peers'; width = 880; height = 180
load 'theme-'.theme.'.gp'
load 'style.gp'
set lmargin at screen 0.109091; set rmargin at screen 0.784091
set tmargin at screen 0.700000; set bmargin at screen 0.188889
set label 1 'Beside its peers: coremark on rv64' at screen 0.013636, screen 0.905556 left tc rgb fg font title_font
set label 2 'median and 95 % interval, log axis, lower is better' at screen 0.013636, screen 0.800000 left tc rgb muted
set yrange [3.5:-0.5]; set ytics scale 0
set logscale x; set xrange [274863:6.80395e+06]
set xtics ('500 µs' 500000, '1 ms' 1000000, '2 ms' 2000000, '5 ms' 5000000)
x_right = 6.80395e+06
plot name.'.dat' using 4:1 with dots lc rgb bg notitle, \
  '' using 5:1:($6-$5):(0):(sw[int($3)]) with vectors nohead lw 2.5 lc rgb variable notitle, \
  '' using 4:1:(sw[int($3)]):ytic(2) with points pt 7 ps 0.75 lc rgb variable notitle, \
  '' using (x_right):1:7 with labels left offset 1.2,0 tc rgb fg notitle
