/* Random pixels and parameters for checkop. */
#ifndef CHECKOP_DATA_H
#define CHECKOP_DATA_H

#include "checkop.h"
#include "rng.h"

typedef enum fill {
    FILL_NOISE = 0, /* the type's range; floats -1..1 */
    FILL_LEVELS,    /* few values: ties */
    FILL_LOWEST,
    FILL_HIGHEST,
    FILL_ZERO,
    FILL_SPECIAL, /* floats: noise with NaN, infinities, -0 and denormals; integers: as NOISE */
    FILL_COUNT
} fill;

void fill_image(rng *r, const wsi_image *im, fill how);
/* One sample as float64, and a plane of a whole image. */
double read_sample(const wsi_image *im, int64_t x, int64_t y, int c);
plane plane_of(const wsi_image *im);

/* 1 for the same bits, but any two NaNs count as the same: whose sign comes out of an operation on two NaNs, or on
 * infinities, is the compiler's choice of operand order. */
int same_images(const wsi_image *a, const wsi_image *b);

/* Text "name:key=value,..." with a random legal value for every parameter, suited to a first input of fmt. The
 * images of operands are @1, @2, ...; *images gets the number of inputs. */
void random_spec(rng *r, const wsi_op *op, wsi_pixfmt fmt, char *text, size_t size, int *images);

#endif
