# What all plots share: the terminal for `format` (svg or png), the file name, fonts, axes. Needs theme, format, name, width, height.
title_font = ',15'; small_font = ',10'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 2*width, 2*height fontscale 1.6 linewidth 2 pointscale 2 background rgb bg font 'DejaVu Sans,11'
    title_font = ',13.5'; small_font = ',9'
} else {
    set terminal svg noenhanced size width, height background rgb bg font 'DejaVu Sans,12'
}
set encoding utf8
set output name.'-'.theme.'.'.format
set datafile separator "\t"
set datafile commentschars '#'
set border 1 lc rgb grid lw 1
set tics nomirror out scale 0.4 textcolor rgb fg
set xtics textcolor rgb muted
set grid xtics lt 1 lw 0.6 lc rgb grid
set grid noytics
set style line 1 lc rgb fg
unset key
