# exact. Draw it again: gnuplot -e "plot='rv64-dhrystone-exact'" render.gp
name = 'rv64-dhrystone-exact'; width = 880; height = 755
load 'theme-'.theme.'.gp'
load 'style.gp'
set lmargin at screen 0.144318; set rmargin at screen 0.909091
set tmargin at screen 0.928477; set bmargin at screen 0.045033
set label 1 'Host instructions per guest instruction: dhrystone on rv64' at screen 0.013636, screen 0.977483 left tc rgb fg font title_font
set label 2 'executed in generated code, exact count, fewest first' at screen 0.013636, screen 0.952318 left tc rgb muted
set yrange [28.5:-0.5]; set ytics scale 0
set xrange [0:33.66]
set xtics ('0' 0, '10' 10, '20' 20, '30' 30)
x_right = 33.66
set style fill solid 1 noborder
plot name.'.dat' using 4:1:(0):4:($1-0.3):($1+0.3):(sw[int($3)]):ytic(2) with boxxyerror lc rgb variable notitle, \
  '' using (x_right):1:5 with labels left offset 1.2,0 tc rgb fg notitle
