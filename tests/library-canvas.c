/* Tiles into canvases. Each tile has its own place, so that any number of threads may be at it. */
#include "library-canvas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void gallery_open(gallery *g, int in_order)
{
    memset(g, 0, sizeof *g);
    pthread_mutex_init(&g->lock, NULL);
    g->in_order = in_order;
}

void gallery_close(gallery *g)
{
    for (int i = 0; i < CANVASES_MAX; i++) free(g->at[i].pixels);
    pthread_mutex_destroy(&g->lock);
}

/* cmocka's checks may not be used on other threads than the test's: what is wrong is counted. */
static void check(gallery *g, int right)
{
    if (!right) atomic_fetch_add(&g->wrong, 1);
}

static canvas *canvas_of(gallery *g, const wsi_tile *tile)
{
    canvas *c = &g->at[tile->index];
    pthread_mutex_lock(&g->lock);
    if (!c->pixels) {
        c->format = wsi_array_format(&tile->pixels);
        c->w = tile->level_w;
        c->h = tile->level_h;
        c->last_tile = -1;
        c->pixels = calloc((size_t)(c->w * c->h), wsi_dtype_size(c->format.type) * (size_t)c->format.channels);
        strncpy(c->name, tile->result, sizeof c->name - 1);
    }
    pthread_mutex_unlock(&g->lock);
    return c;
}

static void copy(const canvas *c, const wsi_tile *tile)
{
    const size_t pixel = wsi_dtype_size(c->format.type) * (size_t)c->format.channels;
    for (int64_t y = 0; y < tile->rect.h; y++)
        memcpy(c->pixels + (size_t)((tile->rect.y + y) * c->w + tile->rect.x) * pixel,
               (const char *)tile->pixels.data + y * tile->pixels.strides[0], (size_t)tile->rect.w * pixel);
}

static void check_tile(gallery *g, const canvas *c, const wsi_tile *tile)
{
    const wsi_array *p = &tile->pixels;
    const int64_t sample = (int64_t)wsi_dtype_size(p->type);
    const int on_device = p->memory == WSI_MEMORY_CUDA;
    check(g, wsi_array_check(p, NULL) == WSI_OK && (on_device || p->memory == WSI_MEMORY_HOST));
    check(g, on_device ? p->device_id >= 0 && p->device_id < g->devices : p->device_id == 0);
    atomic_fetch_add(&g->on_device, on_device);
    check(g, strcmp(c->name, tile->result) == 0 && tile->level_w == c->w && tile->level_h == c->h);
    check(g, p->shape[0] == tile->rect.h && p->shape[1] == tile->rect.w && p->type == c->format.type);
    check(g, p->ndim == (c->format.channels == 1 ? 2 : 3) && p->strides[1] == sample * c->format.channels);
    check(g, tile->rect.x >= 0 && tile->rect.y >= 0 && tile->rect.x + tile->rect.w <= c->w &&
                 tile->rect.y + tile->rect.h <= c->h);
}

int gallery_take(void *gallery_, const wsi_tile *tile)
{
    gallery *g = gallery_;
    const int calls = atomic_fetch_add(&g->calls, 1) + 1, inside = atomic_fetch_add(&g->inside, 1) + 1;
    for (int most = atomic_load(&g->at_once); inside > most;)
        if (atomic_compare_exchange_weak(&g->at_once, &most, inside)) break;
    if (g->sleep_us) usleep((useconds_t)g->sleep_us);
    if (tile->level == 0 && tile->index < CANVASES_MAX) {
        canvas *c = canvas_of(g, tile);
        check_tile(g, c, tile);
        copy(c, tile);
        atomic_fetch_add(&c->covered, tile->rect.w * tile->rect.h);
        if (g->in_order) {
            const int64_t place = tile->rect.y * c->w + tile->rect.x;
            check(g, inside == 1 && place > c->last_tile);
            c->last_tile = place;
        }
    }
    if (g->cancels && calls == 3) wsi_job_cancel(g->cancels);
    atomic_fetch_sub(&g->inside, 1);
    return g->stop_after && calls >= g->stop_after;
}

void gallery_check_complete(const gallery *g, int results)
{
    assert_int_equal(atomic_load(&g->wrong), 0);
    for (int i = 0; i < results; i++) {
        assert_non_null(g->at[i].pixels);
        assert_int_equal(atomic_load(&g->at[i].covered), g->at[i].w * g->at[i].h);
    }
}

void gallery_check_same(const gallery *a, const gallery *b, int results)
{
    for (int i = 0; i < results; i++) {
        const canvas *p = &a->at[i], *q = &b->at[i];
        assert_string_equal(p->name, q->name);
        assert_int_equal(p->w, q->w);
        assert_int_equal(p->h, q->h);
        assert_int_equal(p->format.type, q->format.type);
        assert_int_equal(p->format.channels, q->format.channels);
        const size_t pixel = wsi_dtype_size(p->format.type) * (size_t)p->format.channels;
        assert_memory_equal(p->pixels, q->pixels, (size_t)(p->w * p->h) * pixel);
    }
}

/* ---- Jobs ---- */

void job_set(wsi_job *job, const char *option, const char *value)
{
    wsi_error err;
    if (wsi_job_set(job, option, value, &err) != WSI_OK) fail_msg("%s", err.message);
}

wsi_job *job_of(wsi_session *session, const char *input, const char *chain, const char *write)
{
    wsi_job *job = NULL;
    assert_int_equal(wsi_job_create(session, &job, NULL), WSI_OK);
    job_set(job, "input", input);
    job_set(job, "chain", chain);
    job_set(job, "write", write);
    if (!session) job_set(job, "threads", "3");
    return job;
}

void job_give(wsi_job *job, gallery *g, wsi_tile_order order)
{
    const wsi_tile_sink sink = {.fn = gallery_take, .user = g, .order = order};
    assert_int_equal(wsi_job_set_tile_sink(job, &sink, NULL), WSI_OK);
}

void job_run(wsi_job *job)
{
    wsi_error err;
    if (wsi_job_run(job, &err) != WSI_OK) fail_msg("%s", err.message);
    assert_int_equal(wsi_job_get_state(job), WSI_JOB_ENDED);
}
