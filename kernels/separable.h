/* Separable correlation, the building block of the linear filters: sums along y and then along x with given taps.
 *
 * A filter has a few sets of taps along y ("verticals"), all applied to one input, and terms: each is a vertical summed
 * along x with its own taps and added to one of the outputs. So a gradient is two terms to two outputs, a kernel
 * over complex numbers four terms to two, a difference of Gaussians two terms to one; the input is read and converted
 * once for all.
 *
 * Each back end gives the same bits, for additions have one order (px/separable-px.h): taps of a term from the middle
 * outwards (EVEN, ODD) or from the first to the last in groups (ANY), terms in the order of the list.
 *
 * Beyond a slide edge each pass extends its own input by the edge mode, as SciPy does axis by axis: constant has
 * `outside` in place of the input and `beside` in place of a vertical. (A product kernel convolved in two dimensions
 * is the same with beside = outside * sum of the vertical's taps.) */
#ifndef WSI_SEPARABLE_H
#define WSI_SEPARABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/image.h"
#include "edge.h"

enum { WSI_TAPS_REACH = 512, WSI_VERTICALS_MAX = 4, WSI_TERMS_MAX = 6, WSI_SEPARABLE_OUTS_MAX = 4 };

typedef enum wsi_taps_kind {
    WSI_TAPS_ANY = 0,
    WSI_TAPS_EVEN, /* w(-k) = w(k) */
    WSI_TAPS_ODD   /* w(-k) = -w(k) */
} wsi_taps_kind;

/* Taps as they lie in a row's prepared state: plain numbers, so that a copy in device memory is as good. Tap k is
 * w[WSI_TAPS_REACH + k], of the sample at +k; those beyond first..last are zero and never multiplied. EVEN and ODD have
 * first = -last. */
typedef struct wsi_tap_table {
    int first, last; /* first <= 0 <= last */
    int kind;        /* wsi_taps_kind */
    float w[2 * WSI_TAPS_REACH + 1];
} wsi_tap_table;

/* The same for a kernel; w points at tap 0. EVEN and ODD look at taps 0..last alone. */
typedef struct wsi_taps {
    int first, last, kind;
    const float *w;
} wsi_taps;

static inline wsi_taps wsi_taps_of(const wsi_tap_table *t)
{
    const wsi_taps taps = {t->first, t->last, t->kind, t->w + WSI_TAPS_REACH};
    return taps;
}

/* n taps w[0..n-1] of which w[middle] is tap 0, each times scale, rounded to float32. Drops zeros at the ends and finds
 * the kind. Taps must lie within WSI_TAPS_REACH. */
void wsi_taps_set(wsi_tap_table *t, const double *w, int n, int middle, double scale);
/* The Gaussian's samples over -radius..radius divided by their sum (order 0), or its derivative of order 1 or 2 as
 * SciPy's gaussian_filter has it (positive where values rise), times scale. sigma 0 or radius 0: tap 0 alone.
 * radius <= WSI_TAPS_REACH. */
void wsi_taps_gaussian(wsi_tap_table *t, double sigma, int radius, int order, double scale);
/* Their sum in float64. */
double wsi_taps_sum(const wsi_tap_table *t);

typedef struct wsi_separable_term {
    int vertical, out;
    wsi_taps x;
} wsi_separable_term;

/* One filter. Every out is named by at least one term. */
typedef struct wsi_separable {
    int mode; /* wsi_edge */
    int verticals, terms, outs;
    int ry, rx; /* the reaches scratch was planned for: at least those of all taps */
    wsi_taps y[WSI_VERTICALS_MAX];
    wsi_separable_term term[WSI_TERMS_MAX];
    float outside;                   /* CONSTANT: the input beyond the image, */
    float beside[WSI_VERTICALS_MAX]; /* and verticals left and right of it */
} wsi_separable;

/* How the CPU divides the work: in strips of columns, GROUP output rows at a time, so that the window of source rows of
 * a strip, converted to float32, stays in the L2 cache. Lengths and offsets in floats; rows are padded to whole
 * vectors. */
typedef struct wsi_separable_layout {
    int64_t strip;                       /* pixels */
    int64_t stride;                      /* of a row of the window and of verticals */
    int64_t out_stride;                  /* of a row of results */
    int64_t window, sums, out, pointers; /* offsets into scratch */
    size_t bytes;
} wsi_separable_layout;

enum { WSI_SEPARABLE_GROUP = 8, WSI_VECTOR_FLOATS = 16 /* of the widest vector */ };

/* Floats rounded up to whole vectors. */
int64_t wsi_whole_vectors(int64_t floats);
/* Pixels across a strip of w columns whose window of `rows` rows fits the cache; rx: columns it has more on each
 * side. */
int64_t wsi_strip_width(int64_t rows, int rx, int channels, int64_t w);
/* The widest that wsi_strip_width gives for up to w columns: scratch is planned for it. */
int64_t wsi_strip_widest(int64_t rows, int rx, int channels, int64_t w);

/* ry, rx: as in wsi_separable; w: columns of the result. */
wsi_separable_layout wsi_separable_plan(int ry, int rx, int verticals, int outs, int channels, int64_t w);

#endif
