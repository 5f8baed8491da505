# phases. Draw it again: gnuplot -e "plot='rv64-coremark-phases'" render.gp
name = 'rv64-coremark-phases'; width = 880; height = 516
load 'theme-'.theme.'.gp'
load 'style.gp'
set lmargin at screen 0.144318; set rmargin at screen 0.829545
set tmargin at screen 0.868217; set bmargin at screen 0.065891
set label 1 'Where the time goes: coremark on rv64' at screen 0.013636, screen 0.967054 left tc rgb fg font title_font
set label 2 'CPU time, medians; on the right the sum and the share of translation' at screen 0.013636, screen 0.930233 left tc rgb muted
set yrange [17.5:-0.5]; set ytics scale 0
set xrange [0:6.26855e+09]
set xtics ('0 s' 0, '2 s' 2e+09, '4 s' 4e+09, '6 s' 6e+09)
x_right = 6.26855e+09
set style fill solid 1 noborder
set key at screen 0.986364, screen 0.910853 right bottom horizontal Left reverse samplen 0.8 width 1 textcolor rgb fg
plot name.'.dat' using 3:1:(0):3:($1-0.3):($1+0.3):ytic(2) with boxxyerror lc rgb phase_load title 'load', \
  '' using 4:1:3:4:($1-0.3):($1+0.3) with boxxyerror lc rgb phase_translate title 'translate', \
  '' using 5:1:4:5:($1-0.3):($1+0.3) with boxxyerror lc rgb phase_execute title 'execute', \
  '' using (x_right):1:6 with labels left offset 1.2,0 tc rgb fg notitle
