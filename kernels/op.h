/* The operation registry: one struct an operation, one array of all of them (registry.c), nothing else lists
 * operations. Help, validation, JSON, docs/ops.md, provenance and test cases are generated from these rows.
 *
 * The clamped-crop rule (see tiler/tiler.h): a step is given an input crop that reaches its halo beyond the
 * output rectangle wherever the slide does. So a neighbour outside the crop lies outside the slide, and there,
 * and only there, the operation extends its input by its own edge mode. Kernels never compute source windows. */
#ifndef WSI_OP_H
#define WSI_OP_H

#include <stddef.h>
#include <stdint.h>

#include "common/cpu.h"
#include "common/error-private.h"
#include "common/image.h"
#include "common/param.h"
#include "common/scale.h"

enum { WSI_OP_INPUTS_MAX = 4 };

/* Pixels needed beyond the output rectangle on each side, in x and in y. */
typedef struct wsi_halo {
    int64_t x, y;
} wsi_halo;

/* One call of a kernel: computes all of dst.
 * Output pixel (x, y) corresponds to pixel (x + ox[i], y + oy[i]) of src[i]; 0 <= ox, ox + dst.w <= src.w,
 * likewise y. A crop may be larger than the halo asks; what lies outside src is outside the slide.
 *
 * Of an operation with a scale up/down, output pixel x stands for the pixels of src from floor((x * down + ox) / up)
 * on, `down` of them: where it reduces (up = 1) ox is where the first output pixel's own pixels begin, and the last
 * one's may reach beyond src, and so beyond the slide, by up to down - 1; where it enlarges (down = 1) ox counts output
 * pixels, so that ox % up says with which of the copies of its pixel dst begins. */
typedef struct wsi_kernel_args {
    const void *params; /* the operation's parameter struct */
    const void *state;  /* what prepare() made: read-only, shared by all threads; NULL when state_size is 0 */
    int inputs;
    wsi_image src[WSI_OP_INPUTS_MAX];
    int64_t ox[WSI_OP_INPUTS_MAX], oy[WSI_OP_INPUTS_MAX];
    wsi_image dst;      /* overlaps no src */
    int64_t at_x, at_y; /* of dst's first pixel in the whole result */
    void *scratch;      /* scratch() bytes, 64-byte aligned, uninitialised */
} wsi_kernel_args;

/* Runs on one thread, allocates nothing, prints nothing, cannot fail, writes nothing outside dst and scratch. */
typedef void (*wsi_kernel_fn)(const wsi_kernel_args *args);

/* One call of a kernel on a GPU. The pixels of src and dst, and scratch (cuda_scratch() bytes, 256-byte aligned), lie
 * in device memory; params and state stay in host memory, as for a CPU. */
typedef struct wsi_cuda_args {
    wsi_kernel_args call;
    const void *device_state; /* a copy of call.state in device memory, 16-byte aligned; NULL when state_size is 0 */
} wsi_cuda_args;

typedef struct wsi_stream wsi_stream; /* device.h */

/* Queues the work on the stream's device, which is current, and returns; params and state are read before that.
 * Allocates nothing, waits for nothing, prints nothing, writes nothing outside dst and scratch. Called through
 * wsi_device_run alone. */
