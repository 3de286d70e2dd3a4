/* Threads. Every thread of the library is started here: named, with a small stack and all signals blocked, so that
 * the caller's own threads get them. */
#ifndef WSI_THREAD_H
#define WSI_THREAD_H

#include <pthread.h>

#include "error-private.h"

typedef pthread_t wsi_thread;

/* Stack size of our threads in bytes: codecs and libraries run on it. */
enum { WSI_THREAD_STACK = 1 << 20 };

/* Starts fn(arg) on a new thread. name: at most 15 characters. */
wsi_status wsi_thread_start(wsi_thread *out, const char *name, void *(*fn)(void *), void *arg, wsi_error *err);
/* The calling thread gives way to the process's others where processors are short. */
void wsi_thread_yields(void);
void wsi_thread_join(wsi_thread thread);

/* A mutex for many short critical sections: who finds it locked spins a while before it sleeps. */
void wsi_mutex_init(pthread_mutex_t *mutex);

/* Seconds on a clock that only goes forward. */
double wsi_now(void);

#endif
