/* Running one operation outside the pipeline, for tests: parse a step, prepare it, run its kernel over tiles. */
#ifndef WSI_OPRUN_H
#define WSI_OPRUN_H

#include "fit-run.h"

/* A prepared step. Zero it before oprun_parse; oprun_clear afterwards, also after an error. */
typedef struct oprun {
    const wsi_op *op;
    void *params, *state, *scratch;
    size_t scratch_size;
    int inputs;
    wsi_pixfmt in[WSI_OP_INPUTS_MAX], out;
    size_t state_size;          /* bytes of state */
    const wsi_image *reference; /* for a reduction that takes a reference's fit: its image; NULL: none */
    fit_result target, fit;     /* what a reduction has learnt of the reference and of the inputs; state is the fit's */
} oprun;

/* "name" or "name:key=value,..."; the value @N stands for input N. */
wsi_status oprun_parse(oprun *run, const char *spec, wsi_error *err);
/* Resolves and, where nothing is to be learnt first, prepares for inputs of these formats. */
wsi_status oprun_prepare(oprun *run, const wsi_pixfmt *in, int inputs, wsi_error *err);
/* Of an operation with a reduction: learns from the whole inputs, cut by fit_run's seed, and makes its state.
 * oprun_tile does it by itself, with seed 0, where it was not done. Errors: those of the reduction. */
wsi_status oprun_fit(oprun *run, const wsi_image *src, uint64_t seed, wsi_error *err);
/* How many of the inputs the kernel reads. */
int oprun_kernel_inputs(const oprun *run);
/* What depends on the size of the whole input, w x h; oprun_tile does it by itself. Aborts when it is refused. */
void oprun_prepare_size(oprun *run, int64_t w, int64_t h);
/* The whole result for inputs of src's size, at 0, 0. */
wsi_rect oprun_frame(const oprun *run, const wsi_image *src);
/* What a kernel is given of src to compute rect of the result, with this halo, and its offset. */
wsi_rect oprun_crop(const oprun *run, const wsi_image *src, wsi_rect rect, wsi_halo halo, int64_t *ox, int64_t *oy);
/* Computes rect of the result into dst (rect's size, any type the operation stores), giving the kernel the source
 * crops the clamped-crop rule gives it with this halo (NULL: the operation's own). Aborts when memory is short. */
void oprun_tile(oprun *run, wsi_isa isa, const wsi_image *src, wsi_rect rect, const wsi_halo *halo,
                const wsi_image *dst);
wsi_halo oprun_halo(const oprun *run);
void oprun_clear(oprun *run);

/* An image of its own memory, zeroed; freed with wsi_free(im.data). Aborts when memory is short. */
wsi_image oprun_image(wsi_pixfmt fmt, int64_t w, int64_t h);

#endif
