/* median: the middle value of a neighbourhood. */
#include "cuda/median-cuda.h"
#include "footprint-private.h"
#include "median.h"
#include "op-private.h"

#define FIELD(name) offsetof(wsi_median_params, name)

static const wsi_param params[] = {
    WSI_FOOTPRINT_PARAMS(wsi_median_params, "square", WSI_MEDIAN_RADIUS_MAX, WSI_MEDIAN_WIDTH_MAX),
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges (wrap is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "nearest",
     .names = wsi_edge_names_filter},
    {.name = "cval",
     .unit = "image's own scale",
     .help = "Value beyond the edges in mode constant.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 1,
     .max = 0},
};

static wsi_status check(const void *p, wsi_error *err)
{
    return wsi_footprint_check(&((const wsi_median_params *)p)->footprint, WSI_MEDIAN_WIDTH_MAX, err);
}

static wsi_halo halo(const void *p)
{
    wsi_halo h;
    wsi_footprint_reach(&((const wsi_median_params *)p)->footprint, &h.x, &h.y);
    return h;
}

static double repeats(const void *p)
{
    return 0.5 + (double)halo(p).x;
}

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_halo reach = halo(p);
    const size_t rows = 2 * (size_t)reach.y + 1;
    (void)inputs, (void)h;
    return wsi_median_stride(w, 2 * reach.x, in[0]) * rows + rows * sizeof(void *);
}

/* A plane of keys with the footprint's reach around it, also where the device may have too little shared memory. */
static size_t cuda_scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    int64_t columns, rows;
    (void)inputs;
    wsi_footprint_extent(&((const wsi_median_params *)p)->footprint, &columns, &rows);
    if (columns <= WSI_MEDIAN_CUDA_BOX && rows <= WSI_MEDIAN_CUDA_BOX && wsi_dtype_size(in[0].type) <= 2) return 0;
    return (size_t)(w + columns - 1) * wsi_pixfmt_size(in[0]) * (size_t)(h + rows - 1);
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_median_params *p = (const wsi_median_params *)params_;
    wsi_median_state *s = (wsi_median_state *)state;
    (void)inputs;
    wsi_footprint_make(&p->footprint, WSI_EVEN_BEFORE, &s->footprint);
    s->mode = (wsi_edge)p->mode;
    return wsi_sample_of(in[0].type, p->mode == WSI_EDGE_CONSTANT ? p->cval : 0, "cval", s->outside, err);
}

WSI_KERNEL_PICK(median)

const wsi_op wsi_op_median = {
    .name = "median",
    .module = "filters",
    .summary = "Median of each pixel's neighbourhood, channel by channel.",
    .doc =
        "The element of rank size // 2 of the sorted neighbourhood: the middle one of an odd number, the upper of "
        "the two middle ones of an even number; values are never averaged. " WSI_FOOTPRINT_DOC
        "An even width or height has its extra pixel to the left or above. Works on every sample type and keeps it. In "
        "float images NaN counts as larger than every number, and -0 as 0. This is the reference's "
        "behavior='ndimage'; what it has with 'rank' is rank_percentile:p0=0.5.\n\n"
        "Halo: the footprint's half-width and half-height.",
    .cost = 2,
    .source = "scikit-image 0.26 filters.median; Huang, Yang and Tang 1979 for large footprints of 8-bit images",
    .edge = "mode, default nearest",
    .complexity = "O(size^2) vector operations a pixel up to 49 pixels; above, O(bits * size), and for 8-bit images of "
                  "more than 255 pixels O(rows)",
    .example = "median:footprint=disk,radius=3",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_median_params),
    .state_size = sizeof(wsi_median_state),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = wsi_resolve_same,
    .check = check,
    .halo = halo,
    .repeats = repeats,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(median),
    .cuda_scratch = cuda_scratch,
};
