/* What the rows of the blob detectors share. */
#ifndef WSI_BLOBS_PRIVATE_H
#define WSI_BLOBS_PRIVATE_H

#include "blobs.h"
#include "expansion.h"
#include "op-private.h"

#define WSI_BLOB_FIELD(name) offsetof(wsi_blob_params, name)

#define WSI_BLOB_SIGMAS(MAX)                                                                                           \
    {.name = "min_sigma",                                                                                              \
     .unit = "px",                                                                                                     \
     .help = "Standard deviation of the smallest scale.",                                                              \
     .offset = WSI_BLOB_FIELD(min_sigma),                                                                              \
     .type = WSI_PARAM_FLOAT,                                                                                          \
     .def = "1",                                                                                                       \
     .min = 0.3,                                                                                                       \
     .max = WSI_BLOB_SIGMA_MAX},                                                                                       \
    {                                                                                                                  \
        .name = "max_sigma", .unit = "px", .help = "Standard deviation of the largest scale.",                         \
        .offset = WSI_BLOB_FIELD(max_sigma), .type = WSI_PARAM_FLOAT, .def = MAX, .min = 0.3,                          \
        .max = WSI_BLOB_SIGMA_MAX                                                                                      \
    }
#define WSI_BLOB_NUMBER                                                                                                \
    {                                                                                                                  \
        .name = "num_sigma", .unit = "", .help = "Scales from min_sigma to max_sigma.",                                \
        .offset = WSI_BLOB_FIELD(num_sigma), .type = WSI_PARAM_INT, .def = "10", .min = 1, .max = WSI_BLOB_SCALES_MAX  \
    }
#define WSI_BLOB_LOG_SCALE                                                                                             \
    {                                                                                                                  \
        .name = "log_scale", .unit = "", .help = "Scales at equal ratios rather than at equal steps.",                 \
        .offset = WSI_BLOB_FIELD(log_scale), .type = WSI_PARAM_BOOL, .def = "false"                                    \
    }
#define WSI_BLOB_RATIO                                                                                                 \
    {                                                                                                                  \
        .name = "sigma_ratio", .unit = "", .help = "Ratio of the two standard deviations of a difference.",            \
        .offset = WSI_BLOB_FIELD(sigma_ratio), .type = WSI_PARAM_FLOAT, .def = "1.6", .min = 1, .max = 10,             \
        .flags = WSI_PARAM_MIN_OPEN                                                                                    \
    }
/* Which scales there are, of blob_response and of what selects from it. */
#define WSI_BLOB_SCALE_PARAMS                                                                                          \
    {.name = "method",                                                                                                 \
     .unit = "",                                                                                                       \
     .help = "Laplacian of Gaussian, difference of Gaussians, determinant of the Hessian.",                            \
     .offset = WSI_BLOB_FIELD(method),                                                                                 \
     .type = WSI_PARAM_ENUM,                                                                                           \
     .def = "log",                                                                                                     \
     .names = wsi_blob_methods},                                                                                       \
        WSI_BLOB_SIGMAS("5"), WSI_BLOB_NUMBER, WSI_BLOB_RATIO, WSI_BLOB_LOG_SCALE
#define WSI_BLOB_SELECTION(THRESHOLD, NONE)                                                                            \
    {.name = "threshold",                                                                                              \
     .unit = "",                                                                                                       \
     .help = "Responses up to it are no blobs; with threshold_rel the larger of both counts.",                         \
     .offset = WSI_BLOB_FIELD(threshold),                                                                              \
     .type = WSI_PARAM_FLOATS,                                                                                         \
     .def = THRESHOLD,                                                                                                 \
     .min = -1e9,                                                                                                      \
     .max = 1e9,                                                                                                       \
     .min_count = 1,                                                                                                   \
     .max_count = 1,                                                                                                   \
     .names = NONE},                                                                                                   \
        {.name = "threshold_rel",                                                                                      \
         .unit = "",                                                                                                   \
         .help = "The same as a share of the slide's largest response.",                                               \
         .offset = WSI_BLOB_FIELD(threshold_rel),                                                                      \
         .type = WSI_PARAM_FLOATS,                                                                                     \
         .def = "none",                                                                                                \
         .min = 0,                                                                                                     \
         .max = 1,                                                                                                     \
         .min_count = 1,                                                                                               \
         .max_count = 1,                                                                                               \
         .names = NONE},                                                                                               \
    {                                                                                                                  \
        .name = "overlap", .unit = "",                                                                                 \
        .help = "Of two blobs that share more of the smaller one's area, that is left out.",                           \
        .offset = WSI_BLOB_FIELD(overlap), .type = WSI_PARAM_FLOAT, .def = "0.5", .min = 0, .max = 1                   \
    }
