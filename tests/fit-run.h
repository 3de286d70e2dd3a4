/* Reductions over images in memory, for tests: what a job does in passes over a slide, with any cuts. */
#ifndef WSI_FIT_RUN_H
#define WSI_FIT_RUN_H

#include "kernels/reduction.h"

/* What an operation has learnt of some images. Freed with fit_clear. */
typedef struct fit_result {
    double *fit;
    int64_t count;
    void *state; /* for the kernel */
    size_t state_size;
    int speculated; /* 1: before the last round a fit was foretold, 2: and it was the right one */
} fit_result;

/* All rounds over src[0 .. inputs-1], images of one size, then the state. seed 0: in one piece with one accumulator.
 * Otherwise each round is cut into random rectangles, which come in random order to random accumulators, which are
 * merged in random order. target: the fit of a reference, or NULL. out is zeroed first. Aborts when memory is short or
 * when an accumulator is written beyond its size. Errors: those of the reduction. */
wsi_status fit_run(const wsi_op *op, const void *params, const wsi_image *src, int inputs, const double *target,
                   uint64_t seed, fit_result *out, wsi_error *err);
/* 1 when both have the same bits; any two NaNs count as the same. */
int fit_same(const fit_result *a, const fit_result *b);
/* The fields as JSON, {"name": [values], ...}, with all digits (NaN, Infinity as Python has them), and "speculated". 0
 * when the file cannot be written. */
int fit_write(const wsi_op *op, const void *params, const fit_result *r, const wsi_image *src, int inputs,
              const char *path);
void fit_clear(fit_result *r);

#endif
