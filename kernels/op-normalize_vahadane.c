/* normalize_vahadane: stain vectors by sparse non-negative matrix factorisation. */
#include "normalize-private.h"

static const wsi_param params[] = {
    WSI_SOURCE_PARAM("255"),
    WSI_NORMALIZE_FLOAT(alpha, "The maxima are the percentile 100 - alpha of the amounts.", "%", "1", 0, 50,
                        WSI_PARAM_MAX_OPEN),
    WSI_LUMINOSITY_PARAM,
    WSI_STATISTICS_PARAM("tissue", "Over which pixels the maxima are taken: tissue's, or all."),
    WSI_STAIN_TARGET_PARAMS,
    WSI_OVER_PARAMS};

static void tissue(const wsi_normalize_params *p, wsi_colour_rule *rule)
{
    wsi_rule_luminosity(rule, p->luminosity);
}

static const wsi_stain_method method = {.density = wsi_density_clipped,
                                        .tissue = tissue,
                                        .sparse = 0.01,
                                        .rounds = 2,
                                        .round = {&wsi_stain_sample, &wsi_stain_maxima}};

WSI_KERNEL_PICK(restain_sparse)
WSI_STAIN_REDUCTION

const wsi_op wsi_op_normalize_vahadane = {
    .name = "normalize_vahadane",
    .summary = "Bring the stains of a slide to a common appearance, by Vahadane's method.",
    .doc = "Optical density is -ln(v / source_intensity) with v clipped to 1 .. source_intensity. Stain vectors D "
           "(non-negative, of unit length, that with more red first) and amounts a >= 0 minimise the sum of |x - D "
           "a|^2 / 2 + 0.1 (a1 + a2) over the densities x of tissue. Up to 200000 pixels of tissue are all looked at; "
           "of more, a sample of 200000, in which a pixel's chance is in proportion to |x|^2 and comes from a hash of "
           "its place y * width + x, so that every run has the same ones, and in which each stands for as many pixels "
           "as its chance says (the result is then within about a grey level of the one with all). Amounts of a pixel "
           "are those >= 0 that minimise |x - D a|^2 / 2 + 0.01 (a1 + a2); their percentile 100 - alpha is the "
           "maximum. Amounts times target_maxima over maxima times target_stains are "
           "the new densities. Two rounds over the image before the result; percentiles are within 1e-5 of the range "
           "of amounts. " WSI_NORMALIZE_DOC,
    .cost = 2.2,
    .source = "Vahadane et al. 2016, Structure-preserving color normalization and sparse stain separation for "
              "histological images",
    .example = "normalize_vahadane",
    WSI_NORMALIZE_ROW(restain_sparse),
};