#define WSI_BLOB_BORDER                                                                                                \
    {                                                                                                                  \
        .name = "exclude_border", .unit = "px",                                                                        \
        .help = "No blobs so near to the slide's edges: one number, or [rows, columns].",                              \
        .offset = WSI_BLOB_FIELD(exclude_border), .type = WSI_PARAM_FLOATS, .def = "0", .min = 0, .max = 1e6,          \
        .min_count = 1, .max_count = 2, .flags = WSI_PARAM_WHOLE                                                       \
    }

extern const struct wsi_whole wsi_whole_blobs;

extern const char *const wsi_blob_methods[];
extern const char *const wsi_blob_none[];

wsi_status wsi_blob_check(const void *params, wsi_error *err);
wsi_status wsi_blob_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err);
/* The steps that a detector stands for; p->method is that of `method`. As wsi_op.expand. */
int wsi_blob_expand(const wsi_blob_params *p, const wsi_param *table, int count, const char *method, char *text,
                    size_t size);

/* Defines what the row of a detector needs beside its parameters and texts. */
#define WSI_BLOB_DETECTOR(METHOD, WORD)                                                                                \
    static int expand(const void *params_, char *text, size_t size)                                                    \
    {                                                                                                                  \
        wsi_blob_params p = *(const wsi_blob_params *)params_;                                                         \
        p.method = METHOD;                                                                                             \
        return wsi_blob_expand(&p, params, WSI_COUNT(params), WORD, text, size);                                       \
    }                                                                                                                  \
    static wsi_status check(const void *params_, wsi_error *err)                                                       \
    {                                                                                                                  \
        wsi_blob_params p = *(const wsi_blob_params *)params_;                                                         \
        p.method = METHOD;                                                                                             \
        return wsi_blob_check(&p, err);                                                                                \
    }                                                                                                                  \
    static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)        \
    {                                                                                                                  \
        (void)p, (void)inputs;                                                                                         \
        *out = in[0];                                                                                                  \
        return wsi_need_channels(in, 1, err);                                                                          \
    }

#define WSI_BLOB_DETECTOR_ROW                                                                                          \
    .module = "feature", .params = params, .param_count = WSI_COUNT(params), .params_size = sizeof(wsi_blob_params),   \
    .exactness = WSI_TOLERANCE, .tolerance = 1e-6, .backends_exact = 1, .resolve = resolve, .check = check,            \
    .expand = expand

#define WSI_BLOB_TABLE_DOC                                                                                             \
    "The table has a row a blob, in the order of falling response: centroid-0 and centroid-1 (row and column), "       \
    "sigma, "                                                                                                          \
    "radius and intensity (the response). Blobs are maxima of 3 x 3 x 3 responses, above threshold; where responses "  \
    "are equal, all are. Of two that overlap by more than `overlap` of the smaller one's area that one is left out, "  \
    "and leaves out no other. Where a blob overlaps several, the result depends on the order of pairs: it is that of " \
    "the reference, which walks a Python set of all pairs within 2 sqrt(2) of the largest sigma. Members of the set "  \
    "that want the same place in it come in the order of their rows here, in that of a search tree there; with more "  \
    "than 2^20 pairs the place that each wants alone decides. threshold=none is no limit (the reference: responses "   \
    "above the least).\n\nThe whole slide's table is the same for every size of tile. Memory: 24 bytes for each "      \
    "maximum above the threshold and each pair that overlaps. "

#endif
