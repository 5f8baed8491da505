# waterfall. Draw it again: gnuplot -e "plot='rv64-dhrystone-waterfall'" render.gp
name = 'rv64-dhrystone-waterfall'; width = 880; height = 203
load 'theme-'.theme.'.gp'
load 'style.gp'
set lmargin at screen 0.129545; set rmargin at screen 0.784091
set tmargin at screen 0.733990; set bmargin at screen 0.167488
set label 1 'Which switch buys what: dhrystone on rv64' at screen 0.013636, screen 0.916256 left tc rgb fg font title_font
set label 2 'cpu_ns; Shapley parts multiply up to the total, log axis' at screen 0.013636, screen 0.822660 left tc rgb muted
set yrange [4.5:-0.5]; set ytics scale 0
set logscale x; set xrange [0.941595:7.89461]
set xtics ('1×' 1, '2×' 2, '3×' 3, '5×' 5, '7×' 7)
x_right = 7.89461
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb muted lw 1
set style fill solid 1 noborder
plot name.'.dat' using 5:1:(0):(1) with vectors nohead lw 1 lc rgb muted notitle, \
  '' using 4:1:4:5:($1-0.32):($1+0.32):(sw[int($3)]):ytic(2) with boxxyerror lc rgb variable notitle, \
  '' using 6:1:($7-$6):(0) with vectors heads size screen 0.003,90 lw 1.5 lc rgb fg notitle, \
  '' using (x_right):1:8 with labels left offset 1.2,0 tc rgb fg notitle
