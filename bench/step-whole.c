/* An operation on a whole image, as a pipeline would run it, without reading and writing. */
#include "step-whole.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"
#include "common/thread.h"
#include "kernels/whole.h"

enum { THREADS_MAX = 64 };

typedef struct whole_job {
    const oprun *run;
    const wsi_image *src, *dst;
    wsi_whole_call call;
    void *self;
    int64_t across, tiles;
    int64_t next;     /* atomic: the first tile that nobody has taken */
    int64_t appended; /* under lock */
    pthread_mutex_t lock;
    pthread_cond_t append; /* appended has changed */
} whole_job;

static void must(wsi_status status, const wsi_error *err)
{
    if (status == WSI_OK) return;
    fprintf(stderr, "bench-step-speed: %s\n", err->message);
    exit(2);
}

static void *memory(size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (p) return p;
    fputs("bench-step-speed: out of memory\n", stderr);
    exit(2);
}

static int64_t take(whole_job *j)
{
    return __atomic_fetch_add(&j->next, 1, __ATOMIC_RELAXED);
}

static wsi_rect tile_at(const whole_job *j, int64_t i)
{
    const int64_t edge = j->call.tile;
    const wsi_rect tile = {i % j->across * edge, i / j->across * edge, edge, edge};
    return wsi_rect_intersect(tile, (wsi_rect){0, 0, j->call.w, j->call.h});
}

static void append(whole_job *j, int64_t i, const void *bytes, size_t size)
{
    wsi_error err = {0};
    pthread_mutex_lock(&j->lock);
    while (j->appended != i) pthread_cond_wait(&j->append, &j->lock);
    must(j->run->op->whole->append(j->self, tile_at(j, i), bytes, size, &err), &err);
    j->appended++;
    pthread_cond_broadcast(&j->append);
    pthread_mutex_unlock(&j->lock);
}

static void *feed(void *job)
{
    whole_job *j = (whole_job *)job;
    const size_t bound = j->run->op->whole->bound(j->self);
    void *bytes = memory(bound);
    for (int64_t i; (i = take(j)) < j->tiles;) {
        wsi_image crop[WSI_OP_INPUTS_MAX];
        wsi_error err = {0};
        size_t size;
        for (int k = 0; k < j->run->inputs; k++) crop[k] = wsi_image_crop(&j->src[k], tile_at(j, i));
        must(j->run->op->whole->tile(j->self, crop, tile_at(j, i), bytes, bound, &size, &err), &err);
        append(j, i, bytes, size);
    }
    free(bytes);
    return NULL;
}

static void *fetch(void *job)
{
    whole_job *j = (whole_job *)job;
    const int64_t edge = j->call.tile;
    const wsi_image own = oprun_image(j->run->out, edge, edge);
    for (int64_t i; (i = take(j)) < j->tiles;) {
        const wsi_rect at = tile_at(j, i);
        const wsi_image part = j->dst ? wsi_image_crop(j->dst, at) : wsi_image_crop(&own, (wsi_rect){0, 0, at.w, at.h});
        wsi_error err = {0};
        must(j->run->op->whole->read(j->self, at, &part, &err), &err);
    }
    wsi_free(own.data);
    return NULL;
}

static void on_all(whole_job *j, void *(*fn)(void *))
{
    wsi_thread thread[THREADS_MAX];
    wsi_error err = {0};
    j->next = 0;
    for (int i = 1; i < j->call.threads; i++) must(wsi_thread_start(&thread[i], "bench", fn, j, &err), &err);
    fn(j);
    for (int i = 1; i < j->call.threads; i++) wsi_thread_join(thread[i]);
}

static wsi_status drop(void *user, const wsi_rows *rows, wsi_error *err)
{
    (void)user, (void)rows, (void)err;
    return WSI_OK;
}

void step_whole_run(const oprun *run, const wsi_image *src, const wsi_image *dst, int64_t tile, int threads)
{
    const int64_t across = (src->w + tile - 1) / tile;
    whole_job j = {
        .run = run, .src = src, .dst = dst, .across = across, .tiles = across * ((src->h + tile - 1) / tile)};
    wsi_error err = {0};
    j.call = (wsi_whole_call){.params = run->params,
                              .in = run->in,
                              .inputs = run->inputs,
                              .w = src->w,
                              .h = src->h,
                              .tile = tile,
                              .down_x = 1,
                              .down_y = 1,
                              .threads = threads < THREADS_MAX ? threads : THREADS_MAX,
                              .memory = UINT64_C(256) << 20,
                              .scratch = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp"};
    pthread_mutex_init(&j.lock, NULL);
    pthread_cond_init(&j.append, NULL);
    must(run->op->whole->open(&j.call, &j.self, &err), &err);
    on_all(&j, feed);
    must(run->op->whole->finish(j.self, &err), &err);
    if (run->op->whole->read) on_all(&j, fetch);
    if (run->op->whole->rows) must(run->op->whole->rows(j.self, drop, NULL, &err), &err);
    run->op->whole->close(&j.self);
    pthread_cond_destroy(&j.append);
    pthread_mutex_destroy(&j.lock);
}