typedef wsi_status (*wsi_cuda_fn)(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

typedef enum wsi_exactness {
    WSI_EXACT = 0, /* the same bits on every back end and instruction set, and as the reference */
    WSI_TOLERANCE  /* within `tolerance` of the reference */
} wsi_exactness;

typedef struct wsi_op {
    const char *name;       /* scikit-image's */
    const char *module;     /* "color", "filters", "morphology", "exposure", "util", "arithmetic" */
    const char *summary;    /* one line */
    const char *doc;        /* paragraphs: formula, units, what differs from the reference */
    const char *source;     /* source of the algorithm, e.g. "scikit-image 0.26 filters.gaussian" */
    const char *edge;       /* how true slide edges are extended, "none" for point-wise */
    const char *complexity; /* e.g. "O(1) a pixel" */
    const char *example;    /* a chain that runs on an 8-bit RGB slide */
    const wsi_param *params;
    int param_count;
    size_t params_size;
    size_t state_size; /* bytes of prepared state; 0 = none */
    wsi_exactness exactness;
    double cost;        /* about how many nanoseconds of one thread a sample of the result takes, and, of an operation
                           that must see the whole slide, one that it is shown; plans estimate with it.
                           0: told from the halo */
    double tolerance;   /* largest |difference| / max(1, |reference|) against the float64 reference */
    int backends_exact; /* 1: all instruction sets and the device give the same bits (of a NaN: only that it is one) */
    int stores_any;     /* 1: with dst of another type than resolve() said, the kernel stores
                           wsi_cast(result) directly, the same bits as a following `cast` step */

    /* Output format for given input formats; refuses what it does not take with CHAIN, naming what it takes.
     * in[0] is the step's input, in[1..] extra images. */
    wsi_status (*resolve)(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);
    /* Checks what one row of the table cannot (NULL = nothing to check). */
    wsi_status (*check)(const void *params, wsi_error *err);
    /* Of the result against the input, which is one image; up or down is 1 on either axis. NULL = the same frame. */
    wsi_scale (*scale)(const void *params);
    /* In pixels of the input. NULL = {0, 0}. */
    wsi_halo (*halo)(const void *params);
    /* What cost is to be multiplied by: scales, neighbours. NULL = 1. */
    double (*repeats)(const void *params);
    /* Bytes of scratch for a dst of w x h with the largest input crop the halo allows (NULL = 0). Never less for a
     * larger w or h: pipelines plan for their largest rectangle. */
    size_t (*scratch)(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
    /* Fills state once per step, before any kernel runs (weights, tables). state is zeroed. NULL = nothing. */
    wsi_status (*prepare)(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err);
    /* Called after prepare where results depend on the size of the whole input, w x h pixels (NULL = they do not). The
     * kernel then finds its place by args->at_x, at_y. */
    wsi_status (*prepare_size)(const void *params, int64_t w, int64_t h, void *state, wsi_error *err);
    /* What it must learn of the whole input first, see reduction.h; its kernel reads that in its state. NULL = nothing.
     */
    const struct wsi_reduction *reduction;
    /* Of the inputs, those that the kernel reads, the first ones; the reduction sees all. 0 = all. */
    int kernel_inputs;
    /* Instead of all kernels: an operation on the whole image at once, see whole.h. */
    const struct wsi_whole *whole;
    /* The steps it stands for, as chain text, `@input` being its input. Characters needed, as snprintf; 0 when with
     * these parameters it stands for none, and is computed by its own kernel. Without a kernel it always stands for
     * some. Names of results within the text begin with `_` and are seen within it alone. NULL = it is none of those.
     */
    int (*expand)(const void *params, char *text, size_t size);
    /* The kernel for an instruction set; falls back to a lower one it was built for. NULL with `whole`; may be with
     * `expand`. */
    wsi_kernel_fn (*kernel)(wsi_isa isa);
    /* The kernel for GPUs; NULL in a build without CUDA. */
    wsi_cuda_fn cuda;
    /* 1 when cuda takes these parameters and formats; the step runs on the CPU otherwise (NULL = always). */
    int (*cuda_supports)(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt out);
    /* As scratch, for cuda. */
    size_t (*cuda_scratch)(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
} wsi_op;

/* Its scale with these parameters. */
static inline wsi_scale wsi_op_scale(const wsi_op *op, const void *params)
{
    return op->scale ? op->scale(params) : WSI_SCALE_ONE;
}

/* All operations, sorted by name; *count gets their number. */
const wsi_op *const *wsi_ops(int *count);
/* NULL when there is none of that name. */
const wsi_op *wsi_op_find(const char *name);
/* The registered name closest to a misspelt one, or NULL. */
const char *wsi_op_suggest(const char *name);

#endif
