/* threshold_sauvola: a threshold from the mean and standard deviation about each pixel. */
#include "local-private.h"

#include <math.h>

/* Half the range that scikit-image gives a type: 0..1 for bool, -1..1 for floats. */
static double half_range(wsi_dtype type)
{
    double lo, hi;
    wsi_type_range(type, &lo, &hi);
    return hi == HUGE_VAL ? 1.0 : (hi - lo) / 2;
}

static wsi_status prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    const wsi_local_params *p = (const wsi_local_params *)params;
    wsi_local_state *s = (wsi_local_state *)state;
    (void)inputs, (void)err;
    wsi_local_window(&p->window_size, WSI_EDGE_MIRROR, s);
    s->formula = WSI_LOCAL_SAUVOLA;
    s->k = p->k;
    s->r_scale = 1 / (p->r.n ? p->r.v[0] : half_range(in[0].type));
    return WSI_OK;
}

WSI_KERNEL_PICK(threshold_sauvola)

const wsi_op wsi_op_threshold_sauvola = {
    .name = "threshold_sauvola",
    .summary = "Sauvola's local threshold, as an image, channel by channel.",
    .doc = "threshold = m (1 + k (s / r - 1)). " WSI_LOCAL_DOC,
    .cost = 6.5,
    .source = "scikit-image 0.26 filters.threshold_sauvola",
    .example = "rgb2gray | threshold_sauvola:window_size=25",
    WSI_LOCAL_ROW(WSI_LOCAL_PARAM_COUNT),
    .cuda = WSI_CUDA(threshold_sauvola),
};
