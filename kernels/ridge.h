/* What sato, meijering, frangi, hessian, hessian_norm and hessian_matrix share: parameters, prepared taps and scratch.
 *
 * All of them start from a Hessian made of Gaussian derivatives applied twice: with s' = sigma / sqrt 2,
 *
 *   gr = image * (order 1 along rows, order 0 along columns), gc = image * (0, 1),
 *   Hrr = gr * (1, 0), Hrc = gr * (0, 1), Hcc = gc * (0, 1),
 *
 * where each * extends what it is given by the edge mode. Taps smaller than 2^-24 of the middle one are left out: half
 * a unit of float32's last place. That leaves floor(sqrt(48 ln 2) s') pixels of the reference's floor(8 s' + 0.5) and
 * more. */
#ifndef WSI_RIDGE_H
#define WSI_RIDGE_H

#include "common/param.h"
#include "op.h"
#include "px/hessian-px.h"
#include "reduction.h"
#include "separable.h"

enum { WSI_RIDGE_SIGMA_MAX = 56, WSI_RIDGE_SCALES_MAX = 16 };

typedef enum wsi_ridge_measure {
    WSI_RIDGE_SATO = 0,
    WSI_RIDGE_MEIJERING,
    WSI_RIDGE_FRANGI,
    WSI_RIDGE_HESSIAN, /* frangi, but 1 where that is 0 */
    WSI_RIDGE_NORM,    /* of the Hessian */
    WSI_RIDGE_MATRIX   /* not a measure: the matrix itself, three channels */
} wsi_ridge_measure;

/* Of all five filters; each has rows for its own. */
typedef struct wsi_ridge_params {
    wsi_floats sigmas;
    wsi_floats maxima, frangi_gamma; /* n = 0: learnt of `whole` */
    wsi_operand whole;               /* an image of which the largest values count; image = -1: none */
    int black_ridges;
    int mode; /* wsi_edge */
    double cval, alpha, beta, gamma;
} wsi_ridge_params;

typedef struct wsi_ridge_scale {
    int radius; /* of each of the two stages */
    wsi_px_ridge k;
    wsi_tap_table smooth, derive;             /* order 0 and 1 */
    wsi_tap_table first_smooth, first_derive; /* the same for the first sums along y: they carry sign and scale */
} wsi_ridge_scale;

typedef struct wsi_ridge_state {
    int measure;       /* wsi_ridge_measure */
    int mode;          /* wsi_edge */
    int columns_first; /* MATRIX: order xy */
    int symmetric;     /* as for load_row */
    wsi_floats sigmas;
    float outside; /* CONSTANT: beyond the input, as its own samples are, */
    float beside;  /* and beyond anything made of it */
    wsi_ridge_scale scale[WSI_RIDGE_SCALES_MAX];
} wsi_ridge_state;

/* Halo of the largest of the scales. */
wsi_halo wsi_ridge_halo(const wsi_floats *sigmas);
/* Taps of all scales; the measure's constants stay zero. sign: 1 or -1 times the image; scale: of img_as_float. */
void wsi_ridge_taps(wsi_ridge_state *s, const wsi_floats *sigmas, double sign, double scale, double cval);

/* Scratch of the CPU, in bytes from its start, for results of w x h pixels at every scale. */
typedef struct wsi_ridge_layout {
    size_t gradient; /* plane of (gr, gc) */
    size_t best;     /* plane of the largest value so far, with several scales */
    size_t bytes;    /* the sums' own scratch lies at 0 */
} wsi_ridge_layout;
wsi_ridge_layout wsi_ridge_plan(const wsi_floats *sigmas, int64_t w, int64_t h);
/* Scratch of the GPU, in floats from its start: planes whose rows are wsi_plane_pitch apart. */
typedef struct wsi_ridge_planes {
    size_t gr, gc; /* gradients */
    size_t second; /* the element of the matrix that is not made of the same gradient as the other two */
    size_t best;   /* the largest value so far, with several scales */
    size_t sums;   /* of separable filters of large reach */
    size_t floats;
} wsi_ridge_planes;
wsi_ridge_planes wsi_ridge_device_plan(const wsi_floats *sigmas, int64_t w, int64_t h);

/* For the rows of sato, meijering, frangi, hessian and hessian_norm (params: wsi_ridge_params). */
wsi_halo wsi_ridge_filter_halo(const void *params);
/* Costs of the scales; the rows' unit. */
double wsi_ridge_filter_repeats(const void *params);
size_t wsi_ridge_filter_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_ridge_filter_cuda_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
/* Everything of state but the constants of each scale. */
void wsi_ridge_filter_prepare(const wsi_ridge_params *p, wsi_ridge_measure measure, wsi_ridge_state *s);
/* All of state, for frangi and hessian. */
void wsi_ridge_frangi_prepare(const wsi_ridge_params *p, wsi_ridge_measure measure, double gamma, wsi_ridge_state *s);

