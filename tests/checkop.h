/* What checkop and its references share. A reference is the naive float64 form of an operation over a whole image,
 * written from its definition and from nothing in kernels/. */
#ifndef CHECKOP_H
#define CHECKOP_H

#include <stdint.h>

#include "oprun.h"

/* An image as float64 values, interleaved; NaN-free where a reference is computed. */
typedef struct plane {
    int64_t w, h;
    int channels;
    wsi_dtype type; /* the values came from or go to */
    double *v;
} plane;

static inline double *plane_at(const plane *p, int64_t x, int64_t y, int c)
{
    return &p->v[(y * p->w + x) * p->channels + c];
}

/* Parameters of the step under test, by name. */
double checkop_number(const oprun *run, const char *name);          /* INT, FLOAT, BOOL; OPERAND's number */
double checkop_list(const oprun *run, const char *name, int index); /* FLOATS */
int checkop_list_size(const oprun *run, const char *name);
const char *checkop_word(const oprun *run, const char *name); /* ENUM */
int checkop_image(const oprun *run, const char *name);        /* IMAGE, OPERAND: index, or -1 */

/* A sample of a reference that no float32 result can be held to: the operation jumps there. */
#define CHECKOP_ANY (-1e300)

/* Fills out->v (allocated, size and type set) from the inputs. */
typedef void (*checkop_reference)(const oprun *run, const plane *in, plane *out);
typedef struct checkop_row {
    const char *op;
    checkop_reference reference;
    const char *const *large; /* specs that are checked as well on tiny images (reaches far beyond them) and at sizes
                                 where the kernel changes its method; ended by NULL. NULL: none */
} checkop_row;

/* NULL for an operation that has none. */
const checkop_row *checkop_find_row(const char *op);

/* Ended by a row without a name. */
extern const checkop_row checkop_arithmetic_rows[], checkop_blob_rows[], checkop_canny_rows[], checkop_clahe_rows[],
    checkop_colour_rows[], checkop_exposure_rows[], checkop_feature_rows[], checkop_filter_rows[],
    checkop_linear_rows[], checkop_local_rows[], checkop_morphology_rows[], checkop_paint_rows[], checkop_point_rows[],
    checkop_rank_rows[], checkop_ridge_rows[], checkop_segmentation_rows[];

/* Value at a position that may lie outside, by SciPy's mode name; cval for "constant". */
double checkop_extended(const plane *p, int64_t x, int64_t y, int c, const char *mode, double cval);
/* One axis of a Gaussian blur: weights exp(-x^2 / 2 sigma^2) over -r..r, divided by their sum. */
void checkop_blur_axis(const plane *in, plane *out, double sigma, double truncate, int vertical, const char *mode,
                       double cval);
/* Determinant of second derivatives at (y, x) from boxes of an image of floats, as scikit-image cuts them out of an
 * integral image; size: int(3 sigma). */
double checkop_box_determinant(const plane *p, int64_t y, int64_t x, int64_t size);
/* img_as_float of one value. */
double checkop_as_float(wsi_dtype type, double v);
typedef struct offset {
    int64_t dx, dy;
} offset;

/* The offsets of the footprint the parameters describe, in a list freed with wsi_free; *n gets their number.
 * before: side of an even size's extra pixel; turned: the footprint turned by 180 degrees. */
offset *checkop_offsets(const oprun *run, int before, int turned, int *n);

extern const checkop_row checkop_stain_rows[];
extern const checkop_row checkop_threshold_rows[]; /* of a whole image */
extern const checkop_row checkop_transform_rows[]; /* operations whose results have another size */

#endif
