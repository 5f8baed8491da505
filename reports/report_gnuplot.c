// gnuplot as a process: one per plot, so that one broken plot does not take the others with it. See report_gnuplot.h.
#include "reports/report_gnuplot.h"
#include "reports/html/asset.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool write_shared(const char *dir, Err *err) {
    static const char *const names[] = {"theme-light.gp", "theme-dark.gp", "style.gp", "render.gp"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        ReportAsset a = report_asset(names[i]);
        ReportText t = {0};
        rt_bytes(&t, a.bytes, a.size);
        bool good = rt_write_file(&t, dir, names[i], err);
        rt_free(&t);
        if (!good) return false;
    }
    return true;
}

static bool write_plot(const Plot *p, const char *dir, Err *err) {
    char name[200];
    snprintf(name, sizeof name, "%s.dat", p->name);
    if (!rt_write_file(&p->dat, dir, name, err)) return false;
    snprintf(name, sizeof name, "%s.gp", p->name);
    return rt_write_file(&p->gp, dir, name, err);
}

// The first line of what gnuplot said, read from the file that took its stderr.
static void first_words(FILE *log, char *out, size_t size) {
    out[0] = '\0';
    rewind(log);
    char line[256];
    while (fgets(line, sizeof line, log)) {
        line[strcspn(line, "\n")] = '\0';
        char *s = line + strspn(line, " \t^");
        if (!*s || strncmp(s, "plot ", 5) == 0) continue;
        snprintf(out, size, "%s", s);
        if (strstr(s, "line ")) return;
    }
}

// The exit status of gnuplot, -1 with errno when it could not be started.
static int run(const char *program, const char *dir, const char *expression, FILE *log) {
    char *argv[] = {(char *)program, "-e", (char *)expression, "render.gp", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(log), 1);
    posix_spawn_file_actions_adddup2(&actions, fileno(log), 2);
    posix_spawn_file_actions_addchdir_np(&actions, dir);
    pid_t pid;
    int failed = posix_spawnp(&pid, program, &actions, NULL, argv, environ), status = 0;
    posix_spawn_file_actions_destroy(&actions);
    if (failed) {
        errno = failed;
        return -1;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool all_pictures(const Plot *p, const char *dir) {
    static const char *const ends[] = {"light.svg", "dark.svg", "light.png", "dark.png"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char path[4600];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s-%s", dir, p->name, ends[i]);
        if (stat(path, &st) != 0 || st.st_size == 0) return false;
    }
    return true;
}

static void remove_old(const Plot *p, const char *dir) {
    static const char *const ends[] = {"light.svg", "dark.svg", "light.png", "dark.png"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char path[4600];
        snprintf(path, sizeof path, "%s/%s-%s", dir, p->name, ends[i]);
        unlink(path);
    }
}

// false when there is no point in trying the next plot
static bool draw(Plot *p, const char *dir, const char *program, Err *why) {
    char expression[256], words[200];
    snprintf(expression, sizeof expression, "plot='%s'", p->name);
    FILE *log = tmpfile();
    if (!log)
        return err_set(why, "no plots: cannot make a temporary file: %s; set TMPDIR to a writable folder",
                       strerror(errno));
    remove_old(p, dir);
    int status = run(program, dir, expression, log), error = errno;
    first_words(log, words, sizeof words);
    fclose(log);
    if (status == -1 || status == 127)
        return err_set(
            why,
            "no plots: cannot start %s%s%s; install it (apt-get install gnuplot-nox) and run nightjar report again",
            program, status == -1 ? ": " : "", status == -1 ? strerror(error) : "");
    p->drawn = status == 0 && all_pictures(p, dir);
    if (!p->drawn && !why->text[0])
        err_set(why, "%s: gnuplot failed (status %d: %s); try it by hand: cd %.300s && %s -e \"%s\" render.gp", p->name,
                status, words[0] ? words : "it said nothing", dir, program, expression);
    return true;
}

bool gnuplot_draw_all(PlotList *list, const char *dir, const char *program, Err *why, Err *err) {
    if (!write_shared(dir, err)) return false;
    for (uint32_t i = 0; i < list->n; i++)
        if (!write_plot(&list->at[i], dir, err)) return false;
    for (uint32_t i = 0; program && i < list->n; i++)
        if (!draw(&list->at[i], dir, program, why)) break;
    return true;
}
