/* Matrices, white points and tables of the conversions between colour spaces. */
#include "colour-private.h"

#include <string.h>

const double wsi_xyz_from_rgb[3][3] = {
    {0.412453, 0.357580, 0.180423}, {0.212671, 0.715160, 0.072169}, {0.019334, 0.119193, 0.950227}};

const double wsi_ycbcr_from_rgb[3][3] = {
    {65.481, 128.553, 24.966}, {-37.797, -74.203, 112.0}, {112.0, -93.786, -18.214}};

const char *const wsi_illuminants[] = {"A", "B", "C", "D50", "D55", "D65", "D75", "E", NULL};
const char *const wsi_observers[] = {"2", "10", "R", NULL};

enum { ILLUMINANTS = 8, OBSERVERS = 3 };

/* X, Y, Z by illuminant and observer: scikit-image 0.26, color.xyz_tristimulus_values. */
static const double whites[ILLUMINANTS][OBSERVERS][3] = {{{1.098466069456375, 1.0, 0.3558228003436005},
                                                          {1.111420406956693, 1.0, 0.3519978321919493},
                                                          {1.098466069456375, 1.0, 0.3558228003436005}},
                                                         {{0.9909274480248003, 1.0, 0.8531327322886154},
                                                          {0.9917777147717607, 1.0, 0.8434930535866175},
                                                          {0.9909274480248003, 1.0, 0.8531327322886154}},
                                                         {{0.980705971659919, 1.0, 1.1822494939271255},
                                                          {0.9728569189782166, 1.0, 1.1614480488951577},
                                                          {0.980705971659919, 1.0, 1.1822494939271255}},
                                                         {{0.9642119944211994, 1.0, 0.8251882845188288},
                                                          {0.9672062750333777, 1.0, 0.8142801513128616},
                                                          {0.9639501491621826, 1.0, 0.8241280285499208}},
                                                         {{0.956797052643698, 1.0, 0.9214805860173273},
                                                          {0.9579665682254781, 1.0, 0.9092525159847462},
                                                          {0.9565317453467969, 1.0, 0.9202554587037198}},
                                                         {{0.95047, 1.0, 1.08883},
                                                          {0.94809667673716, 1.0, 1.0730513595166162},
                                                          {0.9532057125493769, 1.0, 1.0853843816469158}},
                                                         {{0.9497220898840717, 1.0, 1.226393520724154},
                                                          {0.9441713925645873, 1.0, 1.2064272211720228},
                                                          {0.9497220898840717, 1.0, 1.226393520724154}},
                                                         {{1.0, 1.0, 1.0}, {1.0, 1.0, 1.0}, {1.0, 1.0, 1.0}}};

const double *wsi_colour_white(const wsi_colour_params *params)
{
    return whites[params->illuminant][params->observer];
}

void wsi_colour_tabulate(wsi_colour_state *state)
{
    for (int v = 0; v < WSI_COLOUR_VALUES; v++) state->linear[v] = wsi_px_linear(v * (1.0 / 255.0));
}

wsi_status wsi_colour_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params, (void)inputs;
    *out = (wsi_pixfmt){WSI_F32, 3};
    return wsi_need_channels(in, 3, err);
}

wsi_status wsi_colour_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    (void)params, (void)inputs, (void)err;
    ((wsi_colour_state *)state)->scale = wsi_scale_of(in[0].type);
    return WSI_OK;
}

wsi_status wsi_colour_prepare_white(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err)
{
    wsi_colour_state *s = (wsi_colour_state *)state;
    memcpy(s->space.white, wsi_colour_white((const wsi_colour_params *)params), sizeof s->space.white);
    return wsi_colour_prepare(params, in, inputs, state, err);
}
