/* A handler may only set a lock-free flag; everything else happens when the job has returned. */
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

static atomic_int caught; /* signal number; set by the handler, read by the job's threads */

static _Atomic(atomic_int *) told; /* somebody else's flag, or NULL; lock-free as well */

static _Atomic(int64_t) caught_at; /* when it came, in milliseconds; 0 until then */

static int64_t milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Batch systems send a signal to every process of a job, and its script passes the same on: that is one request. */
static int is_echo(void)
{
    const int64_t first = atomic_load(&caught_at);
    return first == 0 || milliseconds() - first < 1000;
}

static void handle(int number)
{
    int none = 0;
    if (atomic_compare_exchange_strong(&caught, &none, number)) {
        atomic_store(&caught_at, milliseconds());
        atomic_int *flag = atomic_load(&told);
        if (flag) atomic_store(flag, 1);
        return;
    }
    if (is_echo()) return;
    /* The second one: pending until the handler returns, then it kills. */
    signal(number, SIG_DFL);
    raise(number);
}

static void install(int number)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART; /* libraries that read files do not all expect EINTR */
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static int is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* SIGINT is handled even where it comes in ignored: shells do that to the background jobs of scripts, and a script that
 * sends it means it. SIGUSR1 is what batch systems are asked to send before a time limit. A SIGHUP that nohup has
 * ignored stays so. */
void wsi_signals_install(void)
{
    install(SIGINT);
    install(SIGTERM);
    install(SIGUSR1);
    if (!is_ignored(SIGHUP)) install(SIGHUP);
    signal(SIGPIPE, SIG_IGN);
}

const atomic_int *wsi_signals_flag(void)
{
    return &caught;
}

void wsi_signals_tell(atomic_int *flag)
{
    atomic_store(&told, flag);
}

int wsi_signals_caught(void)
{
    return atomic_load(&caught);
}

void wsi_signals_raise_again(void)
{
    const int number = atomic_load(&caught);
    if (!number) return;
    signal(number, SIG_DFL);
    raise(number);
}
