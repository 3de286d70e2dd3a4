/* One handle, many threads: all of them read every tile of a slide in orders of their own, and all see the same
 * pixels as one thread alone. Broken tiles among them disturb nobody. Meant to run under a thread sanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/thread.h"
#include "reader-maker.h"
#include "reader/reader.h"

enum { THREADS = 6, TILES_MAX = 4096, BAD = 0xBADBAD };

typedef struct shared {
    wsi_slide *slide;
    int level;
    const uint64_t *want; /* sum of each tile */
    atomic_int wrong;
    atomic_int next_id;
} shared;

/* Order matters in this sum, so that swapped pixels show; BAD when the tile fails. */
static uint64_t tile_sum(wsi_slide *slide, int level, int64_t i, int raw)
{
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    const wsi_level *l = &info->levels[level];
    const int64_t tx = i % l->tiles_x, ty = i / l->tiles_x;
    const wsi_rect r = wsi_slide_tile_rect(slide, level, tx, ty);
    const size_t row = (size_t)r.w * wsi_pixfmt_size(info->fmt);
    const wsi_image dst = {wsi_calloc((size_t)r.h, row), (ptrdiff_t)row, r.w, r.h, info->fmt};
    const wsi_tile_span span = wsi_slide_tile_span(slide, level, tx, ty);
    void *bytes = raw && span.size ? wsi_calloc(span.size, 1) : NULL;
    wsi_error err;
    uint64_t sum = 14695981039346656037u;
    if ((bytes && wsi_slide_read_bytes(slide, span.offset, span.size, bytes, &err) != WSI_OK) ||
        wsi_slide_read_tile(slide, level, tx, ty, bytes, bytes ? span.size : 0, &dst, &err) != WSI_OK) {
        sum = BAD;
    } else {
        for (size_t k = 0; k < row * (size_t)r.h; k++) sum = (sum ^ ((const uint8_t *)dst.data)[k]) * 1099511628211u;
    }
    wsi_free(bytes);
    wsi_free(dst.data);
    return sum;
}

static void *reader_main(void *arg)
{
    shared *s = arg;
    const wsi_level *l = &wsi_slide_get_info(s->slide)->levels[s->level];
    const int64_t n = l->tiles_x * l->tiles_y, id = atomic_fetch_add(&s->next_id, 1);
    for (int64_t k = 0; k < n; k++) {
        const int64_t i = (k + id * n / THREADS) % n;
        if (tile_sum(s->slide, s->level, i, (k + id) % 2) != s->want[i]) atomic_fetch_add(&s->wrong, 1);
    }
    return NULL;
}

/* Returns how many tiles are bad. */
static int check(const char *path, int level)
{
    wsi_thread threads[THREADS];
    uint64_t want[TILES_MAX];
    shared s = {.level = level, .want = want};
    wsi_error err = {0};
    int bad = 0;
    if (wsi_slide_open(path, NULL, &s.slide, &err) != WSI_OK) fail_msg("%s", err.message);
    const wsi_level *l = &wsi_slide_get_info(s.slide)->levels[level];
    assert_true(l->tiles_x * l->tiles_y <= TILES_MAX);
    for (int64_t i = 0; i < l->tiles_x * l->tiles_y; i++) {
        want[i] = tile_sum(s.slide, level, i, 0);
        bad += want[i] == BAD;
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(wsi_thread_start(&threads[i], "reader", reader_main, &s, &err), WSI_OK);
    for (int i = 0; i < THREADS; i++) wsi_thread_join(threads[i]);
    assert_int_equal(atomic_load(&s.wrong), 0);
    wsi_slide_close(&s.slide);
    return bad;
}

static void test_slides(void **state)
{
    static const struct {
        const char *name;
        int level;
    } slides[] = {{"CMU-1-Small-Region.svs", 0},
                  {"tcga-cr-7395-01a-01-ts1.svs", 1},
                  {"OS-1-detail.ome.tif", 0},
                  {"multi-channel-pyramid.ome.tif", 0},
                  {"boxes.tiff", 0},
                  {"kather1.tif", 0},
                  {"multi-channel-z-series.ome.tif", 0},
                  {"test3-DAPI-2-(387).ndpi", 2}};
    (void)state;
    if (!maker_data()) skip();
    for (size_t i = 0; i < sizeof slides / sizeof *slides; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/slides/%s", maker_data(), slides[i].name);
        assert_int_equal(check(path, slides[i].level), 0);
    }
}

static void test_synthetic(void **state)
{
    (void)state;
    assert_int_equal(check("synthetic:1000x900,levels=3,tile=100", 0), 0);
    assert_int_equal(check("synthetic:1000x900,levels=3,tile=100", 2), 0);
}

/* Every third tile is cut short: PackBits, 128 times one byte, twice, make a tile of 16 x 16. */
static void test_bad_tiles(void **state)
{
    uint64_t offsets[64], counts[64];
    maker m;
    (void)state;
    maker_start(&m, 0, 0);
    maker_image(&m, 8, 8, 1, 8, 1, 32773, 16);
    maker_tag1(&m, 256, 4, 128);
    maker_tag1(&m, 257, 4, 128);
    for (int i = 0; i < 64; i++) {
        const unsigned char runs[4] = {0x81, (unsigned char)i, 0x81, (unsigned char)(i + 1)};
        counts[i] = i % 3 ? 4 : 3;
        offsets[i] = maker_bytes(&m, runs, counts[i]);
    }
    maker_tags(&m, 324, 4, offsets, 64);
    maker_tags(&m, 325, 4, counts, 64);
    maker_directory(&m);
    maker_save(&m, maker_path(0));
    assert_int_equal(check(maker_path(0), 0), 22);
    unlink(maker_path(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_synthetic),
        cmocka_unit_test(test_bad_tiles),
        cmocka_unit_test(test_slides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
