/* Parameters and prepared state of arithmetic on an image and another or a number, seen by its rows and its kernels. */
#ifndef WSI_ARITHMETIC_H
#define WSI_ARITHMETIC_H

#include "common/image.h"
#include "common/param.h"

typedef struct wsi_arithmetic_params {
    wsi_operand other;
} wsi_arithmetic_params;

typedef struct wsi_clip_params {
    double min, max;
} wsi_clip_params;

/* What `minimum` and `maximum` with a number, and `clip`, keep values within: samples of the result's type. */
typedef struct wsi_bound_state {
    unsigned char low[sizeof(double)], high[sizeof(double)];
} wsi_bound_state;

/* 1 for types whose values float32 does not hold all of: these are computed with in float64. */
static inline int wsi_dtype_wide(wsi_dtype type)
{
    return type == WSI_U32 || type == WSI_I32 || type == WSI_F64;
}

#endif
