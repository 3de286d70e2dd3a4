/* From a row's prepared state to its separable filter. */
#include "linear-private.h"

#include <math.h>

enum { TERMS_MOST = 4 };

typedef struct shape {
    int verticals, terms, outs;
    struct {
        int vertical, out;
    } term[TERMS_MOST];
} shape;

/* By wsi_linear_shape. */
static const shape shapes[] = {
    {1, 1, 1, {{0, 0}}},         {1, 1, 1, {{0, 0}}},         {1, 1, 1, {{0, 0}}},
    {2, 2, 1, {{0, 0}, {1, 0}}}, {2, 2, 2, {{0, 0}, {1, 1}}}, {2, 4, 2, {{0, 0}, {0, 1}, {1, 1}, {1, 0}}},
};

void wsi_linear_filter(const wsi_linear_state *s, wsi_separable *filter)
{
    const shape *of = &shapes[s->shape];
    filter->mode = s->mode;
    filter->verticals = of->verticals;
    filter->terms = of->terms;
    filter->outs = of->outs;
    filter->ry = s->ry;
    filter->rx = s->rx;
    filter->outside = s->outside;
    for (int v = 0; v < of->verticals; v++) {
        filter->y[v] = wsi_taps_of(&s->y[v]);
        filter->beside[v] = s->beside[v];
    }
    for (int t = 0; t < of->terms; t++) {
        const wsi_separable_term term = {of->term[t].vertical, of->term[t].out, wsi_taps_of(&s->x[t])};
        filter->term[t] = term;
    }
}

size_t wsi_linear_scratch(wsi_linear_shape kind, wsi_halo halo, int channels, int64_t w)
{
    const shape *of = &shapes[kind];
    return wsi_separable_plan((int)halo.y, (int)halo.x, of->verticals, of->outs, channels, w).bytes;
}

size_t wsi_linear_cuda_scratch(wsi_linear_shape kind, wsi_halo halo, int channels, int64_t w, int64_t h)
{
    return wsi_separable_cuda_scratch((int)halo.y, (int)halo.x, shapes[kind].verticals, channels, w, h);
}

int64_t wsi_linear_radius(double sigma, double truncate)
{
    return sigma > 1e-15 ? (int64_t)floor(truncate * sigma + 0.5) : 0;
}

wsi_status wsi_linear_check_radius(int64_t radius, const char *name, wsi_error *err)
{
    WSI_RETURN_IF(radius > WSI_TAPS_REACH, WSI_ERR_CHAIN, "parameter %s: the reach of %lld px passes %d", name,
                  (long long)radius, WSI_TAPS_REACH);
    return WSI_OK;
}

void wsi_linear_begin(wsi_linear_state *s, wsi_linear_shape shape_, int mode, double cval, double scale, wsi_halo halo)
{
    s->shape = (int)shape_;
    s->finish = WSI_LINEAR_PLAIN;
    s->mode = mode;
    s->symmetric = 1;
    s->ry = (int)halo.y;
    s->rx = (int)halo.x;
    s->outside = (float)(cval / scale);
    s->beside[0] = s->beside[1] = (float)cval;
}