/* For reductions that learn the largest value of each channel of the image `whole`, of frangi and meijering: all but
 * fields, rounds, finalise and prepare. */
size_t wsi_ridge_maxima_size(const wsi_fit_call *call);
void wsi_ridge_maxima_init(const wsi_fit_call *call, void *acc);
void wsi_ridge_maxima_add(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc);
void wsi_ridge_maxima_merge(const wsi_fit_call *call, void *acc, const void *other);
/* Of a channel, when the round is over. NaN where any pixel is. */
double wsi_ridge_maximum(const void *acc, int channel);
#define WSI_RIDGE_MAXIMA                                                                                               \
    .size = wsi_ridge_maxima_size, .init = wsi_ridge_maxima_init, .accumulate = wsi_ridge_maxima_add,                  \
    .merge = wsi_ridge_maxima_merge

/* Rows of parameter tables that the filters have alike. */
#define WSI_RIDGE_SIGMAS                                                                                               \
    {                                                                                                                  \
        .name = "sigmas", .unit = "px", .help = "Standard deviations used as scales of the filter.",                   \
        .offset = offsetof(wsi_ridge_params, sigmas), .type = WSI_PARAM_FLOATS, .def = "[1,3,5,7,9]", .min = 0,        \
        .max = WSI_RIDGE_SIGMA_MAX, .min_count = 1, .max_count = WSI_RIDGE_SCALES_MAX, .flags = WSI_PARAM_MIN_OPEN     \
    }
#define WSI_RIDGE_BLACK_RIDGES                                                                                         \
    {                                                                                                                  \
        .name = "black_ridges", .unit = "", .help = "Whether ridges are dark (true) or bright (false).",               \
        .offset = offsetof(wsi_ridge_params, black_ridges), .type = WSI_PARAM_BOOL, .def = "true"                      \
    }
#define WSI_RIDGE_ALPHA                                                                                                \
    {                                                                                                                  \
        .name = "alpha", .unit = "", .help = "Without effect on images; as the reference has it.",                     \
        .offset = offsetof(wsi_ridge_params, alpha), .type = WSI_PARAM_FLOAT, .def = "0.5", .min = 0, .max = 1e30      \
    }
#define WSI_RIDGE_BETA                                                                                                 \
    {                                                                                                                  \
        .name = "beta", .unit = "", .help = "How much a deviation from a line towards a blob counts.",                 \
        .offset = offsetof(wsi_ridge_params, beta), .type = WSI_PARAM_FLOAT, .def = "0.5", .min = 0, .max = 1e6,       \
        .flags = WSI_PARAM_MIN_OPEN                                                                                    \
    }
#define WSI_RIDGE_MODE WSI_LINEAR_MODE(offsetof(wsi_ridge_params, mode), "reflect")
#define WSI_RIDGE_CVAL WSI_LINEAR_CVAL(offsetof(wsi_ridge_params, cval), "grey level", WSI_FEATURE_CVAL_HELP)
/* All of frangi and hessian, which differ in gamma: its row or rows. */
#define WSI_RIDGE_FRANGI_PARAMS(...)                                                                                   \
    WSI_RIDGE_SIGMAS, WSI_RIDGE_ALPHA, WSI_RIDGE_BETA, __VA_ARGS__, WSI_RIDGE_BLACK_RIDGES, WSI_RIDGE_MODE,            \
        WSI_RIDGE_CVAL

/* The part of the rows that is the same. */
#define WSI_RIDGE_ROW                                                                                                  \
    .module = "filters", .edge = "mode, default reflect; every sum extends its own input",                             \
    .complexity = "O(sigma) a pixel and scale", .cost = 1, .repeats = wsi_ridge_filter_repeats,                        \
    .halo = wsi_ridge_filter_halo, .scratch = wsi_ridge_filter_scratch, .cuda = WSI_CUDA(ridge),                       \
    .cuda_scratch = wsi_ridge_filter_cuda_scratch

/* What is the same in all documents. */
#define WSI_RIDGE_DOC                                                                                                  \
    "The Hessian is made of Gaussian derivatives with s' = sigma / sqrt 2: first derivatives, and the same again on "  \
    "each of them. Integers keep their own scale. Taps below 2^-24 of the middle one are left out, so a stage "        \
    "reaches "                                                                                                         \
    "R = floor(sqrt(48 ln 2) s') = floor(4.08 sigma) pixels, fewer than the reference's. Takes one channel; the "      \
    "result is float32. The reference's deprecated scale_range and scale_step are left out: sigmas lists the scales. " \
    "Where an image's values are large beside its second differences, as 16-bit images' on their own scale, float32 "  \
    "has fewer digits left: 3e-5 there, and of sato 1e-5 of the largest value; `cast:dtype=float32` before it brings " \
    "them to 0..1.\n\n"                                                                                                \
    "Halo: 2 R of the largest sigma. Results are the same bits for every tile size and back end, and within 1e-5 of "  \
    "the reference's float64."

#endif
