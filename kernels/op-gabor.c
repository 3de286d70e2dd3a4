/* gabor: how much of a wave of one frequency and direction there is around a pixel. */
#include "gabor.h"
#include "linear-private.h"

#include <math.h>

typedef enum part { PART_REAL = 0, PART_IMAG, PART_MAGNITUDE } part;

typedef struct gabor_params {
    double frequency, theta, bandwidth, sigma_x, sigma_y, n_stds, offset;
    int mode; /* wsi_edge */
    double cval;
    int output; /* part */
    int preserve_range;
} gabor_params;

#define FIELD(name) offsetof(gabor_params, name)
#define PI 3.14159265358979323846

static const char *const parts[] = {"real", "imag", "magnitude", NULL};

static const wsi_param params[] = {
    {.name = "frequency",
     .unit = "1/px",
     .help = "Spatial frequency of the wave.",
     .offset = FIELD(frequency),
     .type = WSI_PARAM_FLOAT,
     .def = "",
     .min = 0,
     .max = 1,
     .flags = WSI_PARAM_REQUIRED | WSI_PARAM_MIN_OPEN},
    {.name = "theta",
     .unit = "rad",
     .help = "Direction of the wave: 0 along x, pi / 2 along y.",
     .offset = FIELD(theta),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1000,
     .max = 1000},
    {.name = "bandwidth",
     .unit = "octaves",
     .help = "Width of the band of frequencies; sets sigma_x and sigma_y where they are not given.",
     .offset = FIELD(bandwidth),
     .type = WSI_PARAM_FLOAT,
     .def = "1",
     .min = 0,
     .max = 100,
     .flags = WSI_PARAM_MIN_OPEN},
    {.name = "sigma_x",
     .unit = "px",
     .help = "Standard deviation along the wave, before it is turned by theta; 0: from frequency and bandwidth.",
     .offset = FIELD(sigma_x),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 0,
     .max = 1000},
    {.name = "sigma_y",
     .unit = "px",
     .help = "Standard deviation across the wave; 0: from frequency and bandwidth.",
     .offset = FIELD(sigma_y),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 0,
     .max = 1000},
    {.name = "n_stds",
     .unit = "sigma",
     .help = "Where the kernel is cut off.",
     .offset = FIELD(n_stds),
     .type = WSI_PARAM_FLOAT,
     .def = "3",
     .min = 0,
     .max = 100},
    {.name = "offset",
     .unit = "rad",
     .help = "Phase of the wave.",
     .offset = FIELD(offset),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = -1000,
     .max = 1000},
    WSI_LINEAR_MODE(FIELD(mode), "reflect"),
    WSI_LINEAR_CVAL(FIELD(cval), "image's scale", "Value beyond the edges in mode constant, on the scale worked on."),
    {.name = "output",
     .unit = "",
     .help = "The real or imaginary part of the response, or its magnitude.",
     .offset = FIELD(output),
     .type = WSI_PARAM_ENUM,
     .def = "real",
     .names = parts},
    WSI_LINEAR_KEEP(FIELD(preserve_range)),
};

/* The wave and its Gaussian: exp(-(xx * x^2 + xy * x * y + yy * y^2) / 2) * exp(i * (fx * x + fy * y + offset)) *
 * gain over -rx..rx, -ry..ry. */
typedef struct wave {
    double xx, xy, yy, fx, fy, gain;
    double rx, ry; /* whole numbers */
} wave;

static double default_sigma(const gabor_params *p)
{
    const double octave = pow(2.0, p->bandwidth);
    return sqrt(log(2.0) / 2.0) / PI * (octave + 1) / (octave - 1) / p->frequency;
}

static wave wave_of(const gabor_params *p)
{
    const double sx = p->sigma_x > 0 ? p->sigma_x : default_sigma(p),
                 sy = p->sigma_y > 0 ? p->sigma_y : default_sigma(p);
    const double ct = cos(p->theta), st = sin(p->theta), ax = 1 / (sx * sx), ay = 1 / (sy * sy);
    wave g;
    g.xx = ct * ct * ax + st * st * ay;
    g.yy = st * st * ax + ct * ct * ay;
    g.xy = 2 * ct * st * (ax - ay);
    g.fx = 2 * PI * p->frequency * ct;
    g.fy = 2 * PI * p->frequency * st;
    g.gain = 1 / (2 * PI * sx * sy);
    g.rx = ceil(fmax(fmax(fabs(p->n_stds * sx * ct), fabs(p->n_stds * sy * st)), 1));
    g.ry = ceil(fmax(fmax(fabs(p->n_stds * sy * ct), fabs(p->n_stds * sx * st)), 1));
    return g;
}

