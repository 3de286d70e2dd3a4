/* rolling_ball: the background that a ball rolled below the image touches. */
#include "op-private.h"
#include "rolling_ball.h"

#include <math.h>

static const wsi_param params[] = {
    {.name = "radius",
     .unit = "px",
     .help = "Radius of the ball, in pixels across and in grey levels up.",
     .offset = offsetof(wsi_rolling_ball_params, radius),
     .type = WSI_PARAM_INT,
     .def = "100",
     .min = 1,
     .max = WSI_ROLLING_BALL_RADIUS_MAX},
};

static int64_t radius_of(const void *p)
{
    return ((const wsi_rolling_ball_params *)p)->radius;
}

static wsi_status resolve(const void *p, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)p, (void)inputs;
    WSI_RETURN_IF(in[0].type == WSI_BOOL, WSI_ERR_CHAIN, "takes grey levels, not a mask");
    *out = in[0];
    if (in[0].type == WSI_F64) out->type = WSI_F32;
    return WSI_OK;
}

static wsi_halo halo(const void *p)
{
    return (wsi_halo){radius_of(p), radius_of(p)};
}

static size_t scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs, (void)h;
    return wsi_rolling_ball_scratch(w, radius_of(p), in[0].channels);
}

static size_t cuda_scratch(const void *p, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_rolling_ball_plane(w, h, radius_of(p), in[0]);
}

static wsi_status prepare(const void *p, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_rolling_ball_state *s = (wsi_rolling_ball_state *)state;
    const int r = (int)radius_of(p);
    (void)in, (void)inputs, (void)err;
    s->radius = r;
    for (int dy = 0; dy <= r; dy++)
        for (int dx = 0; dx < WSI_ROLLING_BALL_SIDE; dx++) {
            const int left = r * r - dx * dx - dy * dy;
            s->drop[dy][dx] = left < 0 ? HUGE_VAL : r - sqrt((double)left);
            s->drop_f32[dy][dx] = (float)s->drop[dy][dx];
            s->drop_whole[dy][dx] = left < 0 ? 255 : (uint8_t)s->drop[dy][dx];
            if (left >= 0) s->width[dy] = (int16_t)dx;
        }
    return WSI_OK;
}

WSI_KERNEL_PICK(rolling_ball)

const wsi_op wsi_op_rolling_ball = {
    .name = "rolling_ball",
    .module = "restoration",
    .summary = "Background by a ball rolled below the image, channel by channel.",
    .doc = "The least of v(x + dx, y + dy) + radius - sqrt(radius^2 - dx^2 - dy^2) over dx^2 + dy^2 <= radius^2: how "
           "high the apex of a ball under the image gets. The result has the image's type, sums being cut to whole "
           "numbers; float64 images give float32. Dark pixels are the background: invert a bright-field image first. "
           "NaN never decides, as in the reference with its default nansafe=False (True spreads NaN there). A kernel "
           "of one's own is not offered.\n\nHalo: "
           "radius.",
    .source = "scikit-image 0.26 restoration.rolling_ball; Sternberg 1983",
    .edge = "none: nothing lies beyond the image (+inf)",
    .complexity = "O(radius^2) vector operations a pixel at most; parts of the ball that lie below what was found are "
                  "passed over",
    .example = "rgb2gray | invert | rolling_ball:radius=20",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_rolling_ball_params),
    .state_size = sizeof(wsi_rolling_ball_state),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .resolve = resolve,
    .halo = halo,
    .scratch = scratch,
    .prepare = prepare,
    .kernel = kernel,
    .cuda = WSI_CUDA(rolling_ball),
    .cuda_scratch = cuda_scratch,
};
