/* The synthetic slide: what is on it, for tests and benchmarks.
 *
 * "synthetic:WxH[,seed=N][,tile=256][,levels=1][,mpp=0.25]" is an analytic H&E-like picture: pale pink tissue with
 * texture, white background regions, dark purple nuclei. Every pixel follows from its position and the seed alone, in
 * integer arithmetic; tile and levels do not change it. Level n holds the level-0 pixels whose coordinates are
 * multiples of 2^n.
 *
 * Nuclei are axis-aligned ellipses. The plane is cut into cells of 64 px, one of which begins at (32,32); a nucleus
 * lies wholly inside its cell, at least 5 px from its border, so no two touch. Cells come in blocks of 4 x 4 (256 px),
 * block (0,0) from (32,32) on; 12 of a block's 16 cells hold a nucleus. Only blocks that lie wholly on the slide count.
 * Blocks come in regions of 4 x 4 (1024 px); some regions are background and hold none. In the cells that the lines
 * x = 256k or y = 256k cut, the nucleus sits across that line (in the corner cell, across both). */
#ifndef WSI_READER_SYNTHETIC_H
#define WSI_READER_SYNTHETIC_H

#include <stdint.h>

#include "common/error-private.h"

typedef struct wsi_synthetic_spec {
    int64_t w, h; /* pixels, 1 to 2^31 - 1 */
    uint32_t seed;
    int64_t tile; /* pixels, 16 to 8192 */
    int levels;   /* 1 to 24 */
    double mpp;
} wsi_synthetic_spec;

enum { WSI_SYNTHETIC_BLOCK_NUCLEI = 12 };

/* Covers the pixels with ((x - cx) / (rx + 1/2))^2 + ((y - cy) / (ry + 1/2))^2 <= 1, rounded inwards. */
typedef struct wsi_nucleus {
    int64_t cx, cy; /* level-0 pixels */
    int rx, ry;     /* pixels */
} wsi_nucleus;

/* Parses "synthetic:...". Errors: USAGE. */
wsi_status wsi_synthetic_parse(const char *path, wsi_synthetic_spec *out, wsi_error *err);
/* Exact number of nuclei on the slide; also the property "synthetic.nuclei". Pure arithmetic. */
uint64_t wsi_synthetic_count(const wsi_synthetic_spec *spec);
/* Blocks along each axis that lie wholly on the slide. */
void wsi_synthetic_blocks(const wsi_synthetic_spec *spec, int64_t *bx, int64_t *by);
/* Nuclei of block (bx, by): 12, or 0 in a background region. */
int wsi_synthetic_block(const wsi_synthetic_spec *spec, int64_t bx, int64_t by,
                        wsi_nucleus out[WSI_SYNTHETIC_BLOCK_NUCLEI]);
/* Half-width of a nucleus on the row dy rows from its centre: pixels cx-n .. cx+n are covered; -1: none. */
int wsi_nucleus_half_width(const wsi_nucleus *nucleus, int64_t dy);

#endif
