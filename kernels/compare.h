/* Parameters and prepared state of `compare` and `threshold`, seen by their rows and their kernels. */
#ifndef WSI_COMPARE_H
#define WSI_COMPARE_H

#include <stdint.h>

#include "common/image.h"
#include "common/param.h"

typedef struct wsi_threshold_params {
    double value;
} wsi_threshold_params;

/* In the order of compare's names. */
typedef enum wsi_comparison {
    WSI_GREATER = 0,
    WSI_GREATER_EQUAL,
    WSI_LESS,
    WSI_LESS_EQUAL,
    WSI_EQUAL,
    WSI_NOT_EQUAL
} wsi_comparison;

typedef struct wsi_compare_params {
    wsi_operand other;
    int op; /* wsi_comparison */
} wsi_compare_params;

/* How kernels compare: any comparison is x > y, x >= y or x == y, or its opposite, perhaps of -x and -y. */
typedef enum wsi_compare_how { WSI_HOW_ABOVE = 0, WSI_HOW_AT_LEAST, WSI_HOW_SAME, WSI_HOW_COUNT } wsi_compare_how;

/* A number is brought to the image's own type: for integers to a whole one, `level`, from one below the type's range to
 * one above it, with which they are only ever ABOVE or SAME and never negated; for float32 rounded to float32, as NumPy
 * does. */
typedef struct wsi_compare_state {
    int how;    /* wsi_compare_how */
    int flip;   /* 1: the opposite */
    int negate; /* 1: of -x and -y */
    int64_t level;
    float level_f32;
    double level_f64;
} wsi_compare_state;

/* Fills state: images of a type with a number, or (number = 0) with another image. */
void wsi_compare_prepare(wsi_compare_state *state, wsi_comparison op, wsi_dtype type, int number, double value);

#endif