/* 1 where the mixed term changes no weight by more than what float32 rounds away. */
static int is_separable(const wave *g)
{
    return fabs(g->xy) * g->rx * g->ry < 1e-9;
}

static wsi_status check(const void *params_, wsi_error *err)
{
    const gabor_params *p = (const gabor_params *)params_;
    const wave g = wave_of(p);
    const int most = is_separable(&g) ? WSI_TAPS_REACH : WSI_GABOR_REACH;
    /* Written so that NaN is refused. */
    WSI_RETURN_IF(!(g.rx <= most && g.ry <= most), WSI_ERR_CHAIN,
                  "the kernel reaches over %g x %g px, more than %d: frequency or bandwidth is too small, or n_stds or "
                  "sigma too large",
                  g.rx, g.ry, most);
    return WSI_OK;
}

static wsi_halo halo(const void *p)
{
    const wave g = wave_of((const gabor_params *)p);
    return (wsi_halo){(int64_t)g.rx, (int64_t)g.ry};
}

static int kernels_of(const gabor_params *p)
{
    return p->output == PART_MAGNITUDE ? 2 : 1;
}

static size_t scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const gabor_params *p = (const gabor_params *)params_;
    const wave g = wave_of(p);
    (void)inputs, (void)h;
    if (is_separable(&g)) return wsi_linear_scratch(WSI_LINEAR_WAVE, halo(p), in[0].channels, w);
    return wsi_stencil_plan(2 * (int)g.rx + 1, 2 * (int)g.ry + 1, kernels_of(p), in[0].channels, w).bytes;
}

static size_t cuda_scratch(const void *params_, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wave g = wave_of((const gabor_params *)params_);
    (void)inputs;
    if (!is_separable(&g)) return 0;
    return wsi_linear_cuda_scratch(WSI_LINEAR_WAVE, halo(params_), in[0].channels, w, h);
}

static int cuda_supports(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt out)
{
    (void)inputs, (void)out;
    return wsi_separable_cuda_takes((int)halo(p).x, in[0].channels);
}

/* Taps of one axis, real and imaginary: a convolution's, so that the wave runs backwards. */
static void axis_taps(wsi_tap_table *real, wsi_tap_table *imag, double square, double f, int r, double scale)
{
    double re[2 * WSI_TAPS_REACH + 1] = {0}, im[2 * WSI_TAPS_REACH + 1] = {0};
    for (int k = -r; k <= r; k++) {
        const double size = exp(-0.5 * square * k * k);
        re[r + k] = size * cos(f * k);
        im[r + k] = -size * sin(f * k);
    }
    wsi_taps_set(real, re, 2 * r + 1, r, scale);
    wsi_taps_set(imag, im, 2 * r + 1, r, scale);
    real->kind = WSI_TAPS_EVEN;
    imag->kind = WSI_TAPS_ODD; /* also where all are zero */
}

/* (v0 + i v1) * (h0 + i h1) * exp(i offset). */
static void prepare_wave(wsi_linear_state *s, const gabor_params *p, const wave *g, double scale)
{
    wsi_linear_begin(s, WSI_LINEAR_WAVE, p->mode, p->cval, scale, halo(p));
    s->symmetric = !p->preserve_range;
    axis_taps(&s->y[0], &s->y[1], g->yy, g->fy, s->ry, g->gain * scale);
    axis_taps(&s->x[0], &s->x[1], g->xx, g->fx, s->rx, 1);
    axis_taps(&s->x[2], &s->x[3], g->xx, g->fx, s->rx, -1);
    s->x[2] = s->x[0];
    for (int v = 0; v < 2; v++) s->beside[v] = (float)(p->cval / scale * wsi_taps_sum(&s->y[v]));
    s->finish = p->output == PART_MAGNITUDE ? WSI_LINEAR_MODULUS : WSI_LINEAR_TURN;
    s->a = (float)(p->output == PART_MAGNITUDE ? 1 : p->output == PART_REAL ? cos(p->offset) : sin(p->offset));
    s->b = (float)(p->output == PART_REAL ? -sin(p->offset) : cos(p->offset));
}

