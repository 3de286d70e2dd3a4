/* Geometry, checked exhaustively on small sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tiler/tiler.h"

static wsi_tiler_node filter(int input, int64_t halo_x, int64_t halo_y)
{
    return (wsi_tiler_node){.inputs = 1, .input = {input}, .halo_x = halo_x, .halo_y = halo_y};
}

/* A step with a scale, on what has scale `before`. */
static wsi_tiler_node resampling(int input, int64_t halo, wsi_scale step, wsi_scale before)
{
    wsi_tiler_node node = filter(input, halo, halo);
    node.scaled = 1;
    node.step = step;
    node.total = wsi_scale_product(before, step);
    return node;
}

/* Every tile of every small level: pixel by pixel, what a chain of two boxes reads is what the crop holds. */
static void crops_are_clamped_unions(void **state)
{
    (void)state;
    /* node 0: halo 2x1 of the source; node 1: halo 1x3 of node 0; node 2 reads node 1 and node 0 point-wise. */
    const wsi_tiler_node nodes[3] = {
        filter(WSI_TILER_SOURCE, 2, 1), filter(0, 1, 3), {.inputs = 2, .input = {1, 0}, .halo_x = 0}};
    const unsigned char written[3] = {0, 0, 1};
    for (int64_t w = 1; w < 12; w++)
        for (int64_t h = 1; h < 12; h++)
            for (int64_t tile = 1; tile < 6; tile++)
                for (int64_t ty = 0; ty * tile < h; ty++)
                    for (int64_t tx = 0; tx * tile < w; tx++) {
                        const wsi_rect level = {0, 0, w, h}, core = wsi_grid_rect(w, h, tile, tile, tx, ty);
                        wsi_rect r[3], source;
                        wsi_tiler_backward(nodes, 3, written, core, level, r, &source);
                        const wsi_rect mid = wsi_rect_intersect(wsi_rect_grow(core, 1, 3), level);
                        const wsi_rect src = wsi_rect_intersect(wsi_rect_grow(mid, 2, 1), level);
                        assert_memory_equal(&r[2], &core, sizeof core);
                        assert_memory_equal(&r[1], &core, sizeof core);
                        assert_memory_equal(&r[0], &mid, sizeof mid);
                        assert_memory_equal(&source, &src, sizeof src);
                    }
}

static void unneeded_nodes_are_empty(void **state)
{
    (void)state;
    const wsi_tiler_node nodes[2] = {filter(WSI_TILER_SOURCE, 1, 1), filter(WSI_TILER_SOURCE, 5, 5)};
    const unsigned char written[2] = {1, 0};
    wsi_rect r[2], source;
    wsi_tiler_backward(nodes, 2, written, (wsi_rect){0, 0, 4, 4}, (wsi_rect){0, 0, 9, 9}, r, &source);
    assert_true(wsi_rect_empty(r[1]));
    assert_int_equal(source.w, 5);
}

static void total_halo_adds_up(void **state)
{
    (void)state;
    const wsi_tiler_node nodes[3] = {filter(WSI_TILER_SOURCE, 2, 1), filter(0, 1, 3), filter(WSI_TILER_SOURCE, 2, 9)};
    const unsigned char both[3] = {0, 1, 1}, one[3] = {0, 1, 0};
    int64_t x, y;
    wsi_tiler_total_halo(nodes, 3, both, &x, &y);
    assert_int_equal(x, 3);
    assert_int_equal(y, 9);
    wsi_tiler_total_halo(nodes, 3, one, &x, &y);
    assert_int_equal(y, 4);
}

/* Source columns that an output pixel of a chain of steps is made of, one step after the other. */
static void read_back(const wsi_tiler_node *nodes, const int64_t *size, int count, int64_t x, int64_t *from,
                      int64_t *to)
{
    *from = *to = x;
    for (int i = count - 1; i >= 0; i--) {
        const int64_t up = nodes[i].scaled ? nodes[i].step.up_x : 1, down = nodes[i].scaled ? nodes[i].step.down_x : 1;
        *from = wsi_max64(0, *from * down / up - nodes[i].halo_x);
        *to = wsi_min64(size[i] - 1, ((*to + 1) * down + up - 1) / up - 1 + nodes[i].halo_x);
    }
}

