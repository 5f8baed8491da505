# Draws one plot in both themes and both formats: gnuplot -e "plot='NAME'" render.gp
# One picture only: gnuplot -e "theme='dark'; format='png'" NAME.gp
do for [t in "light dark"] {
    do for [f in "svg png"] {
        reset
        theme = t; format = f
        load plot.'.gp'
        unset output
    }
}
