/* convolve: convolution with given weights. */
#include "linear-private.h"
#include "stencil.h"

#include <math.h>

typedef struct convolve_params {
    wsi_floats kernel;
    int64_t width, height;
    int mode; /* wsi_edge */
    double cval;
    int preserve_range;
} convolve_params;

/* The weights follow the head (stencil.h). */
typedef struct convolve_state {
    wsi_stencil_state head;
    float taps[WSI_FLOATS_MAX];
} convolve_state;
_Static_assert(offsetof(convolve_state, taps) == sizeof(wsi_stencil_state), "weights follow the head");

#define FIELD(name) offsetof(convolve_params, name)

static const wsi_param params[] = {
    {.name = "kernel",
     .unit = "",
     .help = "Weights, row by row.",
     .offset = FIELD(kernel),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = -1e9,
     .max = 1e9,
     .min_count = 1,
     .max_count = WSI_FLOATS_MAX,
     .flags = WSI_PARAM_REQUIRED},
    {.name = "width",
     .unit = "px",
     .help = "Columns of the kernel; 0: as the height says, or, without one, a square.",
     .offset = FIELD(width),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = 0,
     .max = WSI_FLOATS_MAX},
    {.name = "height",
     .unit = "px",
     .help = "Rows of the kernel; 0: as the width says.",
     .offset = FIELD(height),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = 0,
     .max = WSI_FLOATS_MAX},
    WSI_LINEAR_MODE(FIELD(mode), "reflect"),
    WSI_LINEAR_CVAL(FIELD(cval), "image's scale", "Value beyond the edges in mode constant, on the scale worked on."),
    WSI_LINEAR_KEEP(FIELD(preserve_range)),
};

/* Columns and rows of the kernel; 0 where the numbers do not fit. */
static void sides(const convolve_params *p, int *w, int *h)
{
    const int64_t n = p->kernel.n;
    const int root = (int)floor(sqrt((double)n) + 0.5);
    const int64_t columns = p->width ? p->width : p->height ? n / p->height : root;
    const int64_t rows = p->height ? p->height : columns ? n / columns : 0;
    const int fits = rows * columns == n;
    *w = fits ? (int)columns : 0;
    *h = fits ? (int)rows : 0;
}

static wsi_status check(const void *params_, wsi_error *err)
{
    const convolve_params *p = (const convolve_params *)params_;
    int w, h;
    sides(p, &w, &h);
    WSI_RETURN_IF(w == 0, WSI_ERR_CHAIN,
                  "parameter kernel: %d numbers do not make rows of one length: give width or height", p->kernel.n);
    return WSI_OK;
}

static wsi_halo halo(const void *p)
{
    int w, h;
    sides((const convolve_params *)p, &w, &h);
    return (wsi_halo){w / 2, h / 2};
}

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t columns, int64_t rows)
{
    int w, h;
    (void)inputs, (void)rows;
    sides((const convolve_params *)p, &w, &h);
    return wsi_stencil_plan(w, h, 1, in[0].channels, columns).bytes;
}

/* Turned by 180 degrees: the kernel's middle, right and below of it where a side is even, lies on the pixel. */
static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const convolve_params *p = (const convolve_params *)params_;
    convolve_state *c = (convolve_state *)state;
    wsi_stencil_state *s = &c->head;
    const double scale = p->preserve_range ? 1.0 : wsi_scale_of(in[0].type);
    (void)inputs, (void)err;
    sides(p, &s->w, &s->h);
    s->left = s->w - 1 - s->w / 2;
    s->top = s->h - 1 - s->h / 2;
    s->kernels = 1;
    s->finish = WSI_LINEAR_PLAIN;
    s->mode = p->mode;
    s->symmetric = !p->preserve_range;
    s->outside = (float)(p->cval / scale);
    for (int i = 0; i < s->h; i++)
        for (int j = 0; j < s->w; j++)
            c->taps[j * s->h + i] = (float)(p->kernel.v[(s->h - 1 - i) * s->w + s->w - 1 - j] * scale);
    return WSI_OK;
}

WSI_KERNEL_PICK(convolve)

const wsi_op wsi_op_convolve = {
    .name = "convolve",
    WSI_FILTER_ROW(4e-6),
    .summary = "Convolution with given weights, channel by channel.",
    .doc =
        "result(y, x) = sum over i, j of kernel(i, j) * image(y + height / 2 - i, x + width / 2 - j) (rounded down): a "
        "true convolution, so the kernel is turned by 180 degrees on its way over the image. kernel lists its rows one "
        "after the other, e.g. kernel=[0,1,0,1,-4,1,0,1,0]. The result is float32 on the image's own scale (255 stays "
        "255), not truncated to the image's type as the reference does with integers; preserve_range=false brings "
        "integer images to 0..1 (signed: -1..1) as img_as_float does. Computed in float32, down each column of the "
        "kernel and from column to column. Errors on an image's own scale are relative to its largest value: sums in "
        "float32 whose terms cancel keep the rounding of the terms. NaN and infinity reach as far as the kernel, "
        "weights of "
        "0 included, which the reference passes over.\n\n"
        "Halo: half of the kernel's width and height, rounded down.",
    .source = "SciPy 1.15 ndimage.convolve",
    .edge = "mode, default reflect",
    .complexity = "O(width * height) a pixel",
    .example = "rgb2gray | convolve:kernel=[1,2,1,2,4,2,1,2,1]",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(convolve_params),
    .state_size = sizeof(convolve_state),
    .check = check,
    .cuda = WSI_CUDA(convolve),
};
