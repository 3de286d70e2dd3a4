/* Distances, reconstruction and watershed against their definitions, on images cut into tiles of all kinds, and what
 * they refuse. scikit-image's own results are ops_oracle_propagation.py's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "kernels/crew.h"
#include "whole-run.h"

enum { CASES = 12, LARGEST = 75 };

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)*seed * below) >> 32);
}

/* Runs spec over images of one size into *dst, made here; memory 0: plenty. */
static wsi_status run(const char *spec, const wsi_image *src, int inputs, int64_t tile, uint64_t memory, wsi_image *dst,
                      wsi_error *err)
{
    oprun r = {0};
    wsi_pixfmt in[WSI_OP_INPUTS_MAX];
    for (int i = 0; i < inputs; i++) in[i] = src[i].fmt;
    wsi_status status = oprun_parse(&r, spec, err);
    if (status == WSI_OK) status = oprun_prepare(&r, in, inputs, err);
    assert_int_equal(status, WSI_OK);
    *dst = oprun_image(r.out, src[0].w, src[0].h);
    const whole_options options = {.tile = tile, .threads = 1 + (int)(tile / 16 % 4), .memory = memory};
    status = whole_run(&r, src, &options, dst, NULL, err);
    oprun_clear(&r);
    return status;
}

static wsi_image random_image(wsi_dtype type, uint32_t *seed, int64_t w, int64_t h, uint32_t levels)
{
    const wsi_image im = oprun_image((wsi_pixfmt){type, 1}, w, h);
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) {
            const uint32_t v = draw(seed, levels);
            void *row = wsi_image_row(&im, y);
            if (type == WSI_F32)
                ((float *)row)[x] = (float)v / 4 - 1;
            else if (type == WSI_U32)
                ((uint32_t *)row)[x] = v;
            else
                ((uint8_t *)row)[x] = (uint8_t)v;
        }
    return im;
}

static void random_size(uint32_t *seed, int64_t *w, int64_t *h, int64_t *tile)
{
    *w = 1 + draw(seed, LARGEST);
    *h = 1 + draw(seed, LARGEST);
    *tile = 16 * (1 + draw(seed, 5));
}

static float nearest(const wsi_image *mask, int64_t x, int64_t y)
{
    int64_t least = (y + 1) * (y + 1) + x * x; /* of a slide without background */
    int found = 0;
    for (int64_t v = 0; v < mask->h; v++)
        for (int64_t u = 0; u < mask->w; u++) {
            const int64_t square = (u - x) * (u - x) + (v - y) * (v - y);
            if (((const uint8_t *)wsi_image_row(mask, v))[u] != 0 || (found && square >= least)) continue;
            least = square;
            found = 1;
        }
    return (float)sqrt((double)least);
}

static void distances(void **state)
{
    uint32_t seed = 1;
    (void)state;
    for (int k = 0; k < CASES; k++) {
        int64_t w, h, tile;
        random_size(&seed, &w, &h, &tile);
        const wsi_image mask = random_image(WSI_U8, &seed, w, h, 2u << k % 12);
        wsi_image far;
        assert_int_equal(run("distance_transform_edt", &mask, 1, tile, 0, &far, NULL), WSI_OK);
        for (int64_t y = 0; y < h; y++)
            for (int64_t x = 0; x < w; x++) {
                const float want = nearest(&mask, x, y);
                assert_memory_equal((const float *)wsi_image_row(&far, y) + x, &want, sizeof want);
            }
        wsi_free(mask.data);
        wsi_free(far.data);
    }
}

static float at(const wsi_image *im, int64_t x, int64_t y)
{
    return ((const float *)wsi_image_row(im, y))[x];
}

/* One pass of dilation below the mask over all pixels; 1 when something rose. */
static int dilate(const wsi_image *seed, const wsi_image *mask)
{
    int rose = 0;
    for (int64_t y = 0; y < seed->h; y++)
        for (int64_t x = 0; x < seed->w; x++) {
            float high = at(seed, x, y);
            for (int64_t v = y - 1; v <= y + 1; v++)
                for (int64_t u = x - 1; u <= x + 1; u++)
                    if (u >= 0 && v >= 0 && u < seed->w && v < seed->h) high = fmaxf(high, at(seed, u, v));
            high = fminf(high, at(mask, x, y));
            rose |= high > at(seed, x, y);
            ((float *)wsi_image_row(seed, y))[x] = high;
        }
    return rose;
}

static void reconstructions(void **state)
{
    uint32_t seed = 2;
    (void)state;
    for (int k = 0; k < CASES; k++) {
        int64_t w, h, tile;
        random_size(&seed, &w, &h, &tile);
        const wsi_image mask = random_image(WSI_F32, &seed, w, h, 2u << k % 6);
        const wsi_image start = random_image(WSI_F32, &seed, w, h, 2u << k % 6);
        for (int64_t i = 0; i < w * h; i++)
            ((float *)start.data)[i] = fminf(((float *)start.data)[i], ((float *)mask.data)[i]);
        wsi_image got;
        assert_int_equal(run("reconstruction:mask=@1", (wsi_image[]){start, mask}, 2, tile, 0, &got, NULL), WSI_OK);
        while (dilate(&start, &mask)) continue;
        assert_memory_equal(got.data, start.data, (size_t)(w * h) * sizeof(float));
        wsi_free(mask.data);
        wsi_free(start.data);
        wsi_free(got.data);
    }
}

/* Whatever the landscape, labels fill the components of the mask that have markers, and nothing else; each label's
 * pixels reach its marker. Tiles do not show. */
