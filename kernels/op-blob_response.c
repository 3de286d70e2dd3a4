/* blob_response: local maxima of an image's scale space. */
#include "blobs-private.h"

static const wsi_param params[] = {
    WSI_BLOB_SCALE_PARAMS,
};

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    wsi_blob_scales scales;
    (void)inputs;
    WSI_FORWARD(wsi_need_channels(in, 1, err));
    WSI_FORWARD(wsi_blob_scales_of((const wsi_blob_params *)p, in[0].type, &scales, err));
    *out = (wsi_pixfmt){in[0].type == WSI_F32 ? WSI_F32 : WSI_F64, scales.count};
    return WSI_OK;
}

static wsi_halo halo(const void *p)
{
    const int64_t reach = wsi_blob_reach((const wsi_blob_params *)p) + 1;
    return (wsi_halo){reach, reach};
}

/* Room of the box sums, as hessian_matrix_det has it, on a CPU and on a GPU. */
static int64_t box_values(const wsi_blob_params *p, int64_t w, int64_t h, int on_device)
{
    const int size = wsi_box_prepare(p->max_sigma, WSI_F64).size;
    if (on_device) return WSI_BOX_SUMS * (h + 2) * (w + 2 + 2 * (int64_t)size);
    return (2 * (int64_t)size + 1 + WSI_BOX_SUMS + WSI_BOXES) * wsi_box_stride(size, w + 2);
}

static size_t room(const wsi_blob_params *p, int64_t w, int64_t h, int on_device)
{
    const int64_t planes = WSI_BLOB_PLANES * (w + 2) * (h + 2);
    const int64_t values =
        p->method == WSI_BLOB_DOH ? planes + box_values(p, w, h, on_device) : wsi_blob_values(w, h, wsi_blob_reach(p));
    return (size_t)values * sizeof(double);
}

/* Of a scale: Gaussians grow with it, boxes do not. */
static double repeats(const void *params_)
{
    const wsi_blob_params *p = (const wsi_blob_params *)params_;
    return p->method == WSI_BLOB_DOH ? 5 : (p->min_sigma + p->max_sigma) / 2;
}

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)in, (void)inputs;
    return room((const wsi_blob_params *)p, w, h, 0);
}

static size_t cuda_scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)in, (void)inputs;
    return room((const wsi_blob_params *)p, w, h, 1);
}

WSI_KERNEL_PICK(blob_response)

const wsi_op wsi_op_blob_response = {
    .name = "blob_response",
    .module = "feature",
    .summary = "Responses of blob detectors at the maxima of scale space; NaN elsewhere.",
    .doc =
        "A channel for each scale, of the response where no pixel of the 3 x 3 x 3 around it (rows, columns, scales) "
        "has a "
        "larger one, and NaN elsewhere. log: -s^2 times the sum of second derivatives of a Gaussian of standard "
        "deviation "
        "s, for num_sigma scales s from min_sigma to max_sigma. dog: the difference of Gaussians s and sigma_ratio s, "
        "over "
        "sigma_ratio - 1, for s = min_sigma sigma_ratio^i with i up to log(max_sigma / min_sigma) / log(sigma_ratio). "
        "doh: "
        "hessian_matrix_det with boxes. Computed in float64 and in the reference's order; of a float32 image, as "
        "there, "
        "rounded to float32 after each sum over rows or columns, and float32 itself; float64 otherwise. Integers are "
        "brought to 0..1 (signed: -1..1) as img_as_float does.\n\nselect_blobs makes a table of it.\n\nHalo: "
        "int(4 s + 0.5) + 1 for the largest sigma s; doh: int(3 s) + 1.",
    .cost = 4.5,
    .source = "scikit-image 0.26 feature.blob_log, blob_dog, blob_doh; SciPy ndimage.gaussian_laplace",
    .edge = "reflect; doh: boxes as of hessian_matrix_det",
    .complexity = "O(sigma) a pixel and scale",
    .example = "rgb2gray | invert | blob_response:max_sigma=4,num_sigma=3 | channel:index=1",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_blob_params),
    .state_size = sizeof(wsi_blob_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .resolve = resolve,
    .check = wsi_blob_check,
    .halo = halo,
    .repeats = repeats,
    .scratch = scratch,
    .cuda_scratch = cuda_scratch,
    .prepare = wsi_blob_prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(blob_response),
};
