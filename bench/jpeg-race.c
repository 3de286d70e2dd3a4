/* wsiproc's decoder for devices, and libjpeg-turbo, as contestants. */
#include "jpeg-decoders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEPTH = 2 }; /* batches of a thread in flight */

double jpeg_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct slot {
    wsi_device_jpeg *decoder;
    wsi_event *done;
    void *pixels;
    int busy;
} slot;

typedef struct worker {
    jpeg_race *race;
    wsi_stream *stream;
    wsi_jpeg *jpeg;
    slot slots[DEPTH];
    int at; /* next tile */
} worker;

static wsi_device_jpeg_limits limits_for(const jpeg_tiles *t, int batch)
{
    size_t most = 0;
    for (int i = 0; i < t->distinct; i++) most = t->sizes[i] > most ? t->sizes[i] : most;
    return (wsi_device_jpeg_limits){batch, t->side, t->side, most * (size_t)batch};
}

static wsi_device_jpeg_added add_tile(wsi_jpeg *jpeg, wsi_device_jpeg *decoder, const jpeg_tiles *t, int i,
                                      void *pixels)
{
    const wsi_jpeg_tables tables = {t->tables, t->tables_size, (uint64_t)t->side};
    const wsi_image dst = {pixels, (ptrdiff_t)t->side * 3, t->side, t->side, {WSI_U8, 3}};
    wsi_jpeg_frame frame;
    int usable;
    if (wsi_jpeg_read_frame(jpeg, &tables, t->colour, t->bytes[i], t->sizes[i], t->side, t->side, &dst, &frame, &usable,
                            NULL) != WSI_OK ||
        !usable) {
        return WSI_DEVICE_JPEG_REFUSED;
    }
    return decoder ? wsi_device_jpeg_add(decoder, &frame, t->bytes[i], t->sizes[i], &dst) : WSI_DEVICE_JPEG_ADDED;
}

static wsi_status open_worker(worker *w, wsi_error *err)
{
    const jpeg_race *r = w->race;
    const wsi_device_jpeg_limits limits = limits_for(r->tiles, r->batch);
    const size_t pixels = (size_t)r->batch * (size_t)r->tiles->side * (size_t)r->tiles->side * 3;
    w->jpeg = wsi_jpeg_create(err);
    if (!w->jpeg) return WSI_ERR_NO_MEMORY;
    WSI_FORWARD(wsi_stream_create(r->device, &w->stream, err));
    for (int i = 0; i < DEPTH; i++) {
        WSI_FORWARD(wsi_device_jpeg_create(r->device, &limits, &w->slots[i].decoder, err));
        WSI_FORWARD(wsi_event_create(r->device, 0, &w->slots[i].done, err));
        WSI_FORWARD(wsi_device_alloc(r->device, pixels, &w->slots[i].pixels, err));
    }
    return WSI_OK;
}

static void close_worker(worker *w)
{
    if (w->stream) (void)wsi_stream_finish(w->stream, NULL);
    for (int i = 0; i < DEPTH; i++) {
        wsi_device_jpeg_destroy(&w->slots[i].decoder);
        wsi_event_destroy(&w->slots[i].done);
        wsi_device_free(w->race->device, &w->slots[i].pixels);
    }
    wsi_stream_destroy(&w->stream);
    wsi_jpeg_destroy(&w->jpeg);
}

static wsi_status collect(worker *w, slot *s, wsi_error *err)
{
    jpeg_race *r = w->race;
    long long good = 0;
    if (!s->busy) return WSI_OK;
    s->busy = 0;
    WSI_FORWARD(wsi_event_wait(s->done, err));
    for (int i = 0; i < r->batch; i++) good += wsi_device_jpeg_ok(s->decoder, i);
    atomic_fetch_add(&r->pixels, good * r->tiles->side * r->tiles->side);
    atomic_fetch_add(&r->refused, r->batch - good);
    return WSI_OK;
}

static wsi_status fill(worker *w, slot *s, wsi_error *err)
{
    const jpeg_tiles *t = w->race->tiles;
    const size_t bytes = (size_t)t->side * (size_t)t->side * 3;
    if (w->race->keep && wsi_device_jpeg_count(s->decoder) > 0) return WSI_OK;
    wsi_device_jpeg_clear(s->decoder);
    for (int i = 0; i < w->race->batch; i++) {
        void *to = (char *)s->pixels + (size_t)i * bytes;
        const int added = add_tile(w->jpeg, s->decoder, t, w->at, to);
        WSI_RETURN_IF(added != WSI_DEVICE_JPEG_ADDED, WSI_ERR_INTERNAL, "tile %d was not added: %d", w->at, added);
        w->at = (w->at + 1) % t->count;
    }
    return WSI_OK;
}

