/* nvJPEG as a contestant: batches on the GPU-hybrid back end, the library found at run time and its few calls declared
 * here (nvjpeg.h, CUDA 12 and 13). Its pixels are its own: they are not compared. */
#include "jpeg-decoders.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/cuda/device-private.h"

enum { BACKEND_GPU_HYBRID = 2, OUTPUT_RGBI = 5, DEPTH = 2 };

typedef struct image {
    unsigned char *channel[4];
    size_t pitch[4];
} image;

static struct library {
    int (*create)(int backend, void *device_allocator, void *pinned_allocator, unsigned flags, void **handle);
    int (*destroy)(void *handle);
    int (*state_create)(void *handle, void **state);
    int (*state_destroy)(void *state);
    int (*batch_init)(void *handle, void *state, int batch, int max_threads, int format);
    int (*batch_decode)(void *handle, void *state, const unsigned char *const *data, const size_t *lengths,
                        image *destinations, cudaStream_t stream);
} nv;

int jpeg_nvjpeg_load(char *why, size_t size)
{
    static const char *const names[] = {"libnvjpeg.so.13", "libnvjpeg.so.12", "libnvjpeg.so"};
    static const char *const calls[] = {"nvjpegCreateEx",
                                        "nvjpegDestroy",
                                        "nvjpegJpegStateCreate",
                                        "nvjpegJpegStateDestroy",
                                        "nvjpegDecodeBatchedInitialize",
                                        "nvjpegDecodeBatched"};
    void *lib = NULL, **slots = (void **)&nv;
    for (size_t i = 0; i < sizeof names / sizeof *names && !lib; i++) lib = dlopen(names[i], RTLD_NOW);
    if (!lib) {
        snprintf(why, size, "%s", dlerror());
        return 0;
    }
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        slots[i] = dlsym(lib, calls[i]);
        if (slots[i]) continue;
        snprintf(why, size, "nvJPEG has no %s", calls[i]);
        return 0;
    }
    return 1;
}

typedef struct side {
    void *state;
    wsi_stream *stream;
    void *pixels;
    image *images;
    int busy;
} side;

typedef struct worker {
    jpeg_race *race;
    void *handle;
    side sides[DEPTH];
    const unsigned char **data;
    size_t *sizes;
} worker;

static int open_side(const worker *w, side *s)
{
    const jpeg_race *r = w->race;
    const size_t row = (size_t)r->tiles->side * 3, bytes = row * (size_t)r->tiles->side;
    s->images = calloc((size_t)r->batch, sizeof *s->images);
    if (!s->images || wsi_stream_create(r->device, &s->stream, NULL) != WSI_OK ||
        wsi_device_alloc(r->device, bytes * (size_t)r->batch, &s->pixels, NULL) != WSI_OK) {
        return 0;
    }
    for (int i = 0; i < r->batch; i++) {
        s->images[i].channel[0] = (unsigned char *)s->pixels + (size_t)i * bytes;
        s->images[i].pitch[0] = row;
    }
    return nv.state_create(w->handle, &s->state) == 0 &&
           nv.batch_init(w->handle, s->state, r->batch, 1, OUTPUT_RGBI) == 0;
}

static int work(worker *w)
{
    jpeg_race *r = w->race;
    const jpeg_tiles *t = r->tiles;
    if (nv.create(BACKEND_GPU_HYBRID, NULL, NULL, 0, &w->handle) != 0) return 0;
    for (int i = 0; i < r->batch; i++) {
        w->data[i] = t->whole[i % t->distinct];
        w->sizes[i] = t->whole_sizes[i % t->distinct];
    }
    for (int k = 0; k < DEPTH; k++) {
        if (!open_side(w, &w->sides[k])) return 0;
    }
    for (int k = 0; !atomic_load(&r->stop); k = (k + 1) % DEPTH) {
        side *s = &w->sides[k];
        if (s->busy) {
            if (wsi_stream_finish(s->stream, NULL) != WSI_OK) return 0;
            atomic_fetch_add(&r->pixels, (long long)r->batch * t->side * t->side);
        }
        if (nv.batch_decode(w->handle, s->state, w->data, w->sizes, s->images, s->stream->handle) != 0) return 0;
        s->busy = 1;
    }
    return 1;
}

void *jpeg_race_nvjpeg(void *race)
{
    worker w = {.race = race};
    w.data = calloc((size_t)w.race->batch, sizeof *w.data);
    w.sizes = calloc((size_t)w.race->batch, sizeof *w.sizes);
    if (!w.data || !w.sizes || !work(&w)) atomic_store(&w.race->failed, 1);
    for (int k = 0; k < DEPTH; k++) {
        side *s = &w.sides[k];
        if (s->stream) (void)wsi_stream_finish(s->stream, NULL);
        if (s->state) nv.state_destroy(s->state);
        wsi_stream_destroy(&s->stream);
        wsi_device_free(w.race->device, &s->pixels);
        free(s->images);
    }
    if (w.handle) nv.destroy(w.handle);
    free(w.data);
    free(w.sizes);
    return NULL;
}
