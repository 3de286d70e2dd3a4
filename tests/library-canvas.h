/* Images put together from the tiles that a job gives, for the tests of jobs through the library. */
#ifndef WSI_TESTS_LIBRARY_CANVAS_H
#define WSI_TESTS_LIBRARY_CANVAS_H

#include <pthread.h>
#include <stdatomic.h>

#include <wsiproc/wsiproc.h>

enum { CANVASES_MAX = 8 };

typedef struct canvas {
    char name[64];
    wsi_pixfmt format;
    int64_t w, h;
    unsigned char *pixels; /* without gaps */
    int64_t last_tile;     /* raster position of the last one, to see the order */
    atomic_int_fast64_t covered;
} canvas;

/* A tile sink: level 0 of every result. */
typedef struct gallery {
    pthread_mutex_t lock;
    canvas at[CANVASES_MAX];
    int in_order;                             /* 1: tiles must come one at a time, in raster order */
    atomic_int calls, inside, at_once, wrong; /* wrong: something was not as it must be */
    int devices;                              /* tiles may come in memory of so many GPUs, which are emulated */
    atomic_int on_device;                     /* calls with such */
    int stop_after;                           /* calls after which the job is stopped; 0: never */
    int sleep_us;                             /* in each call */
    wsi_job *cancels;                         /* cancelled in the third call */
} gallery;

void gallery_open(gallery *g, int in_order);
void gallery_close(gallery *g);
int gallery_take(void *gallery, const wsi_tile *tile);
/* Every result is there, each pixel once. */
void gallery_check_complete(const gallery *g, int results);
void gallery_check_same(const gallery *a, const gallery *b, int results);

/* A job of a chain on "synthetic:..." or another path. */
wsi_job *job_of(wsi_session *session, const char *input, const char *chain, const char *write);
void job_set(wsi_job *job, const char *option, const char *value);
void job_give(wsi_job *job, gallery *g, wsi_tile_order order);
void job_run(wsi_job *job);

#endif
