/* resize: by whole factors, down or up. */
#include "op-private.h"
#include "resample-private.h"

#define FIELD(name) offsetof(wsi_resize_params, name)

/* NumPy's names, as scikit-image's resize has them, in the order of `edges`. */
static const char *const modes[] = {"reflect", "symmetric", "edge", NULL};
static const wsi_edge edges[] = {WSI_EDGE_MIRROR, WSI_EDGE_REFLECT, WSI_EDGE_NEAREST};

static const char *const choices[] = {"auto", "true", "false", NULL};
enum { BLUR_AUTO = 0, BLUR_TRUE, BLUR_FALSE };

static const char *const orders[] = {"auto", "0", "1", NULL};
enum { ORDER_AUTO = 0, ORDER_NEAREST };

enum { ROWS = 0, COLUMNS }; /* of anti_aliasing_sigma */

static const wsi_param params[] = {
    {.name = "factor",
     .unit = "",
     .help = "How many times smaller, or larger, the result is.",
     .offset = FIELD(factor),
     .type = WSI_PARAM_INT,
     .def = "2",
     .min = 1,
     .max = WSI_RESAMPLE_FACTOR_MAX},
    {.name = "enlarge",
     .unit = "",
     .help = "Make the image larger instead of smaller.",
     .offset = FIELD(enlarge),
     .type = WSI_PARAM_BOOL,
     .def = "false"},
    {.name = "order",
     .unit = "",
     .help = "0: nearest pixel; 1: linear interpolation; auto: 0 for masks, else 1.",
     .offset = FIELD(order),
     .type = WSI_PARAM_ENUM,
     .def = "auto",
     .names = orders},
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges, in NumPy's words (constant and wrap are not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "reflect",
     .names = modes},
    {.name = "anti_aliasing",
     .unit = "",
     .help = "Blur before making smaller; auto: but not masks, nor integers with order=0, which cannot be.",
     .offset = FIELD(anti_aliasing),
     .type = WSI_PARAM_ENUM,
     .def = "auto",
     .names = choices},
    {.name = "anti_aliasing_sigma",
     .unit = "px",
     .help = "Standard deviation of that blur: one value, or [rows, columns]; none: by the factor.",
     .offset = FIELD(anti_aliasing_sigma),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 0,
     .max = WSI_RESAMPLE_SIGMA_MAX,
     .min_count = 0,
     .max_count = 2},
    WSI_RESAMPLE_RANGE(wsi_resize_params),
};

static wsi_scale scale(const void *p_)
{
    const wsi_resize_params *p = (const wsi_resize_params *)p_;
    return p->enlarge ? (wsi_scale){p->factor, p->factor, 1, 1} : wsi_scale_down(p->factor, p->factor);
}

static int is_linear(const wsi_resize_params *p, wsi_dtype type)
{
    return p->order != ORDER_NEAREST && (p->order != ORDER_AUTO || type != WSI_BOOL);
}

/* Of an axis that becomes zoom times smaller. */
static double sigma_of(const wsi_resize_params *p, int axis, double zoom)
{
    const wsi_floats *given = &p->anti_aliasing_sigma;
    if (given->n) return given->v[axis < given->n ? axis : 0];
    return zoom > 1 ? (zoom - 1) / 2 : 0;
}

/* Largest radius of the blur along an axis, which a size that is a multiple of the factor has. */
static int radius(const wsi_resize_params *p, int axis)
{
    const int blurs = p->anti_aliasing == BLUR_TRUE || (p->anti_aliasing == BLUR_AUTO && p->factor > 1);
    return blurs && !p->enlarge ? wsi_resample_radius(sigma_of(p, axis, (double)p->factor)) : 0;
}

/* Where a size is no multiple of the factor, places drift up to factor - 1 pixels to the left. */
static wsi_halo halo(const void *p_)
{
    const wsi_resize_params *p = (const wsi_resize_params *)p_;
    const int64_t n = p->factor;
    const int linear = p->order != ORDER_NEAREST;
    const int64_t drift = n == 1 ? 0 : p->enlarge ? linear : linear ? n / 2 : (n - 1) / 2;
    return (wsi_halo){radius(p, COLUMNS) + drift, radius(p, ROWS) + drift};
}