static wsi_status work(worker *w, wsi_error *err)
{
    WSI_FORWARD(open_worker(w, err));
    for (int k = 0; !atomic_load(&w->race->stop); k = (k + 1) % DEPTH) {
        slot *s = &w->slots[k];
        WSI_FORWARD(collect(w, s, err));
        WSI_FORWARD(fill(w, s, err));
        WSI_FORWARD(wsi_device_jpeg_run(s->decoder, w->stream, err));
        WSI_FORWARD(wsi_event_record(w->stream, s->done, err));
        s->busy = 1;
    }
    return WSI_OK;
}

void *jpeg_race_device(void *race)
{
    worker w = {.race = race};
    wsi_error err = {0};
    w.at = atomic_fetch_add(&w.race->next_index, 1) * 997 % w.race->tiles->count;
    if (work(&w, &err) != WSI_OK) {
        fprintf(stderr, "%s\n", err.message);
        atomic_store(&w.race->failed, 1);
    }
    close_worker(&w);
    return NULL;
}

void *jpeg_race_turbo(void *race)
{
    jpeg_race *r = race;
    const jpeg_tiles *t = r->tiles;
    wsi_jpeg *jpeg = wsi_jpeg_create(NULL);
    const size_t stride = (size_t)t->side * 3;
    unsigned char *pixels = calloc((size_t)t->side, stride);
    int at = atomic_fetch_add(&r->next_index, 1) * 997 % t->count;
    while (!atomic_load(&r->stop)) {
        if (!jpeg || !pixels || !jpeg_tiles_decode(jpeg, t, at, pixels, stride)) {
            atomic_store(&r->failed, 1);
            break;
        }
        atomic_fetch_add(&r->pixels, (long long)t->side * t->side);
        at = (at + 1) % t->count;
    }
    wsi_jpeg_destroy(&jpeg);
    free(pixels);
    return NULL;
}

static int same_pixels(worker *w, const unsigned char *host)
{
    const jpeg_tiles *t = w->race->tiles;
    const size_t bytes = (size_t)t->side * (size_t)t->side * 3;
    unsigned char *want = malloc(bytes);
    int same = want != NULL;
    for (int i = 0; same && i < t->distinct; i++) {
        if (!wsi_device_jpeg_ok(w->slots[0].decoder, i)) continue;
        same = jpeg_tiles_decode(w->jpeg, t, i, want, (size_t)t->side * 3) &&
               memcmp(want, host + (size_t)i * bytes, bytes) == 0;
    }
    free(want);
    return same;
}

int jpeg_device_verify(wsi_device *device, const jpeg_tiles *t, int *refused)
{
    jpeg_race race = {.tiles = t, .device = device, .batch = t->distinct};
    worker w = {.race = &race};
    wsi_error err = {0};
    void *host = NULL;
    const size_t bytes = (size_t)t->distinct * (size_t)t->side * (size_t)t->side * 3;
    slot *s = &w.slots[0];
    int good = open_worker(&w, &err) == WSI_OK && wsi_pinned_alloc(device, bytes, &host, &err) == WSI_OK &&
               fill(&w, s, &err) == WSI_OK && wsi_device_jpeg_run(s->decoder, w.stream, &err) == WSI_OK &&
               wsi_copy_to_host(w.stream, host, s->pixels, bytes, &err) == WSI_OK &&
               wsi_stream_finish(w.stream, &err) == WSI_OK;
    if (!good) fprintf(stderr, "%s\n", err.message);
    *refused = 0;
    for (int i = 0; good && i < t->distinct; i++) *refused += !wsi_device_jpeg_ok(s->decoder, i);
    good = good && same_pixels(&w, host);
    wsi_pinned_free(device, &host);
    close_worker(&w);
    return good;
}

int jpeg_host_cost(wsi_device *device, const jpeg_tiles *t, double *headers, double *all)
{
    jpeg_race race = {.tiles = t, .device = device, .batch = 1024};
    worker w = {.race = &race};
    wsi_error err = {0};
    int good = open_worker(&w, &err) == WSI_OK && fill(&w, &w.slots[0], &err) == WSI_OK;
    const double start = jpeg_now();
    for (int i = 0; good && i < race.batch; i++) {
        good = add_tile(w.jpeg, NULL, t, i % t->count, w.slots[0].pixels) == WSI_DEVICE_JPEG_ADDED;
    }
    const double middle = jpeg_now();
    if (good) good = fill(&w, &w.slots[0], &err) == WSI_OK;
    const double end = jpeg_now();
    *headers = (middle - start) / race.batch * 1e9;
    *all = (end - middle) / race.batch * 1e9;
    close_worker(&w);
    return good;
}
