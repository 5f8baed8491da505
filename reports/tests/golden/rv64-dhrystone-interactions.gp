# interactions. Draw it again: gnuplot -e "plot='rv64-dhrystone-interactions'" render.gp
name = 'rv64-dhrystone-interactions'; width = 460; height = 226
load 'theme-'.theme.'.gp'
load 'style.gp'
set lmargin at screen 0.208696; set rmargin at screen 0.886957
set tmargin at screen 0.761062; set bmargin at screen 0.150442
set label 1 'Do they help each other? dhrystone on rv64' at screen 0.026087, screen 0.924779 left tc rgb fg font title_font
set label 2 'cpu_ns; both on together, against the product of each alone' at screen 0.026087, screen 0.840708 left tc rgb muted
unset border; set xtics scale 0; set ytics scale 0; unset grid; unset colorbox
set xrange [-0.5:2.5]; set yrange [2.5:-0.5]
set xtics ('chain' 0, 'tlb' 1, 'regcache' 2)
set ytics ('tlb' 0, 'regcache' 1, 'flags' 2)
set palette defined (-1 pair_less, 0 pair_none, 1 pair_more); set cbrange [-0.158696:0.158696]
set style fill solid 1 noborder
plot name.'.dat' using 1:2:($1-0.48):($1+0.48):($2-0.46):($2+0.46):3 with boxxyerror fc palette notitle, \
  '' using 1:2:4:($6 > 0 ? muted_rgb : fg_rgb) with labels offset 0,0.45 tc rgb variable notitle, \
  '' using 1:2:5:($6 > 0 ? muted_rgb : fg_rgb) with labels offset 0,-0.55 font small_font tc rgb variable notitle