static wsi_status resolve(const void *p_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const wsi_resize_params *p = (const wsi_resize_params *)p_;
    const int real = in[0].type == WSI_F32 || in[0].type == WSI_F64, linear = is_linear(p, in[0].type);
    WSI_RETURN_IF(in[0].type == WSI_BOOL && linear, WSI_ERR_CHAIN,
                  "a mask has no values in between: give order=0, or cast it first");
    WSI_RETURN_IF(!real && !linear && p->anti_aliasing == BLUR_TRUE, WSI_ERR_CHAIN,
                  "order=0 keeps the values of masks and integers: they cannot be blurred, give anti_aliasing=false");
    WSI_RETURN_IF(p->enlarge && p->anti_aliasing == BLUR_TRUE && p->anti_aliasing_sigma.n, WSI_ERR_CHAIN,
                  "anti_aliasing_sigma is for images that become smaller: put gaussian before enlarge=true");
    (void)inputs;
    *out = (wsi_pixfmt){linear ? WSI_F32 : in[0].type, in[0].channels};
    return WSI_OK;
}

static size_t scratch(const void *p_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_resize_params *p = (const wsi_resize_params *)p_;
    const wsi_scale s = scale(p_);
    (void)inputs, (void)h;
    return wsi_resample_plan(w, in[0].channels, (int)s.down_x, (int)s.up_x, radius(p, COLUMNS)).floats * sizeof(float);
}

static size_t cuda_scratch(const void *p_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_scale s = scale(p_);
    (void)inputs;
    return wsi_resample_cuda_scratch(w, h, in[0].channels, (int)s.down_x, (int)s.up_x,
                                     radius((const wsi_resize_params *)p_, COLUMNS));
}

static wsi_status prepare(const void *p_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_resize_params *p = (const wsi_resize_params *)p_;
    const wsi_scale size = scale(p_);
    const int linear = is_linear(p, in[0].type);
    wsi_resample_state *s = (wsi_resample_state *)state;
    (void)inputs, (void)err;
    s->up = (int)size.up_x;
    s->down = (int)size.down_x;
    s->order = p->factor > 1 && linear; /* nothing lies between pixels */
    s->mode = edges[p->mode];
    s->symmetric = linear && !p->preserve_range;
    s->scale = s->symmetric ? wsi_scale_of(in[0].type) : 1;
    s->blur =
        (radius(p, ROWS) > 0 || radius(p, COLUMNS) > 0) && (linear || in[0].type == WSI_F32 || in[0].type == WSI_F64);
    s->copy = !linear && !s->blur;
    return WSI_OK;
}

/* A blur that was not asked for is one before making smaller: of an image that becomes so. */
static wsi_status prepare_size(const void *p_, int64_t w, int64_t h, void *state, wsi_error *err)
{
    const wsi_resize_params *p = (const wsi_resize_params *)p_;
    const wsi_rect frame = wsi_scale_frame(scale(p_), (wsi_rect){0, 0, w, h});
    wsi_resample_state *s = (wsi_resample_state *)state;
    const int blur = s->blur && (p->anti_aliasing == BLUR_TRUE || frame.w < w || frame.h < h);
    (void)err;
    wsi_resample_axes(s, w, h, blur ? sigma_of(p, COLUMNS, (double)w / (double)frame.w) : 0,
                      blur ? sigma_of(p, ROWS, (double)h / (double)frame.h) : 0);
    return WSI_OK;
}

WSI_KERNEL_PICK(resample)

const wsi_op wsi_op_resize = {
    WSI_RESAMPLE_ROW,
    .name = "resize",
    .summary = "The image at 1/factor of its size, or at factor times its size, channel by channel.",
    .doc =
        "scikit-image's resize to output_shape = (ceil(h / factor), ceil(w / factor)), or (factor h, factor w) "
        "with enlarge=true: result pixel i of an axis lies at (i + 0.5) * size / new size - 0.5 of the input and "
        "takes the nearest pixel (order=0) or interpolates between two (order=1). Where a size is no multiple of "
        "the factor, the grid is stretched over the whole image, as scikit-image does it: no pixel is left out "
        "and none is made up.\n\nAnti-aliasing first blurs with a Gaussian of sigma = (size / new size - 1) / 2, "
        "each axis its own, or of anti_aliasing_sigma, cut off at 4 sigma; images that become larger are not blurred. "
        "With order=1 the result is float32, and "
        "integer images are first "
        "brought to 0..1 (signed: -1..1) as img_as_float does, unless preserve_range is true. With order=0 the "
        "result has the image's own type and values: the choice for masks, of which it is the default. The reference's "
        "cval, clip and orders above 1 would change nothing, or are not offered.\n\nHalo: "
        "floor(4 sigma + 0.5) pixels for the blur, that of a size that is a multiple of the factor, and half a factor "
        "for the grid.",
    .source = "scikit-image 0.26 transform.resize (scipy.ndimage.zoom with grid_mode)",
    .edge = "mode, default reflect (NumPy's: the edge pixel is not repeated)",
    .example = "resize:factor=3",
    .params_size = sizeof(wsi_resize_params),
    .resolve = resolve,
};
