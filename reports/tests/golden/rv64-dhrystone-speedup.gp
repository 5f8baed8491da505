# speedup. Draw it again: gnuplot -e "plot='rv64-dhrystone-speedup'" render.gp
name = 'rv64-dhrystone-speedup'; width = 880; height = 801
load 'theme-'.theme.'.gp'
load 'style.gp'
set lmargin at screen 0.144318; set rmargin at screen 0.820455
set tmargin at screen 0.932584; set bmargin at screen 0.042447
set label 1 'Speedup over all off: dhrystone on rv64' at screen 0.013636, screen 0.978777 left tc rgb fg font title_font
set label 2 'cpu_ns; ratio of medians, 95 % interval, log axis' at screen 0.013636, screen 0.955056 left tc rgb muted
set yrange [30.5:-0.5]; set ytics scale 0
set logscale x; set xrange [0.897354:30.8224]
set xtics ('1×' 1, '2×' 2, '5×' 5, '10×' 10, '20×' 20)
x_right = 30.8224
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb muted lw 1
plot name.'.dat' using (1):1:($4-1):(0) with vectors nohead lw 1.5 lc rgb grid notitle, \
  '' using 5:1:($6-$5):(0):(sw[int($3)]) with vectors nohead lw 2.5 lc rgb variable notitle, \
  '' using 4:1:(sw[int($3)]):ytic(2) with points pt 7 ps 0.75 lc rgb variable notitle, \
  '' using (x_right):1:7 with labels left offset 1.2,0 tc rgb fg notitle
