/* Geometry, checked exhaustively on small sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tiler/tiler.h"

/* Every tile of every small level: pixel by pixel, what a chain of two boxes reads is what the crop holds. */
static void crops_are_clamped_unions(void **state)
{
    (void)state;
    /* node 0: halo 2x1 of the source; node 1: halo 1x3 of node 0; node 2 reads node 1 and node 0 point-wise. */
    const wsi_tiler_node nodes[3] = {{1, {WSI_TILER_SOURCE}, 2, 1}, {1, {0}, 1, 3}, {2, {1, 0}, 0, 0}};
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
    const wsi_tiler_node nodes[2] = {{1, {WSI_TILER_SOURCE}, 1, 1}, {1, {WSI_TILER_SOURCE}, 5, 5}};
    const unsigned char written[2] = {1, 0};
    wsi_rect r[2], source;
    wsi_tiler_backward(nodes, 2, written, (wsi_rect){0, 0, 4, 4}, (wsi_rect){0, 0, 9, 9}, r, &source);
    assert_true(wsi_rect_empty(r[1]));
    assert_int_equal(source.w, 5);
}

static void total_halo_adds_up(void **state)
{
    (void)state;
    const wsi_tiler_node nodes[3] = {{1, {WSI_TILER_SOURCE}, 2, 1}, {1, {0}, 1, 3}, {1, {WSI_TILER_SOURCE}, 2, 9}};
    const unsigned char both[3] = {0, 1, 1}, one[3] = {0, 1, 0};
    int64_t x, y;
    wsi_tiler_total_halo(nodes, 3, both, &x, &y);
    assert_int_equal(x, 3);
    assert_int_equal(y, 9);
    wsi_tiler_total_halo(nodes, 3, one, &x, &y);
    assert_int_equal(y, 4);
}

/* Every tile of every level has its own rank, and a row comes after all it is made from. */
static void order_is_complete_and_causal(void **state)
{
    (void)state;
    for (int64_t w = 1; w < 80; w += 7)
        for (int64_t h = 1; h < 140; h += 3) {
            wsi_pyramid p;
            int64_t *rank[64] = {0};
            wsi_pyramid_init(&p, w, h, 4, 64);
            for (int k = 0; k < p.levels; k++) rank[k] = calloc((size_t)p.tiles_y[k], sizeof **rank);
            wsi_pyramid_order(&p, rank);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(crops_are_clamped_unions),
                                       cmocka_unit_test(unneeded_nodes_are_empty), cmocka_unit_test(total_halo_adds_up),
                                       cmocka_unit_test(order_is_complete_and_causal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
