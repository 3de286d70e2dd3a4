/* Parameters and prepared neighbours of local_binary_pattern, seen by its row and its kernels. */
#ifndef WSI_LBP_H
#define WSI_LBP_H

#include <stddef.h>
#include <stdint.h>

enum { WSI_LBP_POINTS_MAX = 24, WSI_LBP_RADIUS_MAX = 100 };

typedef enum wsi_lbp_method {
    WSI_LBP_DEFAULT = 0,
    WSI_LBP_ROR,
    WSI_LBP_UNIFORM,
    WSI_LBP_NRI_UNIFORM,
    WSI_LBP_VAR
} wsi_lbp_method;

typedef struct wsi_lbp_params {
    int64_t points;
    double radius;
    int method; /* wsi_lbp_method */
} wsi_lbp_params;

/* A neighbour: its place, and the samples above-left and below-right of it, all relative to the middle. */
typedef struct wsi_lbp_point {
    int top, left, bottom, right;
    double y, x;
} wsi_lbp_point;

typedef struct wsi_lbp_state {
    int points, method;
    int reach_y, reach_x; /* largest distance of a sample */
    wsi_lbp_point point[WSI_LBP_POINTS_MAX];
} wsi_lbp_state;

/* float64 values of a row of the window: a pixel more on each side than reach_x, in whole vectors. */
static inline size_t wsi_lbp_stride(int64_t w, int reach_x)
{
    return ((size_t)w + 2 * (size_t)reach_x + 15) / 8 * 8;
}

#endif