static void watersheds(void **state)
{
    static const char *const specs[] = {"watershed:markers=@1,mask=@2", "watershed:markers=@1,mask=@2,connectivity=2",
                                        "watershed:markers=@1,mask=@2,watershed_line=true"};
    uint32_t seed = 3;
    (void)state;
    for (int k = 0; k < CASES; k++) {
        int64_t w, h, tile;
        random_size(&seed, &w, &h, &tile);
        wsi_image in[3] = {random_image(WSI_F32, &seed, w, h, 2u << k % 8), random_image(WSI_U32, &seed, w, h, 300),
                           random_image(WSI_U8, &seed, w, h, 4)};
        for (int64_t i = 0; i < w * h; i++)
            if (((uint32_t *)in[1].data)[i] > 20) ((uint32_t *)in[1].data)[i] = 0;
        wsi_image whole, tiled;
        assert_int_equal(run(specs[k % 3], in, 3, 80, 0, &whole, NULL), WSI_OK);
        assert_int_equal(run(specs[k % 3], in, 3, tile, 0, &tiled, NULL), WSI_OK);
        assert_memory_equal(whole.data, tiled.data, (size_t)(w * h) * sizeof(uint32_t));
        for (int64_t i = 0; i < w * h; i++) {
            const uint32_t label = ((uint32_t *)whole.data)[i], marker = ((uint32_t *)in[1].data)[i];
            const int inside = ((uint8_t *)in[2].data)[i] != 0;
            if (!inside) assert_int_equal(label, 0);
            if (inside && marker) assert_int_equal(label, marker);
        }
        for (int i = 0; i < 3; i++) wsi_free(in[i].data);
        wsi_free(whole.data);
        wsi_free(tiled.data);
    }
}

static void refused(const char *spec, const wsi_image *src, int inputs, uint64_t memory, wsi_status code,
                    const char *says)
{
    wsi_error err = {0};
    wsi_image got;
    assert_int_equal(run(spec, src, inputs, 32, memory, &got, &err), code);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.message, says));
    wsi_free(got.data);
}

static void refusals(void **state)
{
    uint32_t seed = 4;
    (void)state;
    const wsi_image mask = random_image(WSI_F32, &seed, 70, 50, 9), bad = random_image(WSI_F32, &seed, 70, 50, 9);
    const wsi_image markers = random_image(WSI_U32, &seed, 70, 50, 3);
    memcpy(bad.data, mask.data, 70 * 50 * sizeof(float));
    const wsi_image pair[2] = {bad, mask}, landscape[2] = {bad, markers};
    ((float *)wsi_image_row(&bad, 41))[66] += 1;
    refused("reconstruction:mask=@1", pair, 2, 0, WSI_ERR_CHAIN, "pixel (66, 41) is above the mask");
    ((float *)wsi_image_row(&bad, 41))[66] -= 2;
    refused("reconstruction:mask=@1,method=erosion", pair, 2, 0, WSI_ERR_CHAIN, "pixel (66, 41) is below the mask");
    ((float *)wsi_image_row(&bad, 41))[66] = NAN;
    refused("reconstruction:mask=@1", pair, 2, 0, WSI_ERR_CHAIN, "NaN at pixel (66, 41)");
    refused("local_minima", &bad, 1, 0, WSI_ERR_CHAIN, "NaN at pixel (66, 41)");
    refused("watershed:markers=@1", landscape, 2, 0, WSI_ERR_CHAIN, "NaN at pixel (66, 41)");
    ((float *)wsi_image_row(&bad, 41))[66] = INFINITY;
    refused("h_maxima:h=0.5", &bad, 1, 0, WSI_ERR_CHAIN, "pixel (66, 41) is not finite");
    refused("watershed:markers=@1", landscape, 2, 4096, WSI_ERR_NO_MEMORY, "a component of the mask has 3500 pixels");
    refused("distance_transform_edt", &mask, 1, 4096, WSI_ERR_NO_MEMORY, "distance_transform_edt needs");
    refused("reconstruction:mask=@1", (wsi_image[]){mask, mask}, 2, 512, WSI_ERR_NO_MEMORY, "reconstruction needs");
    wsi_free(mask.data);
    wsi_free(bad.data);
    wsi_free(markers.data);
}

typedef struct tally {
    atomic_int done[100];
    atomic_int cancel;
    int fails; /* item that fails; -1: none */
} tally;

static wsi_status count(void *user, int worker, int64_t i, wsi_error *err)
{
    tally *t = (tally *)user;
    assert_in_range(worker, 0, 3);
    atomic_fetch_add(&t->done[i], 1);
    WSI_RETURN_IF(i == t->fails, WSI_ERR_OUTPUT, "item %lld", (long long)i);
    return WSI_OK;
}

static void crews(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        tally t = {.fails = -1};
        const wsi_crew crew = {.threads = threads, .count = 100, .cancel = &t.cancel, .item = count, .user = &t};
        wsi_error err = {0};
        assert_int_equal(wsi_crew_run(&crew, &err), WSI_OK);
        for (int i = 0; i < 100; i++) assert_int_equal(atomic_load(&t.done[i]), 1);
        t.fails = 30;
        assert_int_equal(wsi_crew_run(&crew, &err), WSI_ERR_OUTPUT);
        assert_string_equal(err.message, "item 30");
        atomic_store(&t.cancel, 1);
        assert_int_equal(wsi_crew_run(&crew, &err), WSI_ERR_CANCELLED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances), cmocka_unit_test(reconstructions), cmocka_unit_test(watersheds),
        cmocka_unit_test(refusals),  cmocka_unit_test(crews),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