static void chain_of(wsi_tiler_node nodes[4], int64_t down, int64_t up, int64_t halo)
{
    const wsi_scale less = wsi_scale_down(down, down), more = {up, up, 1, 1},
                    half = wsi_scale_product(WSI_SCALE_ONE, less);
    nodes[0] = filter(WSI_TILER_SOURCE, 1, 1);
    nodes[1] = resampling(0, halo, less, WSI_SCALE_ONE);
    nodes[2] = resampling(1, 1, WSI_SCALE_ONE, half);
    nodes[3] = resampling(2, halo, more, half);
}

/* Shares of cores partition the result, and what the tiler says is read is just what its pixels are made of. */
static void scaled_crops_are_what_is_read(void **state)
{
    (void)state;
    const unsigned char written[4] = {0, 0, 0, 1};
    for (int64_t down = 1; down < 6; down++)
        for (int64_t up = 1; up < 4; up++)
            for (int64_t w = 1; w < 23; w++)
                for (int64_t tile = 1; tile < 9; tile++) {
                    wsi_tiler_node nodes[4];
                    const wsi_rect level = {0, 0, w, 1};
                    wsi_rect frames[4], r[4], source;
                    chain_of(nodes, down, up, w % 3);
                    wsi_tiler_frames(nodes, 4, level, frames);
                    assert_int_equal(frames[3].w, (w + down - 1) / down * up);
                    const int64_t size[4] = {w, w, frames[1].w, frames[1].w};
                    int64_t next = 0;
                    for (int64_t x = 0; x < w; x += tile) {
                        const wsi_rect core = {x, 0, wsi_min64(tile, w - x), 1};
                        wsi_tiler_backward(nodes, 4, written, core, level, r, &source);
                        if (wsi_rect_empty(r[3])) continue;
                        int64_t from, to, unused;
                        assert_int_equal(r[3].x, next);
                        next += r[3].w;
                        read_back(nodes, size, 4, r[3].x, &from, &unused);
                        read_back(nodes, size, 4, next - 1, &unused, &to);
                        assert_int_equal(source.x, from);
                        assert_int_equal(source.x + source.w - 1, to);
                    }
                    assert_int_equal(next, frames[3].w);
                }
}

/* No core needs more than the extent, nor reads further than the halo says. */
static void extents_hold_every_core(void **state)
{
    (void)state;
    const unsigned char written[4] = {0, 1, 0, 1};
    const wsi_rect level = {0, 0, 203, 1};
    for (int64_t down = 1; down < 6; down++)
        for (int64_t up = 1; up < 4; up++)
            for (int64_t align = 1; align < 9; align += 7)
                for (int64_t tile = 1; tile < 40; tile += 3) {
                    wsi_tiler_node nodes[4];
                    wsi_rect most[4], all, r[4], source;
                    int64_t period, unused, halo;
                    chain_of(nodes, down, up, 2);
                    wsi_tiler_period(nodes, 4, &period, &unused);
                    wsi_tiler_total_halo(nodes, 4, written, &halo, &unused);
                    const int64_t cover = tile % period ? wsi_round_up(tile + period - 1, period) : tile;
                    const int64_t reach = halo + (tile % period ? period - 1 : 0);
                    wsi_tiler_extent(nodes, 4, written, cover, 1, align, most, &all);
                    for (int64_t x = 0; x < level.w; x += tile) {
                        const wsi_rect core = {x, 0, wsi_min64(tile, level.w - x), 1};
                        wsi_tiler_backward_aligned(nodes, 4, written, core, level, align, r, &source);
                        for (int i = 0; i < 4; i++) assert_true(r[i].w <= most[i].w);
                        assert_true(source.w <= all.w);
                        if (align > 1 || wsi_rect_empty(source)) continue;
                        assert_true(source.x >= x - reach && source.x + source.w <= x + tile + reach);
                    }
                }
}

