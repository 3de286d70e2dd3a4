/* Reductions: what a global operation learns about the whole of its input before a pixel of its result can be
 * computed. The operation then works tile by tile like any other, on a state made from what was learnt, the fit.
 *
 * The caller runs `rounds` rounds. In each, every pixel of the input is given to accumulate exactly once, in rectangles
 * of any size and order, on several threads with an accumulator each; the accumulators are merged, and finalise turns
 * them into values of the fit. A fit must not depend on how the input was cut or in which order it came: accumulators
 * hold counts, extremes, integer sums, and exact sums of floats (common/exact-sum.h), never rounded sums.
 *
 * A fit is an array of doubles, cut into named fields, so that any fit can be saved and loaded (--params). */
#ifndef WSI_REDUCTION_H
#define WSI_REDUCTION_H

#include "op.h"

enum { WSI_FIT_FIELDS_MAX = 16 };

/* Some values of a fit, of one meaning. */
typedef struct wsi_fit_field {
    const char *name; /* as saved, e.g. "threshold" */
    int64_t count;    /* of values, at least 1 */
} wsi_fit_field;

/* What every function of a reduction is told. */
typedef struct wsi_fit_call {
    const void *params;
    const wsi_pixfmt *in;
    int inputs;
    int64_t w, h;         /* pixels of the whole input */
    int round;            /* from 0 */
    const double *fit;    /* what the rounds before have found; zero where they have not */
    const double *target; /* the fit of the reference slide, all fields; NULL without one */
} wsi_fit_call;

typedef struct wsi_reduction {
    /* Fields of the fit; returns how many. Depends on params, formats and size alone. */
    int (*fields)(const wsi_fit_call *call, wsi_fit_field fields[WSI_FIT_FIELDS_MAX]);
    /* 1 when a reference slide's fit is of use, 2 when the operation cannot do without one. */
    int takes_target;
    /* Rounds over the input (NULL = 1). 0: nothing to learn with these parameters. */
    int (*rounds)(const wsi_fit_call *call);
    /* Bytes of an accumulator in this round; it is 64-byte aligned plain memory. At most a few MiB: there is one a
     * thread. */
    size_t (*size)(const wsi_fit_call *call);
    /* Before the first rectangle (NULL = zeroed memory is right). */
    void (*init)(const wsi_fit_call *call, void *acc);
    /* im[i] is the rectangle of input i whose first pixel is (x, y) of the whole. One thread an accumulator. */
    void (*accumulate)(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc);
    /* acc gets what both hold. */
    void (*merge)(const wsi_fit_call *call, void *acc, const void *other);
    /* At the end of the round: writes values of fit (all rounds write into the same array). Errors:
     * INPUT_UNSUPPORTED and CHAIN, where the image does not allow it (no pixel within the mask, ...). */
    wsi_status (*finalise)(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err);
    /* Bytes of the state that the operation's kernel reads (NULL = op.state_size). */
    size_t (*state_size)(const wsi_fit_call *call);
    /* Makes it; call->fit is complete. state is zeroed. In place of op.prepare and op.prepare_size. */
    wsi_status (*prepare)(const wsi_fit_call *call, void *state, wsi_error *err);
    /* After finalise of the round before the last one, with its accumulator: fit, which holds what finalise wrote, gets
     * the complete fit that is probably the last round's. So a caller may apply that at the same time as it runs the
     * last round, and need not do it again when the fit turns out the same. Where it cannot tell, any values will do.
     * Errors: NO_MEMORY. NULL = it never can tell. */
    wsi_status (*speculate)(const wsi_fit_call *call, const void *acc, double *fit, wsi_error *err);
} wsi_reduction;

/* Values of a fit in all. */
static inline int64_t wsi_fit_count(const wsi_reduction *reduction, const wsi_fit_call *call)
{
    wsi_fit_field fields[WSI_FIT_FIELDS_MAX];
    const int n = reduction->fields(call, fields);
    int64_t count = 0;
    for (int i = 0; i < n; i++) count += fields[i].count;
    return count;
}

#endif
