/* Thread creation in one place. */
#include "thread.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

wsi_status wsi_thread_start(wsi_thread *out, const char *name, void *(*fn)(void *), void *arg, wsi_error *err)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, WSI_THREAD_STACK);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    const int failed = pthread_create(out, &attr, fn, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    WSI_RETURN_IF(failed, WSI_ERR_NO_MEMORY, "cannot start thread %s: %s", name, strerror(failed));
    pthread_setname_np(*out, name);
    return WSI_OK;
}

void wsi_thread_yields(void)
{
    /* On Linux a thread has a priority of its own. Without it the work is done all the same. */
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 5);
}

void wsi_thread_join(wsi_thread thread)
{
    pthread_join(thread, NULL);
}

double wsi_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void wsi_mutex_init(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
    pthread_mutex_init(mutex, &attr);
    pthread_mutexattr_destroy(&attr);
}
