/* Where things are on the synthetic slide: regions, blocks, cells and nuclei (reader-synthetic.h draws the plan).
 *
 * Everything follows from integer hashes of positions, so that any part is known without the rest, and the number of
 * nuclei is a closed sum: whole blocks outside background regions, 12 each. */
#include "reader-synthetic.h"
#include "synthetic-private.h"

uint32_t wsi_synthetic_hash(uint32_t seed, int64_t a, int64_t b)
{
    uint64_t h = (uint64_t)a * 0x9E3779B97F4A7C15u ^ (uint64_t)b * 0xC2B2AE3D27D4EB4Fu ^ seed;
    h ^= h >> 31;
    h *= 0xD6E8FEB86659FD93u;
    h ^= h >> 32;
    return (uint32_t)h;
}

int wsi_synthetic_is_background(uint32_t seed, int64_t rx, int64_t ry)
{
    return (rx + 3 * ry + seed % 7) % 7 == 4;
}

void wsi_synthetic_blocks(const wsi_synthetic_spec *spec, int64_t *bx, int64_t *by)
{
    *bx = spec->w < BLOCK_PX + ORIGIN ? 0 : (spec->w - ORIGIN) / BLOCK_PX;
    *by = spec->h < BLOCK_PX + ORIGIN ? 0 : (spec->h - ORIGIN) / BLOCK_PX;
}

/* Number of blocks among the first n along an axis whose region index is r modulo 7. */
static uint64_t blocks_of_class(int64_t n, int r)
{
    const int64_t cycle = 7 * REGION_BLOCKS, rest = n % cycle - r * REGION_BLOCKS;
    const int64_t tail = rest < 0 ? 0 : rest > REGION_BLOCKS ? REGION_BLOCKS : rest;
    return (uint64_t)(n / cycle * REGION_BLOCKS + tail);
}

uint64_t wsi_synthetic_count(const wsi_synthetic_spec *spec)
{
    int64_t bx, by;
    uint64_t blocks = 0;
    wsi_synthetic_blocks(spec, &bx, &by);
    for (int i = 0; i < 7; i++) {
        for (int j = 0; j < 7; j++) {
            if (wsi_synthetic_is_background(spec->seed, i, j)) continue;
            blocks += blocks_of_class(bx, i) * blocks_of_class(by, j);
        }
    }
    return blocks * WSI_SYNTHETIC_BLOCK_NUCLEI;
}

/* Offset of a nucleus's centre from its cell's, along one axis: a cell that a seam cuts (its middle lies on a multiple
 * of 256) keeps it within 3 px of the seam, so that even the smallest nucleus lies across. */
static int jitter(uint32_t bits, int radius, int seam)
{
    const int room = seam ? 3 : CELL_PX / 2 - CELL_MARGIN - radius;
    return (int)(bits % (uint32_t)(2 * room + 1)) - room;
}

static wsi_nucleus place(uint32_t seed, int64_t cx, int64_t cy, int column, int row)
{
    const uint32_t h = wsi_synthetic_hash(seed ^ 0x51ED270Bu, cx, cy);
    const uint32_t g = wsi_synthetic_hash(seed ^ 0x2545F491u, cx, cy);
    const int rx = NUCLEUS_MIN + (int)(h % (NUCLEUS_MAX - NUCLEUS_MIN + 1));
    const int ry = NUCLEUS_MIN + (int)(h / 256 % (NUCLEUS_MAX - NUCLEUS_MIN + 1));
    return (wsi_nucleus){cx + CELL_PX / 2 + jitter(g & 0xFFFF, rx, column == BLOCK_CELLS - 1),
                         cy + CELL_PX / 2 + jitter(g >> 16, ry, row == BLOCK_CELLS - 1), rx, ry};
}

int wsi_synthetic_block(const wsi_synthetic_spec *spec, int64_t bx, int64_t by,
                        wsi_nucleus out[WSI_SYNTHETIC_BLOCK_NUCLEI])
{
    if (wsi_synthetic_is_background(spec->seed, bx / REGION_BLOCKS, by / REGION_BLOCKS)) return 0;
    const uint32_t h = wsi_synthetic_hash(spec->seed ^ 0xA511E9B3u, bx, by);
    /* k -> k * odd + shift permutes 0..15: exactly 12 of the 16 cells have a rank below 12. The corner cell, which
     * lies across both seams, takes rank 0. */
    const uint32_t odd = h % 16 | 1, shift = (16 - 15 * odd % 16) % 16;
    int n = 0;
    for (uint32_t k = 0; k < 16; k++) {
        if ((k * odd + shift) % 16 >= WSI_SYNTHETIC_BLOCK_NUCLEI) continue;
        const int column = (int)(k % 4), row = (int)(k / 4);
        out[n++] = place(spec->seed, ORIGIN + bx * BLOCK_PX + column * CELL_PX, ORIGIN + by * BLOCK_PX + row * CELL_PX,
                         column, row);
    }
    return n;
}

int64_t wsi_synthetic_isqrt(int64_t v)
{
    int64_t r = 0;
    for (int64_t bit = (int64_t)1 << 30; bit > 0; bit >>= 1) {
        if ((r + bit) * (r + bit) <= v) r += bit;
    }
    return r;
}

int wsi_nucleus_half_width(const wsi_nucleus *nucleus, int64_t dy)
{
    const int64_t a = 2 * nucleus->rx + 1, b = 2 * nucleus->ry + 1, d = 2 * (dy < 0 ? -dy : dy);
    if (d > b) return -1;
    return (int)(wsi_synthetic_isqrt(a * a * (b * b - d * d) / (b * b)) / 2);
}
