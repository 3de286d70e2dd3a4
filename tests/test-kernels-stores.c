/* Results that are too large for the caches are stored past them: the same bytes as those of small tiles, and nothing
 * beside them, wherever the rows begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "checkop-data.h"
#include "common/mem.h"
#include "kernels/cpu/stores.h"
#include "oprun.h"

enum { STRIP = 97, GUARD_BYTE = 0xa5, MARGIN = 64 };

/* w is odd, so that rows begin at all addresses; w * h pixels of a result are just as many as it takes. */
static const struct large_case {
    const char *spec;
    wsi_pixfmt in;
    int inputs;
    int64_t w, h;
} cases[] = {
    {"abs", {WSI_F32, 1}, 1, 1501, 1400},
    {"add:other=@1", {WSI_F32, 1}, 2, 1501, 1400},
    {"logical_not", {WSI_BOOL, 1}, 1, 2999, 2800},
    {"logical_and:other=@1", {WSI_F32, 1}, 2, 2999, 2800},
    {"invert", {WSI_U8, 3}, 1, 1501, 1870},
    {"exp", {WSI_F32, 3}, 1, 701, 1001},
    {"adjust_gamma:gamma=2", {WSI_F64, 1}, 1, 1049, 1001},
    {"xyz2rgb", {WSI_F32, 3}, 1, 701, 1001},
};

/* An image with MARGIN bytes of guard before its first row and after each. */
static wsi_image guarded(wsi_pixfmt fmt, int64_t w, int64_t h, char **memory)
{
    const size_t stride = (size_t)w * wsi_pixfmt_size(fmt) + MARGIN, bytes = MARGIN + (size_t)h * stride;
    *memory = wsi_calloc(bytes, 1);
    assert_non_null(*memory);
    memset(*memory, GUARD_BYTE, bytes);
    return (wsi_image){*memory + MARGIN, (ptrdiff_t)stride, w, h, fmt};
}

static void assert_same(const wsi_image *a, const wsi_image *b)
{
    const size_t row = (size_t)a->w * wsi_pixfmt_size(a->fmt);
    for (int64_t y = 0; y < a->h; y++) {
        const char *p = wsi_image_row(a, y), *q = wsi_image_row(b, y);
        assert_memory_equal(p, q, row);
        for (int i = 1; i <= MARGIN; i++)
            assert_true((unsigned char)p[-i] == GUARD_BYTE && (unsigned char)p[row + (size_t)i - 1] == GUARD_BYTE);
    }
}

static void check(const struct large_case *c, wsi_isa isa)
{
    oprun run = {0};
    wsi_error err = {0};
    rng r = {7};
    wsi_image src[2];
    const wsi_pixfmt in[2] = {c->in, c->in};
    for (int i = 0; i < c->inputs; i++) {
        src[i] = oprun_image(c->in, c->w, c->h);
        fill_image(&r, &src[i], FILL_NOISE);
    }
    assert_int_equal(oprun_parse(&run, c->spec, &err), WSI_OK);
    assert_int_equal(oprun_prepare(&run, in, c->inputs, &err), WSI_OK);
    char *memory[2];
    const wsi_image whole = guarded(run.out, c->w, c->h, &memory[0]), parts = guarded(run.out, c->w, c->h, &memory[1]);
    assert_true(wsi_stores_stream(&whole));
    oprun_tile(&run, isa, src, (wsi_rect){0, 0, c->w, c->h}, NULL, &whole);
    for (int64_t y = 0; y < c->h; y += STRIP) {
        const wsi_rect strip = {0, y, c->w, c->h - y < STRIP ? c->h - y : STRIP};
        const wsi_image part = wsi_image_crop(&parts, strip);
        assert_false(wsi_stores_stream(&part));
        oprun_tile(&run, isa, src, strip, NULL, &part);
    }
    assert_same(&whole, &parts);
    oprun_clear(&run);
    for (int i = 0; i < 2; i++) wsi_free(memory[i]);
    for (int i = 0; i < c->inputs; i++) wsi_free(src[i].data);
}

static void large_results_are_those_of_tiles(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int isa = WSI_ISA_PLAIN; isa <= (int)wsi_cpu_best(); isa++) check(&cases[i], (wsi_isa)isa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(large_results_are_those_of_tiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
