/* threshold_local: a threshold from a filter about each pixel. What the filter is asked for, its own row answers. */
#include "local-private.h"
#include "threshold_local.h"

#define FIELD(name) offsetof(wsi_threshold_local_params, name)

extern const wsi_op wsi_op_gaussian, wsi_op_median;

static const char *const methods[] = {"gaussian", "mean", "median", NULL};

static const wsi_param params[] = {
    {.name = "block_size",
     .unit = "px",
     .help = "Odd side of the neighbourhood: one value, or [rows, columns].",
     .offset = FIELD(block_size),
     .type = WSI_PARAM_FLOATS,
     .def = "3",
     .min = 1,
     .max = WSI_LOCAL_SIDE_MAX,
     .min_count = 1,
     .max_count = 2},
    {.name = "method",
     .unit = "",
     .help = "Weighted mean, mean or median of the neighbourhood (generic is not offered).",
     .offset = FIELD(method),
     .type = WSI_PARAM_ENUM,
     .def = "gaussian",
     .names = methods},
    {.name = "offset",
     .unit = "image's own scale",
     .help = "Subtracted from the filter's result.",
     .offset = FIELD(offset),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1e9,
     .max = 1e9},
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges (wrap is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "reflect",
     .names = wsi_edge_names_filter},
    {.name = "param",
     .unit = "px",
     .help = "The gaussian's sigma: one value, or [rows, columns]; without it (block_size - 1) / 6.",
     .offset = FIELD(sigma),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = 512,
     .min_count = 0,
     .max_count = 2},
    {.name = "cval",
     .unit = "image's own scale",
     .help = "Value beyond the edges in mode constant.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 1,
     .max = 0},
};

static wsi_gaussian_params gaussian_of(const wsi_threshold_local_params *p)
{
    wsi_gaussian_params g = {.truncate = 4, .cval = p->cval, .mode = p->mode, .preserve_range = 1, .sigma = p->sigma};
    if (p->sigma.n > 0) return g;
    g.sigma.n = p->block_size.n;
    for (int i = 0; i < g.sigma.n; i++) g.sigma.v[i] = (p->block_size.v[i] - 1) / 6;
    return g;
}

static wsi_median_params median_of(const wsi_threshold_local_params *p)
{
    wsi_median_params m = {.mode = p->mode, .cval = p->cval};
    m.footprint.shape = WSI_FOOTPRINT_RECTANGLE;
    m.footprint.height = 2 * wsi_local_reach(&p->block_size, 0) + 1;
    m.footprint.width = 2 * wsi_local_reach(&p->block_size, 1) + 1;
    return m;
}

static wsi_status check(const void *params_, wsi_error *err)
{
    const wsi_threshold_local_params *p = (const wsi_threshold_local_params *)params_;
    const wsi_gaussian_params g = gaussian_of(p);
    WSI_FORWARD(wsi_local_check_odd(&p->block_size, "block_size", err));
    return p->method == WSI_THRESHOLD_GAUSSIAN ? wsi_op_gaussian.check(&g, err) : WSI_OK;
}

static wsi_halo halo(const void *params_)
{
    const wsi_threshold_local_params *p = (const wsi_threshold_local_params *)params_;
    const wsi_gaussian_params g = gaussian_of(p);
    if (p->method == WSI_THRESHOLD_GAUSSIAN) return wsi_op_gaussian.halo(&g);
    return (wsi_halo){wsi_local_reach(&p->block_size, 1), wsi_local_reach(&p->block_size, 0)};
}

/* What another row's scratch function says; nothing when it has none. */
static size_t bytes_of(size_t (*scratch)(const void *, const wsi_pixfmt *, int, int64_t, int64_t), const void *p,
                       const wsi_pixfmt *in, int64_t w, int64_t h)
{
    return scratch ? scratch(p, in, 1, w, h) : 0;
}

static size_t scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_threshold_local_params *p = (const wsi_threshold_local_params *)params_;
    const wsi_gaussian_params g = gaussian_of(p);
    const wsi_median_params m = median_of(p);
    const wsi_halo reach = halo(p);
    (void)inputs;
    if (p->method == WSI_THRESHOLD_GAUSSIAN) return bytes_of(wsi_op_gaussian.scratch, &g, in, w, h);
    if (p->method == WSI_THRESHOLD_MEAN) return wsi_local_scratch(w, reach.y, reach.x, in[0].channels);
    return wsi_threshold_local_plane(w, h, in[0]) + bytes_of(wsi_op_median.scratch, &m, in, w, h);
}

static size_t cuda_scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_threshold_local_params *p = (const wsi_threshold_local_params *)params_;
    const wsi_gaussian_params g = gaussian_of(p);
    const wsi_median_params m = median_of(p);
    (void)inputs;
    if (p->method == WSI_THRESHOLD_GAUSSIAN) return bytes_of(wsi_op_gaussian.cuda_scratch, &g, in, w, h);
    if (p->method == WSI_THRESHOLD_MEAN) return 0;
    return wsi_threshold_local_plane(w, h, in[0]) + bytes_of(wsi_op_median.cuda_scratch, &m, in, w, h);
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_threshold_local_params *p = (const wsi_threshold_local_params *)params_;
    wsi_threshold_local_state *s = (wsi_threshold_local_state *)state;
    s->offset = (float)p->offset;
    s->gaussian_params = gaussian_of(p);
    s->median_params = median_of(p);
    wsi_local_window(&p->block_size, (wsi_edge)p->mode, &s->mean);
    s->mean.formula = WSI_LOCAL_MEAN;
    s->mean.outside = (float)p->cval;
    s->mean.offset = p->offset;
    if (p->method == WSI_THRESHOLD_GAUSSIAN)
        return wsi_op_gaussian.prepare(&s->gaussian_params, in, inputs, &s->gaussian, err);
    if (p->method == WSI_THRESHOLD_MEDIAN) return wsi_op_median.prepare(&s->median_params, in, inputs, &s->median, err);
    return WSI_OK;
}

WSI_KERNEL_PICK(threshold_local)

const wsi_op wsi_op_threshold_local = {
    .name = "threshold_local",
    .module = "filters",
    .summary = "Threshold from each pixel's neighbourhood, as an image, channel by channel.",
    .doc =
        "The filter's result less offset, float32 in the image's own units: integers are not brought to 0..1, and the "
        "tolerance is relative to the values before the offset. "
        "method=gaussian blurs with sigma = param, or (block_size - 1) / 6; mean and median look at all of block_size. "
        "As in scikit-image the result is the threshold and not the mask; for that, compare the image with it: "
        "`threshold_local:block_size=35 as t | compare:op=less,other=@gray`.\n\n"
        "Halo: floor(4 sigma + 0.5) for gaussian, else half of block_size. In mode constant with method=median, cval "
        "must be a value of the image's type.",
    .source = "scikit-image 0.26 filters.threshold_local",
    .edge = "mode, default reflect",
    .complexity =
        "gaussian O(sigma) a pixel; mean O(log width) for integers of up to 16 bits, else O(height); median as "
        "the median's",
    .example = "rgb2gray | threshold_local:block_size=35,offset=0.02",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_threshold_local_params),
    .state_size = sizeof(wsi_threshold_local_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .resolve = wsi_resolve_float,
    .check = check,
    .halo = halo,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(threshold_local),
    .cuda_scratch = cuda_scratch,
};
