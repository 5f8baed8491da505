// POSIX threads: mutexes, conditions, semaphores, thread-local data, cancellation, signals for one thread, time limits.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, TURNS = 10000, GO = 1000000 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static sem_t counted;
static int shared;
static __thread int own;
static volatile int hits;

static void *count(void *a) {
    for (int i = 0; i < TURNS; i++) {
        pthread_mutex_lock(&mutex);
        shared++, own++;
        pthread_mutex_unlock(&mutex);
    }
    sem_post(&counted);
    pthread_mutex_lock(&mutex);
    while (shared < GO) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    return (void *)(own + (long)a);
}

static void *sleep_for_ever(void *a) {
    sem_post(&counted);
    for (;;) pause();
    return a;
}

static void *wait_for_signal(void *a) {
    sigset_t set;
    int signal = 0;
    (void)a;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigwait(&set, &signal);
    return (void *)(long)signal;
}

static void note(int signal) { hits += signal == SIGUSR1; }

static void *result(pthread_t t) {
    void *r = NULL;
    pthread_join(t, &r);
    return r;
}

static void counting(void) {
    pthread_t t[THREADS];
    for (long i = 0; i < THREADS; i++) pthread_create(&t[i], NULL, count, (void *)i);
    for (int i = 0; i < THREADS; i++) sem_wait(&counted);
    printf("shared %d\n", shared);
    pthread_mutex_lock(&mutex);
    shared = GO;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < THREADS; i++) printf("own %ld\n", (long)result(t[i]));
}

static void signals(void) {
    pthread_t t;
    sigset_t set;
    pthread_create(&t, NULL, sleep_for_ever, NULL);
    sem_wait(&counted);
    signal(SIGUSR1, note);
    pthread_kill(t, SIGUSR1);
    while (!hits) usleep(1000);
    printf("hits %d\n", hits);
    pthread_cancel(t);
    printf("cancelled %d\n", result(t) == PTHREAD_CANCELED);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&t, NULL, wait_for_signal, NULL);
    pthread_kill(t, SIGUSR2);
    printf("sigwait %ld\n", (long)result(t));
    kill(getpid(), SIGUSR2);
    struct timespec none = {0, 0};
    printf("pending %d then %d\n", sigtimedwait(&set, NULL, &none), sigtimedwait(&set, NULL, &none));
}

static void limits(void) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += 5000000;
    if (at.tv_nsec >= 1000000000) at.tv_sec++, at.tv_nsec -= 1000000000;
    pthread_mutex_lock(&mutex);
    int r = pthread_cond_timedwait(&changed, &mutex, &at);
    printf("condition %d semaphore %d\n", r == ETIMEDOUT, sem_timedwait(&counted, &at) == -1 && errno == ETIMEDOUT);
}

int main(void) {
    sem_init(&counted, 0, 0);
    counting();
    signals();
    limits();
    return 0;
}
