# phases. Draw it again: gnuplot -e "plot='rv64-dhrystone-phases'" render.gp
name = 'rv64-dhrystone-phases'; width = 880; height = 769
load 'theme-'.theme.'.gp'
load 'style.gp'
set lmargin at screen 0.144318; set rmargin at screen 0.829545
set tmargin at screen 0.911573; set bmargin at screen 0.044213
set label 1 'Where the time goes: dhrystone on rv64' at screen 0.013636, screen 0.977893 left tc rgb fg font title_font
set label 2 'CPU time, medians; on the right the sum and the share of translation' at screen 0.013636, screen 0.953186 left tc rgb muted
set yrange [28.5:-0.5]; set ytics scale 0
set xrange [0:4.56669e+09]
set xtics ('0 s' 0, '1 s' 1e+09, '2 s' 2e+09, '3 s' 3e+09, '4 s' 4e+09)
x_right = 4.56669e+09
set style fill solid 1 noborder
set key at screen 0.986364, screen 0.940182 right bottom horizontal Left reverse samplen 0.8 width 1 textcolor rgb fg
plot name.'.dat' using 3:1:(0):3:($1-0.3):($1+0.3):ytic(2) with boxxyerror lc rgb phase_load title 'load', \
  '' using 4:1:3:4:($1-0.3):($1+0.3) with boxxyerror lc rgb phase_translate title 'translate', \
  '' using 5:1:4:5:($1-0.3):($1+0.3) with boxxyerror lc rgb phase_execute title 'execute', \
  '' using (x_right):1:6 with labels left offset 1.2,0 tc rgb fg notitle
