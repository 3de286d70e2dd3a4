/* Parameter table and preparation shared by erosion, dilation, opening and closing. */
#include "morphology-private.h"

#include "footprint-private.h"

#include "cuda/morphology-cuda.h"

#include <math.h>

#define FIELD(name) offsetof(wsi_morphology_params, name)

const wsi_param wsi_morphology_param_table[WSI_MORPHOLOGY_PARAM_COUNT] = {
    WSI_FOOTPRINT_PARAMS(wsi_morphology_params, "diamond", WSI_FOOTPRINT_RADIUS_MAX, WSI_FOOTPRINT_ROWS_MAX),
    {.name = "mode",
     .unit = "",
     .help = "How the image goes on beyond its edges (wrap is not offered).",
     .offset = FIELD(mode),
     .type = WSI_PARAM_ENUM,
     .def = "reflect",
     .names = wsi_edge_names_morphology},
    {.name = "cval",
     .unit = "image's own scale",
     .help = "Value beyond the edges in mode constant.",
     .offset = FIELD(cval),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 1,
     .max = 0},
};

static double outside(const wsi_morphology_params *p, double lo, double hi, double neutral)
{
    switch (p->mode) {
    case WSI_EDGE_MIN:
        return lo;
    case WSI_EDGE_MAX:
        return hi;
    case WSI_EDGE_IGNORE:
        return neutral;
    case WSI_EDGE_CONSTANT:
        return p->cval;
    default:
        return 0;
    }
}

wsi_status wsi_morphology_check(const void *params, wsi_error *err)
{
    return wsi_footprint_check(&((const wsi_morphology_params *)params)->footprint, WSI_FOOTPRINT_ROWS_MAX, err);
}

wsi_status wsi_morphology_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_morphology_params *p = (const wsi_morphology_params *)params;
    wsi_morphology_state *s = (wsi_morphology_state *)state;
    double lo, hi;
    (void)inputs;
    wsi_footprint_make(&p->footprint, WSI_EVEN_AFTER, &s->footprint);
    wsi_footprint_mirror(&s->footprint, &s->mirrored);
    s->mode = p->mode >= WSI_EDGE_CONSTANT ? WSI_EDGE_CONSTANT : (wsi_edge)p->mode;
    wsi_type_range(in[0].type, &lo, &hi);
    WSI_FORWARD(wsi_sample_of(in[0].type, outside(p, lo, hi, hi), "cval", s->outside_min, err));
    return wsi_sample_of(in[0].type, outside(p, lo, hi, lo), "cval", s->outside_max, err);
}

wsi_morphology_size wsi_morphology_size_of(const wsi_footprint_params *p)
{
    wsi_morphology_size size;
    wsi_footprint_extent(p, &size.columns, &size.rows);
    size.box = wsi_footprint_is_box(p);
    return size;
}

static wsi_morphology_size size_of(const void *params)
{
    return wsi_morphology_size_of(&((const wsi_morphology_params *)params)->footprint);
}

wsi_halo wsi_morphology_halo(wsi_morphology_size f, int stages)
{
    return (wsi_halo){stages * (f.columns / 2), stages * (f.rows / 2)};
}

wsi_halo wsi_morphology_halo1(const void *params)
{
    return wsi_morphology_halo(size_of(params), 1);
}

wsi_halo wsi_morphology_halo2(const void *params)
{
    return wsi_morphology_halo(size_of(params), 2);
}

size_t wsi_morphology_scratch(wsi_morphology_size f, int stages, wsi_pixfmt fmt, int64_t w, int64_t h)
{
    const int64_t middle = w + 2 * (f.columns / 2);
    if (stages == 1) return wsi_morphology_stage(f, w, fmt);
    return wsi_morphology_row(middle, 0, fmt) * (size_t)(h + 2 * (f.rows / 2)) + wsi_morphology_stage(f, middle, fmt);
}

size_t wsi_morphology_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_morphology_scratch(size_of(params), 1, in[0], w, h);
}

size_t wsi_morphology_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_morphology_scratch(size_of(params), 2, in[0], w, h);
}

/* Planes of keys, where one pass in shared memory may not do. */
static size_t cuda_stage(wsi_morphology_size f, wsi_pixfmt fmt, int64_t w, int64_t h)
{
    if (wsi_morphology_tile_samples(f.columns, fmt) > 0 && (f.rows + 1) / 2 <= WSI_MORPHOLOGY_TILE_CHORDS &&
        wsi_morphology_tile_bytes(f.rows, fmt) <= WSI_MORPHOLOGY_TILE_EVERYWHERE)
        return 0;
    return WSI_MORPHOLOGY_PLANES * wsi_morphology_plane(f.columns, f.rows, w, h, fmt);
}

/* With two stages also the image between them; the first stage's scratch is the larger one. */
size_t wsi_morphology_cuda_scratch(wsi_morphology_size f, int stages, wsi_pixfmt fmt, int64_t w, int64_t h)
{
    if (stages == 1) return cuda_stage(f, fmt, w, h);
    w += 2 * (f.columns / 2);
    h += 2 * (f.rows / 2);
    return wsi_morphology_middle(w, fmt) * (size_t)h + cuda_stage(f, fmt, w, h);
}

size_t wsi_morphology_cuda_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_morphology_cuda_scratch(size_of(params), 1, in[0], w, h);
}

size_t wsi_morphology_cuda_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_morphology_cuda_scratch(size_of(params), 2, in[0], w, h);
}
