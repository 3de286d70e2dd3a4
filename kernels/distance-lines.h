/* The distance transform's work on whole rows, compiled for each instruction set. Distances along columns count rows;
 * from WSI_DISTANCE_NONE on there is no background that way. */
#ifndef WSI_DISTANCE_LINES_H
#define WSI_DISTANCE_LINES_H

#include <stdint.h>

#include "common/cpu.h"

/* Rows added to it do not pass 2^31. */
enum { WSI_DISTANCE_NONE = 1 << 30 };

typedef struct wsi_distance_lines {
    /* Distances of the next row in a direction, in place of those of the row before; bit x % 8 of byte x / 8 is 1 where
     * pixel x is not background. foreground: room for w bytes rounded up to 8. */
    void (*step)(const uint8_t *bits, int64_t w, uint8_t *foreground, int32_t *rows);
    /* The same, and the squares of the lesser of those distances and `below`, times `spacing`; HUGE_VAL: none. */
    void (*step_squares)(const uint8_t *bits, int64_t w, uint8_t *foreground, int32_t *rows, const int32_t *below,
                         double spacing, double *squares);
    /* Row y of a tile of `rows`: bits; first and last background of columns, as rows from the tile's upper and lower
     * end. foreground: a byte a pixel. Returns how many pixels are not background. */
    int64_t (*note)(const uint8_t *foreground, int64_t w, int32_t y, int32_t rows, int32_t *first, int32_t *last,
                    uint8_t *bits);
    /* The largest of n numbers that are not negative. */
    double (*most)(const double *v, int64_t n);
} wsi_distance_lines;

const wsi_distance_lines *wsi_distance_lines_for(wsi_isa isa);

#endif
