/* Many threads at once: regions of one slide, slides of their own, chains, and a slide from memory. Every pixel is
 * compared, so that a thread that saw another's work would be noticed; sanitizers see the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <wsiproc/wsiproc.h>

enum { THREADS = 8, ROUNDS = 30, W = 1300, H = 900, EDGE = 120 };

static const wsi_pixfmt rgb8 = {WSI_U8, 3};

typedef struct worker {
    pthread_t thread;
    wsi_slide *slide, *memory; /* shared by all */
    const uint8_t *whole;      /* what both hold */
    uint32_t seed;
    char failure[256]; /* "" = none */
} worker;

static int64_t pick(worker *w, int64_t from, int64_t to)
{
    w->seed = w->seed * 1664525u + 1013904223u;
    return from + (int64_t)(w->seed >> 8) % (to - from);
}

static int same_region(const uint8_t *whole, wsi_rect r, const uint8_t *got)
{
    static const uint8_t white[3] = {255, 255, 255};
    for (int64_t y = 0; y < r.h; y++) {
        for (int64_t x = 0; x < r.w; x++) {
            const int64_t sx = r.x + x, sy = r.y + y;
            const int inside = sx >= 0 && sy >= 0 && sx < W && sy < H;
            if (memcmp(got + 3 * (y * r.w + x), inside ? whole + 3 * (sy * W + sx) : white, 3) != 0) return 0;
        }
    }
    return 1;
}

static void read_one(worker *w, wsi_slide *slide, const char *what)
{
    uint8_t got[3 * EDGE * EDGE];
    wsi_error err = {WSI_OK, ""};
    const wsi_rect r = {pick(w, -EDGE, W), pick(w, -EDGE, H), pick(w, 1, EDGE), pick(w, 1, EDGE)};
    const wsi_array dst = wsi_array_packed(got, rgb8, r.w, r.h);
    if (wsi_slide_read_region(slide, 0, r, &dst, &err) != WSI_OK)
        snprintf(w->failure, sizeof w->failure, "%s: %.200s", what, err.message);
    else if (!same_region(w->whole, r, got))
        snprintf(w->failure, sizeof w->failure, "%s: other pixels", what);
}

/* Handles of a thread's own, made and closed while others work. */
static void own_handles(worker *w)
{
    wsi_slide *slide = NULL;
    wsi_chain *chain = NULL;
    int64_t x = 0, y = 0;
    char path[64];
    snprintf(path, sizeof path, "synthetic:%dx%d,seed=3", W, H);
    if (wsi_slide_open(path, NULL, &slide, NULL) != WSI_OK ||
        wsi_chain_parse("rgb2gray | gaussian:sigma=1 | canny", &chain, NULL) != WSI_OK ||
        wsi_chain_halo(chain, w->slide, 0, NULL, &x, &y, NULL) != WSI_OK || x < 4)
        snprintf(w->failure, sizeof w->failure, "own handles");
    else
        read_one(w, slide, "own slide");
    wsi_chain_destroy(&chain);
    wsi_slide_close(&slide);
}

static void *work(void *arg)
{
    worker *w = arg;
    for (int i = 0; i < ROUNDS && !w->failure[0]; i++) {
        read_one(w, w->slide, "shared slide");
        read_one(w, w->memory, "shared memory");
        if (i % 5 == 0) own_handles(w);
    }
    return NULL;
}

static void all_at_once(void **state)
{
    (void)state;
    char path[64];
    worker workers[THREADS] = {0};
    wsi_slide *slide = NULL, *memory = NULL;
    uint8_t *whole = malloc((size_t)3 * W * H);
    snprintf(path, sizeof path, "synthetic:%dx%d,seed=3", W, H);
    assert_int_equal(wsi_slide_open(path, NULL, &slide, NULL), WSI_OK);
    const wsi_array all = wsi_array_packed(whole, rgb8, W, H);
    assert_int_equal(wsi_slide_read_region(slide, 0, (wsi_rect){0, 0, W, H}, &all, NULL), WSI_OK);
    assert_int_equal(wsi_slide_open_memory(&all, NULL, &memory, NULL), WSI_OK);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.slide = slide, .memory = memory, .whole = whole, .seed = 77u + (uint32_t)i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < THREADS; i++)
        if (workers[i].failure[0]) fail_msg("thread %d: %s", i, workers[i].failure);
    wsi_slide_close(&memory);
    wsi_slide_close(&slide);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
