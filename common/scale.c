/* Rectangles from frame to frame. All coordinates are non-negative but those of a core's halo, which never get here. */
#include "scale.h"

int64_t wsi_ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

int64_t wsi_common_multiple(int64_t a, int64_t b)
{
    return a / common_divisor(a, b) * b;
}

int wsi_scale_equal(wsi_scale a, wsi_scale b)
{
    return a.up_x == b.up_x && a.up_y == b.up_y && a.down_x == b.down_x && a.down_y == b.down_y;
}

wsi_scale wsi_scale_product(wsi_scale a, wsi_scale b)
{
    const wsi_scale s = {a.up_x * b.up_x, a.up_y * b.up_y, a.down_x * b.down_x, a.down_y * b.down_y};
    const int64_t x = common_divisor(s.up_x, s.down_x), y = common_divisor(s.up_y, s.down_y);
    return (wsi_scale){s.up_x / x, s.up_y / y, s.down_x / x, s.down_y / y};
}

wsi_rect wsi_scale_frame(wsi_scale s, wsi_rect r)
{
    return (wsi_rect){0, 0, wsi_ceil_div(r.w * s.up_x, s.down_x), wsi_ceil_div(r.h * s.up_y, s.down_y)};
}

wsi_rect wsi_scale_back(wsi_scale s, wsi_rect out)
{
    const int64_t x = out.x * s.down_x / s.up_x, y = out.y * s.down_y / s.up_y;
    return (wsi_rect){x, y, wsi_ceil_div((out.x + out.w) * s.down_x, s.up_x) - x,
                      wsi_ceil_div((out.y + out.h) * s.down_y, s.up_y) - y};
}

/* The first result pixel that begins at or after input pixel `at`; past the input's end comes the result's. */
static int64_t boundary(int64_t at, int64_t n, int64_t size, int64_t up, int64_t down)
{
    return at >= n ? size : wsi_ceil_div(at * up, down);
}

wsi_rect wsi_scale_share(wsi_scale s, wsi_rect core, wsi_rect level, wsi_rect frame)
{
    const int64_t x0 = boundary(core.x, level.w, frame.w, s.up_x, s.down_x);
    const int64_t x1 = boundary(core.x + core.w, level.w, frame.w, s.up_x, s.down_x);
    const int64_t y0 = boundary(core.y, level.h, frame.h, s.up_y, s.down_y);
    const int64_t y1 = boundary(core.y + core.h, level.h, frame.h, s.up_y, s.down_y);
    return (wsi_rect){x0, y0, x1 - x0, y1 - y0};
}