/* Every tile of every level has its own rank, and a row comes after all it is made from. */
static void order_is_complete_and_causal(void **state)
{
    (void)state;
    for (int64_t w = 1; w < 80; w += 7)
        for (int64_t h = 1; h < 140; h += 3) {
            wsi_pyramid p;
            int64_t *rank[64] = {0};
            wsi_pyramid_init(&p, w, h, 4, 4);
            for (int k = 0; k < p.levels; k++) rank[k] = calloc((size_t)p.tiles_y[k], sizeof **rank);
            wsi_pyramid_order(&(wsi_ordered){&p, WSI_SCALE_ONE, rank}, 1, h, 4);
            const int64_t total = wsi_pyramid_tiles(&p);
            char *seen = calloc((size_t)total, 1);
            for (int k = 0; k < p.levels; k++)
                for (int64_t row = 0; row < p.tiles_y[k]; row++) {
                    for (int64_t x = 0; x < p.tiles_x[k]; x++) {
                        assert_true(rank[k][row] + x < total);
                        assert_int_equal(seen[rank[k][row] + x]++, 0);
                    }
                    if (k == 0) continue;
                    const int64_t below = 2 * row + 1 < p.tiles_y[k - 1] ? 2 * row + 1 : p.tiles_y[k - 1] - 1;
                    assert_true(rank[k][row] > rank[k - 1][below]);
                }
            assert_true(p.w[p.levels - 1] <= 4 && p.h[p.levels - 1] <= 4);
            for (int k = 0; k < p.levels; k++) free(rank[k]);
            free(seen);
        }
}

static void levels_end_where_they_are_small(void **state)
{
    (void)state;
    wsi_pyramid p;
    wsi_pyramid_init(&p, 3000, 1025, 256, 256);
    assert_int_equal(p.levels, 5);
    wsi_pyramid_init(&p, 3000, 1025, 256, 1024);
    assert_int_equal(p.levels, 3);
    assert_int_equal(p.w[2], 750);
    assert_int_equal(p.tiles_x[2], 3);
    wsi_pyramid_init(&p, 1024, 1024, 256, 1024);
    assert_int_equal(p.levels, 1);
    wsi_pyramid_init(&p, (int64_t)1 << 40, 1, 256, INT64_MAX);
    assert_int_equal(p.levels, 1);
}

/* Pyramids of several scales in one order: each tile once, and rows as the level's rows complete them. */
static void orders_are_merged(void **state)
{
    (void)state;
    static const wsi_scale scales[3] = {{1, 1, 1, 1}, {1, 1, 3, 3}, {2, 2, 1, 1}};
    for (int64_t h = 1; h < 90; h++) {
        wsi_pyramid p[3];
        wsi_ordered ordered[3];
        int64_t rows[3][64][64], *rank[3][64], total = 0;
        for (int i = 0; i < 3; i++) {
            const wsi_rect frame = wsi_scale_frame(scales[i], (wsi_rect){0, 0, 30, h});
            wsi_pyramid_init(&p[i], frame.w, frame.h, 8, 8);
            for (int k = 0; k < p[i].levels; k++) rank[i][k] = rows[i][k];
            ordered[i] = (wsi_ordered){&p[i], scales[i], rank[i]};
            total += wsi_pyramid_tiles(&p[i]);
        }
        wsi_pyramid_order(ordered, 3, h, 8);
        char seen[4096] = {0};
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < p[i].levels; k++)
                for (int64_t row = 0; row < p[i].tiles_y[k]; row++)
                    for (int64_t x = 0; x < p[i].tiles_x[k]; x++) {
                        assert_in_range(rows[i][k][row] + x, 0, total - 1);
                        assert_int_equal(seen[rows[i][k][row] + x]++, 0);
                    }
        /* Tile row 1 of the third begins at source row 4 and is complete with row 8: before the first's second. */
        if (h > 24) assert_true(rows[0][0][0] < rows[2][0][1] && rows[2][0][1] < rows[0][0][1]);
        /* The last source row of the reduced one's first tile row is 21, in the third tile row of the first. */
        if (h > 24) assert_true(rows[1][0][0] > rows[0][0][2] && rows[1][0][0] < rows[0][0][3]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(crops_are_clamped_unions),
                                       cmocka_unit_test(unneeded_nodes_are_empty),
                                       cmocka_unit_test(total_halo_adds_up),
                                       cmocka_unit_test(scaled_crops_are_what_is_read),
                                       cmocka_unit_test(extents_hold_every_core),
                                       cmocka_unit_test(order_is_complete_and_causal),
                                       cmocka_unit_test(levels_end_where_they_are_small),
                                       cmocka_unit_test(orders_are_merged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