static void prepare_weights(wsi_gabor_state *state, const gabor_params *p, const wave *g, double scale)
{
    wsi_stencil_state *s = &state->head;
    const int rx = (int)g->rx, ry = (int)g->ry;
    s->w = 2 * rx + 1;
    s->h = 2 * ry + 1;
    s->left = rx;
    s->top = ry;
    s->kernels = kernels_of(p);
    s->finish = p->output == PART_MAGNITUDE ? WSI_LINEAR_MODULUS : WSI_LINEAR_PLAIN;
    s->a = 1.0f;
    s->mode = p->mode;
    s->symmetric = !p->preserve_range;
    s->outside = (float)(p->cval / scale);
    for (int m = 0; m < s->kernels; m++)
        for (int x = -rx; x <= rx; x++)
            for (int y = -ry; y <= ry; y++) {
                const double size = exp(-0.5 * (g->xx * x * x + g->xy * x * y + g->yy * y * y)) * g->gain * scale;
                const double phase = p->offset - g->fx * x - g->fy * y;
                const int real = s->kernels == 2 ? m == 0 : p->output == PART_REAL;
                state->taps[(m * s->w + x + rx) * s->h + y + ry] = (float)(size * (real ? cos(phase) : sin(phase)));
            }
}

static wsi_status prepare(const void *params_, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const gabor_params *p = (const gabor_params *)params_;
    wsi_gabor_state *s = (wsi_gabor_state *)state;
    const wave g = wave_of(p);
    const double scale = p->preserve_range ? 1.0 : wsi_scale_of(in[0].type);
    (void)inputs, (void)err;
    s->separable = is_separable(&g);
    if (s->separable)
        prepare_wave(&s->linear, p, &g, scale);
    else
        prepare_weights(s, p, &g, scale);
    return WSI_OK;
}

WSI_KERNEL_PICK(gabor)

const wsi_op wsi_op_gabor = {
    .name = "gabor",
    WSI_FILTER_ROW(1e-6),
    .summary = "Response to a Gabor kernel: a wave under a Gaussian, channel by channel.",
    .doc =
        "Convolution with exp(-(u^2 / sigma_x^2 + v^2 / sigma_y^2) / 2) * exp(i * (2 pi frequency u + offset)) / (2 pi "
        "sigma_x sigma_y), where u = x cos(theta) + y sin(theta) and v = -x sin(theta) + y cos(theta); without sigma_x "
        "or sigma_y each is sqrt(ln 2 / 2) / pi * (2^bandwidth + 1) / (2^bandwidth - 1) / frequency. output picks the "
        "real part, the imaginary part or the magnitude. The result is float32 on the image's own scale (255 stays "
        "255), not truncated to the image's type as the reference does with integers; preserve_range=false brings "
        "integer images to 0..1 (signed: -1..1) as img_as_float does. The reference gives the real and the imaginary "
        "part together: output picks. Errors on an image's own scale are relative to its largest value: sums in "
        "float32 whose terms cancel keep the rounding of the terms.\n\n"
        "Where sigma_x = sigma_y, or theta is a multiple of pi / 2, the kernel is a product of complex numbers for "
        "rows and columns and is applied as such; otherwise as two-dimensional weights of up to 64 pixels a side.\n\n"
        "Halo: ceil(max(n_stds |sigma_x cos|, n_stds |sigma_y sin|, 1)) columns, the same with sigma_x and sigma_y "
        "exchanged rows.",
    .source = "scikit-image 0.26 filters.gabor",
    .edge = "mode, default reflect",
    .complexity = "O(sigma) a pixel where the kernel is a product, O(sigma_x * sigma_y) otherwise",
    .example = "rgb2gray | gabor:frequency=0.1,output=magnitude",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(gabor_params),
    .state_size = sizeof(wsi_gabor_state),
    .check = check,
    .cuda = WSI_CUDA(gabor),
    .cuda_supports = cuda_supports,
    .cuda_scratch = cuda_scratch,
};
