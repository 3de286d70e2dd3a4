/* hessian_matrix_det: determinant of second derivatives. */
#include "feature-private.h"
#include "hessian.h"

#define FIELD(name) offsetof(wsi_hessian_params, name)

static const wsi_param params[] = {
    {.name = "sigma",
     .unit = "px",
     .help = "Standard deviation of the Gaussian, or what the boxes stand for; boxes need at least 1.",
     .offset = FIELD(sigma),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = 0,
     .max = WSI_DIFFERENCES_SIGMA_MAX},
    {.name = "approximate",
     .unit = "",
     .help = "Boxes in place of derivatives, as wide as int(3 sigma).",
     .offset = FIELD(approximate),
     .type = WSI_PARAM_BOOL,
     .def = "true"},
};

static wsi_status check(const void *params_, wsi_error *err)
{
    const wsi_hessian_params *p = (const wsi_hessian_params *)params_;
    WSI_RETURN_IF(p->approximate && p->sigma < 1.0, WSI_ERR_CHAIN,
                  "parameter sigma: %g is not allowed: with approximate it is at least 1", p->sigma);
    return WSI_OK;
}

static int size_of(const wsi_hessian_params *p)
{
    return wsi_box_prepare(p->sigma, WSI_F32).size;
}

/* Boxes that begin beyond the top or left edge are shifted inside as a whole. */
static wsi_halo halo(const void *params_)
{
    const wsi_hessian_params *p = (const wsi_hessian_params *)params_;
    return p->approximate ? (wsi_halo){size_of(p), size_of(p)} : wsi_differences_halo(p);
}

static size_t scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_hessian_params *p = (const wsi_hessian_params *)params_;
    if (!p->approximate) return wsi_differences_scratch(p, in, inputs, w, h);
    const int size = size_of(p);
    return (size_t)((2 * (int64_t)size + 1 + WSI_BOX_SUMS + WSI_BOXES) * wsi_box_stride(size, w)) * sizeof(double);
}

static size_t cuda_scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_hessian_params *p = (const wsi_hessian_params *)params_;
    if (!p->approximate) return wsi_differences_cuda_scratch(p, in, inputs, w, h);
    return (size_t)(WSI_BOX_SUMS * h * (w + 2 * (int64_t)size_of(p))) * sizeof(double);
}

/* Differences are those of mode constant with 0 beyond the edges. */
static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_hessian_params p = *(const wsi_hessian_params *)params_;
    wsi_hessian_det_state *s = (wsi_hessian_det_state *)state;
    (void)inputs, (void)err;
    p.mode = WSI_EDGE_CONSTANT;
    s->approximate = p.approximate;
    if (p.approximate)
        s->boxes = wsi_box_prepare(p.sigma, in[0].type);
    else
        wsi_differences_prepare(&p, in[0].type, WSI_DIFFERENCES_DETERMINANT, &s->differences);
    return WSI_OK;
}

WSI_KERNEL_PICK(hessian_matrix_det)

const wsi_op wsi_op_hessian_matrix_det = {
    .name = "hessian_matrix_det",
    .module = "feature",
    .summary = "Determinant of the Hessian, from boxes or from differences.",
    .doc =
        "rr cc - rc^2 of hessian_matrix (mode constant, cval 0) where approximate is false. Otherwise the determinant "
        "of box sums, dxx dyy - (0.9 dxy)^2, each divided by the square of s = int(3 sigma): with t = s / 3, dxx from "
        "a box s wide and 2 t - 1 high less three times its middle third, dyy the same turned, dxy from four boxes "
        "of t x t around the pixel. Boxes lie as the reference cuts them out of an integral image: one row and "
        "column further than centred, shifted inside as a whole at the top and left edge, cut off at the others, and "
        "0 where their sum is negative. Sums are in float64. Integer images are brought to 0..1 (signed: -1..1) as "
        "img_as_float does. Takes one channel.\n\nHalo: s pixels a side; floor(4 sigma + 0.5) + 2 where approximate "
        "is false.",
    .cost = 8,
    .source = "scikit-image 0.26 feature.hessian_matrix_det",
    .edge = "boxes as above; constant 0 where approximate is false",
    .complexity = "O(sigma) a pixel",
    .example = "rgb2gray | hessian_matrix_det:sigma=3",
    WSI_FEATURE_ROW(wsi_hessian_params, wsi_hessian_det_state, 1e-6),
    .resolve = wsi_feature_resolve,
    .check = check,
    .halo = halo,
    .scratch = scratch,
    .cuda = WSI_CUDA(hessian_matrix_det),
    .cuda_scratch = cuda_scratch,
};
