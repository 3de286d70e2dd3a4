/* hessian_matrix: second derivatives of a smoothed image. */
#include "feature-private.h"
#include "hessian.h"

#define FIELD(name) offsetof(wsi_hessian_params, name)

static const char *const orders[] = {"rc", "xy", NULL};

static const wsi_param params[] = {
    {.name = "sigma",
     .unit = "px",
     .help = "Standard deviation of the Gaussian.",
     .offset = FIELD(sigma),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = 0,
     .max = WSI_RIDGE_SIGMA_MAX},
    WSI_LINEAR_MODE(FIELD(mode), "constant"),
    WSI_LINEAR_CVAL(FIELD(cval), "0..1 scale", WSI_FEATURE_CVAL_HELP),
    WSI_FEATURE_ORDER(FIELD(order), orders),
    {.name = "use_gaussian_derivatives",
     .unit = "",
     .help = "Sums with derivatives of Gaussians instead of differences of a smoothed image.",
     .offset = FIELD(use_gaussian_derivatives),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
};

static wsi_floats sigma_of(const wsi_hessian_params *p)
{
    return (wsi_floats){1, {p->sigma}};
}

/* Without width a Gaussian has no derivative. */
static wsi_status check(const void *params_, wsi_error *err)
{
    const wsi_hessian_params *p = (const wsi_hessian_params *)params_;
    WSI_RETURN_IF(p->use_gaussian_derivatives && p->sigma <= 0.0, WSI_ERR_CHAIN,
                  "parameter sigma: %g is not allowed: with use_gaussian_derivatives it is above 0", p->sigma);
    return WSI_OK;
}

static wsi_halo halo(const void *params_)
{
    const wsi_hessian_params *p = (const wsi_hessian_params *)params_;
    const wsi_floats sigmas = sigma_of(p);
    return p->use_gaussian_derivatives ? wsi_ridge_halo(&sigmas) : wsi_differences_halo(p);
}

static size_t scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_hessian_params *p = (const wsi_hessian_params *)params_;
    const wsi_floats sigmas = sigma_of(p);
    if (!p->use_gaussian_derivatives) return wsi_differences_scratch(p, in, inputs, w, h);
    return wsi_ridge_plan(&sigmas, w, h).bytes;
}

static size_t cuda_scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_hessian_params *p = (const wsi_hessian_params *)params_;
    const wsi_floats sigmas = sigma_of(p);
    if (!p->use_gaussian_derivatives) return wsi_differences_cuda_scratch(p, in, inputs, w, h);
    return wsi_ridge_device_plan(&sigmas, w, h).floats * sizeof(float);
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_hessian_params *p = (const wsi_hessian_params *)params_;
    wsi_hessian_matrix_state *s = (wsi_hessian_matrix_state *)state;
    const wsi_floats sigmas = sigma_of(p);
    (void)inputs, (void)err;
    s->gaussian = p->use_gaussian_derivatives;
    if (!s->gaussian) {
        wsi_differences_prepare(p, in[0].type, WSI_DIFFERENCES_MATRIX, &s->differences);
        return WSI_OK;
    }
    s->derivatives.measure = WSI_RIDGE_MATRIX;
    s->derivatives.mode = p->mode;
    s->derivatives.columns_first = p->order;
    s->derivatives.symmetric = 1;
    wsi_ridge_taps(&s->derivatives, &sigmas, 1.0, wsi_scale_of(in[0].type), p->cval);
    return WSI_OK;
}

WSI_KERNEL_PICK(hessian_matrix)

const wsi_op wsi_op_hessian_matrix = {
    .name = "hessian_matrix",
    .module = "feature",
    .summary = "Second derivatives of a smoothed image.",
    .doc = "rr, rc and cc as three channels of float32. By default differences of differences of the image smoothed by "
           "a Gaussian truncated at 4 sigma: (next - before) / 2, one-sided at slide edges, 0 where the slide is one "
           "pixel across; sums are in float64. With use_gaussian_derivatives first derivatives by Gaussians of "
           "sigma / sqrt 2, and the same again on each of them, in float32, taps below 2^-24 of the middle one left "
           "out. Integer images are brought to 0..1 (signed: -1..1) as img_as_float does. Takes one channel.\n\n"
           "Halo: floor(4 sigma + 0.5) + 2 pixels a side; with use_gaussian_derivatives twice floor(4.078 sigma).",
    .source = "scikit-image 0.26 feature.hessian_matrix",
    .edge = "mode, default constant; every sum extends its own input",
    .complexity = "O(sigma) a pixel",
    .example = "rgb2gray | hessian_matrix:sigma=2,use_gaussian_derivatives=true,mode=reflect",
    WSI_FEATURE_ROW(wsi_hessian_params, wsi_hessian_matrix_state, 1e-6),
    .resolve = wsi_feature_resolve_matrix,
    .check = check,
    .halo = halo,
    .scratch = scratch,
    .cuda = WSI_CUDA(hessian_matrix),
    .cuda_scratch = cuda_scratch,
};
