/* Parameter table and preparation shared by erosion, dilation, opening and closing. */
#include "morphology-private.h"

#include "cuda/morphology-cuda.h"

#include <math.h>

#define FIELD(name) offsetof(wsi_morphology_params, name)

const wsi_param wsi_morphology_param_table[WSI_MORPHOLOGY_PARAM_COUNT] = {
    {.name = "footprint",
     .unit = "",
     .help = "Shape of the neighbourhood.",
     .offset = FIELD(footprint.shape),
     .type = WSI_PARAM_ENUM,
     .def = "diamond",
     .names = wsi_footprint_names},
    {.name = "radius",
     .unit = "px",
     .help = "Radius of a disk or diamond.",
     .offset = FIELD(footprint.radius),
     .type = WSI_PARAM_INT,
     .def = "1",
     .min = 0,
     .max = WSI_FOOTPRINT_RADIUS_MAX},
    {.name = "width",
     .unit = "px",
     .help = "Width of a square or rectangle.",
     .offset = FIELD(footprint.width),
     .type = WSI_PARAM_INT,
     .def = "3",
     .min = 1,
     .max = WSI_FOOTPRINT_ROWS_MAX},
    {.name = "height",
     .unit = "px",
     .help = "Height of a rectangle.",
     .offset = FIELD(footprint.height),
     .type = WSI_PARAM_INT,
     .def = "3",
     .min = 1,
     .max = WSI_FOOTPRINT_ROWS_MAX},
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

wsi_halo wsi_morphology_halo1(const void *params)
{
    wsi_halo h;
    wsi_footprint_reach(&((const wsi_morphology_params *)params)->footprint, &h.x, &h.y);
    return h;
}

/* Twice the larger reach, also where an even footprint reaches less far to one side: an edge mode may turn the farther
 * look beyond one edge of the slide into one to the other side. */
wsi_halo wsi_morphology_halo2(const void *params)
{
    const wsi_halo one = wsi_morphology_halo1(params);
    return (wsi_halo){2 * one.x, 2 * one.y};
}

size_t wsi_morphology_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs, (void)h;
    return wsi_morphology_stage(&((const wsi_morphology_params *)params)->footprint, w, in[0]);
}

size_t wsi_morphology_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_halo one = wsi_morphology_halo1(params);
    const int64_t middle = w + 2 * one.x;
    (void)inputs;
    return wsi_morphology_row(middle, 0, in[0]) * (size_t)(h + 2 * one.y) +
           wsi_morphology_stage(&((const wsi_morphology_params *)params)->footprint, middle, in[0]);
}

/* Planes of keys, where one pass in shared memory may not do. */
size_t wsi_morphology_cuda_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_footprint_params *p = &((const wsi_morphology_params *)params)->footprint;
    int64_t columns, rows;
    (void)inputs;
    wsi_footprint_extent(p, &columns, &rows);
    if (wsi_morphology_tile_samples(columns, in[0]) > 0 && (rows + 1) / 2 <= WSI_MORPHOLOGY_TILE_CHORDS &&
        wsi_morphology_tile_bytes(rows, in[0]) <= WSI_MORPHOLOGY_TILE_EVERYWHERE)
        return 0;
    return WSI_MORPHOLOGY_PLANES * wsi_morphology_plane(columns, rows, w, h, in[0]);
}

/* The image between the stages, and the first stage's scratch, which is the larger one. */
size_t wsi_morphology_cuda_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_halo one = wsi_morphology_halo1(params);
    w += 2 * one.x;
    h += 2 * one.y;
    return wsi_morphology_middle(w, in[0]) * (size_t)h + wsi_morphology_cuda_scratch1(params, in, inputs, w, h);
}
