/* What the rows of resize and pyramid_reduce share. */
#include "resample-private.h"

#include <math.h>

int wsi_resample_radius(double sigma)
{
    return sigma > 1e-15 ? (int)floor(4 * sigma + 0.5) : 0;
}

static void fill_axis(wsi_resample_axis *axis, int64_t size, const wsi_resample_state *s, double sigma, double scale)
{
    const int64_t result = wsi_ceil_div(size * s->up, s->down);
    axis->zoom = (double)size / (double)result;
    axis->radius = wsi_resample_radius(sigma);
    wsi_taps_gaussian(&axis->blur, sigma, axis->radius, 0, scale);
}

void wsi_resample_axes(wsi_resample_state *s, int64_t w, int64_t h, double sigma_x, double sigma_y)
{
    fill_axis(&s->y, h, s, sigma_y, s->scale);
    fill_axis(&s->x, w, s, sigma_x, 1);
}

size_t wsi_resample_cuda_scratch(int64_t w, int64_t h, int channels, int down, int up, int radius)
{
    return (size_t)(wsi_resample_columns(w, down, up, radius) * channels * h) * sizeof(float);
}
