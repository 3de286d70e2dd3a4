/* Parameter table, preparation and scratch of the binary operations. */
#include "binary-private.h"

#include <string.h>

static const char *const mode_names[] = {"ignore", "min", "max", NULL};
static const wsi_edge modes[] = {WSI_EDGE_IGNORE, WSI_EDGE_MIN, WSI_EDGE_MAX};

const wsi_param wsi_binary_param_table[WSI_BINARY_PARAM_COUNT] = {
    WSI_FOOTPRINT_PARAMS(wsi_morphology_params, "diamond", WSI_FOOTPRINT_RADIUS_MAX, WSI_FOOTPRINT_ROWS_MAX),
    {.name = "mode",
     .unit = "",
     .help = "What lies beyond the image: nothing that decides, false or true.",
     .offset = offsetof(wsi_morphology_params, mode),
     .type = WSI_PARAM_ENUM,
     .def = "ignore",
     .names = mode_names},
};

wsi_status wsi_binary_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params, (void)inputs, (void)err;
    *out = (wsi_pixfmt){WSI_BOOL, in[0].channels};
    return WSI_OK;
}

void wsi_binary_outside(wsi_edge mode, wsi_morphology_state *state)
{
    state->mode = WSI_EDGE_CONSTANT;
    memset(state->outside_min, mode != WSI_EDGE_MIN, sizeof state->outside_min);
    memset(state->outside_max, mode == WSI_EDGE_MAX, sizeof state->outside_max);
}

static wsi_status prepare(const void *params, wsi_footprint_even even, void *state)
{
    const wsi_morphology_params *p = (const wsi_morphology_params *)params;
    wsi_morphology_state *s = (wsi_morphology_state *)state;
    wsi_footprint_make(&p->footprint, even, &s->footprint);
    wsi_footprint_mirror(&s->footprint, &s->mirrored);
    wsi_binary_outside(modes[p->mode], s);
    return WSI_OK;
}

wsi_status wsi_binary_prepare_erosion(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)in, (void)inputs, (void)err;
    return prepare(params, WSI_EVEN_BEFORE, state);
}

/* Turned round, a footprint whose extra pixel lies before the centre has it after. */
wsi_status wsi_binary_prepare_dilation(const void *params, const wsi_pixfmt *in, int inputs, void *state,
                                       wsi_error *err)
{
    (void)in, (void)inputs, (void)err;
    return prepare(params, WSI_EVEN_AFTER, state);
}

size_t wsi_binary_scratch(wsi_binary_grey grey, wsi_morphology_size f, int stages, wsi_pixfmt in, int64_t w, int64_t h)
{
    const wsi_halo halo = wsi_morphology_halo(f, stages);
    const wsi_pixfmt truth = {WSI_BOOL, in.channels};
    const size_t plane = in.type == WSI_BOOL ? 0 : wsi_binary_plane(w + 2 * halo.x, h + 2 * halo.y, in.channels);
    return plane + grey(f, stages, truth, w, h);
}

static wsi_morphology_size size_of(const void *params)
{
    return wsi_morphology_size_of(&((const wsi_morphology_params *)params)->footprint);
}

size_t wsi_binary_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_binary_scratch(wsi_morphology_scratch, size_of(params), 1, in[0], w, h);
}

size_t wsi_binary_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_binary_scratch(wsi_morphology_scratch, size_of(params), 2, in[0], w, h);
}

size_t wsi_binary_cuda_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_binary_scratch(wsi_morphology_cuda_scratch, size_of(params), 1, in[0], w, h);
}

size_t wsi_binary_cuda_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h)
{
    (void)inputs;
    return wsi_binary_scratch(wsi_morphology_cuda_scratch, size_of(params), 2, in[0], w, h);
}
