/* Parameters, prepared state and scratch of `rolling_ball`, seen by its row and its kernels. */
#ifndef WSI_ROLLING_BALL_H
#define WSI_ROLLING_BALL_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"

enum { WSI_ROLLING_BALL_RADIUS_MAX = 200, WSI_ROLLING_BALL_SIDE = WSI_ROLLING_BALL_RADIUS_MAX + 1 };

typedef struct wsi_rolling_ball_params {
    int64_t radius;
} wsi_rolling_ball_params;

/* How far the ball's surface lies below its apex, a quarter of it: row dy, column dx, both from 0 up; infinite beyond
 * the ball. Rounded down for unsigned 8- and 16-bit images: a whole number plus that, rounded down, is the reference's
 * sum rounded down. */
typedef struct wsi_rolling_ball_state {
    int radius;
    int16_t width[WSI_ROLLING_BALL_SIDE]; /* largest dx of row dy */
    double drop[WSI_ROLLING_BALL_SIDE][WSI_ROLLING_BALL_SIDE];
    float drop_f32[WSI_ROLLING_BALL_SIDE][WSI_ROLLING_BALL_SIDE];
    uint8_t drop_whole[WSI_ROLLING_BALL_SIDE][WSI_ROLLING_BALL_SIDE];
} wsi_rolling_ball_state;

/* Samples whose results are found together, and offsets that are skipped together where the source is too high. */
enum { WSI_ROLLING_BALL_BLOCK = 128, WSI_ROLLING_BALL_STEP = 16 };

/* 1 for types that are computed in float64; uint8 and uint16 are in themselves, floats in float32. */
static inline int wsi_rolling_ball_wide(wsi_dtype type)
{
    return type != WSI_U8 && type != WSI_U16 && type != WSI_F32 && type != WSI_F64;
}

/* Samples of a row of the window, which has the ball's reach and a whole block beyond it; blocks of one. */
static inline size_t wsi_rolling_ball_stride(int64_t w, int64_t radius, int channels)
{
    const size_t block = WSI_ROLLING_BALL_BLOCK;
    return ((size_t)(w + 2 * radius) * (size_t)channels + 2 * block - 1) / block * block;
}

/* A ring of rows of up to float64, and the least value of each block of them. */
static inline size_t wsi_rolling_ball_scratch(int64_t w, int64_t radius, int channels)
{
    const size_t stride = wsi_rolling_ball_stride(w, radius, channels);
    return (2 * (size_t)radius + 1) * (stride + stride / WSI_ROLLING_BALL_BLOCK) * sizeof(double);
}

/* Rows of results that a GPU's thread has. */
enum { WSI_ROLLING_BALL_ROWS = 8 };

/* A GPU's plane: the source in float32 or float64 with the ball's reach around it, and more rows below for threads
 * whose last rows lie beyond the result. */
static inline size_t wsi_rolling_ball_plane(int64_t w, int64_t h, int64_t radius, wsi_pixfmt fmt)
{
    const size_t rows = (size_t)(h + 2 * radius + 3 * WSI_ROLLING_BALL_ROWS);
    return rows * (size_t)(w + 2 * radius) * (size_t)fmt.channels *
           (wsi_rolling_ball_wide(fmt.type) ? sizeof(double) : sizeof(float));
}

#endif
