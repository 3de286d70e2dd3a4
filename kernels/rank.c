/* Parameter table and preparation shared by the rank filters. */
#include "rank-private.h"

#include "morphology-private.h"

const wsi_param wsi_rank_param_table[WSI_RANK_PARAM_COUNT + 1] = {
    WSI_FOOTPRINT_PARAMS(wsi_rank_params, "square", WSI_RANK_RADIUS_MAX, WSI_RANK_SIDE_MAX),
    {.name = "p0",
     .unit = "",
     .help = "Fraction of the neighbourhood's pixels below the result: 0 the smallest, 1 the largest.",
     .offset = offsetof(wsi_rank_params, p0),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 0,
     .max = 1},
};

wsi_status wsi_rank_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params, (void)inputs;
    WSI_RETURN_IF(in[0].type != WSI_U8 && in[0].type != WSI_U16, WSI_ERR_CHAIN,
                  "takes an image of uint8 or uint16, not of %s: cast it", wsi_dtype_name(in[0].type));
    *out = in[0];
    return WSI_OK;
}

wsi_status wsi_rank_check(const void *params, wsi_error *err)
{
    return wsi_footprint_check(&((const wsi_rank_params *)params)->footprint, WSI_RANK_SIDE_MAX, err);
}

wsi_halo wsi_rank_halo(const void *params)
{
    wsi_halo h;
    wsi_footprint_reach(&((const wsi_rank_params *)params)->footprint, &h.x, &h.y);
    return h;
}

size_t wsi_rank_row_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    int64_t columns, rows;
    (void)inputs, (void)h;
    wsi_footprint_extent(&((const wsi_rank_params *)params)->footprint, &columns, &rows);
    return wsi_rank_scratch(w, columns, rows, in[0]);
}

/* The first and last row of each of the footprint's columns: no column has a gap, since runs do not get wider away from
 * the middle row. */
static void find_borders(wsi_rank_state *s)
{
    const wsi_footprint *f = &s->footprint;
    s->borders = 0;
    for (int dx = -f->left; dx <= f->right; dx++) {
        int first = f->bottom + 1, last = -f->top - 1;
        for (int i = 0; i < f->chords; i++) {
            if (dx < -f->chord[i].left || dx > f->chord[i].right) continue;
            for (int k = f->chord[i].first; k < f->chord[i].first + f->chord[i].count; k++) {
                if (f->dy[k] < first) first = f->dy[k];
                if (f->dy[k] > last) last = f->dy[k];
            }
        }
        if (first > last) continue;
        s->leave[s->borders] = (wsi_rank_place){(int16_t)dx, (int16_t)first};
        s->enter[s->borders++] = (wsi_rank_place){(int16_t)dx, (int16_t)last};
    }
}

void wsi_rank_state_of(const wsi_rank_params *p, wsi_rank_state *out)
{
    wsi_footprint_make(&p->footprint, WSI_EVEN_BEFORE, &out->footprint);
    find_borders(out);
    out->p0 = p->p0;
}

wsi_status wsi_rank_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)in, (void)inputs, (void)err;
    wsi_rank_state_of((const wsi_rank_params *)params, (wsi_rank_state *)state);
    return WSI_OK;
}

size_t wsi_rank_extreme_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_morphology_size f = wsi_morphology_size_of(&((const wsi_rank_params *)params)->footprint);
    (void)inputs;
    return wsi_morphology_scratch(f, 1, in[0], w, h);
}

size_t wsi_rank_extreme_cuda_scratch(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    const wsi_morphology_size f = wsi_morphology_size_of(&((const wsi_rank_params *)params)->footprint);
    (void)inputs;
    return wsi_morphology_cuda_scratch(f, 1, in[0], w, h);
}

wsi_status wsi_rank_extreme_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_morphology_state *s = (wsi_morphology_state *)state;
    double lo, hi;
    (void)inputs;
    wsi_footprint_make(&((const wsi_rank_params *)params)->footprint, WSI_EVEN_BEFORE, &s->footprint);
    wsi_footprint_mirror(&s->footprint, &s->mirrored);
    s->mode = WSI_EDGE_CONSTANT;
    wsi_type_range(in[0].type, &lo, &hi);
    WSI_FORWARD(wsi_sample_of(in[0].type, hi, "footprint", s->outside_min, err));
    return wsi_sample_of(in[0].type, lo, "footprint", s->outside_max, err);
}
