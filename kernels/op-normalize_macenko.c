/* normalize_macenko: stain vectors from the extreme directions of the tissue's optical density. */
#include "normalize-private.h"

static const wsi_param params[] = {
    WSI_SOURCE_PARAM("240"),
    WSI_NORMALIZE_FLOAT(alpha,
                        "Percentile of the extreme directions, from both ends; the maxima are the percentile 100 - "
                        "alpha of the amounts.",
                        "%", "1", 0, 50, WSI_PARAM_MAX_OPEN),
    WSI_NORMALIZE_FLOAT(beta, "Tissue is where all three optical densities are at least this.", "", "0.15", 0, 1, 0),
    WSI_STATISTICS_PARAM("tissue", "Over which pixels the maxima are taken: tissue's, or all."),
    WSI_STAIN_TARGET_PARAMS,
    WSI_OVER_PARAMS};

static void tissue(const wsi_normalize_params *p, wsi_colour_rule *rule);

static const wsi_stain_method method = {.density = wsi_density_plus_one,
                                        .tissue = tissue,
                                        .sparse = -1,
                                        .rounds = 3,
                                        .round = {&wsi_stain_moments, &wsi_stain_angles, &wsi_stain_maxima}};

static void tissue(const wsi_normalize_params *p, wsi_colour_rule *rule)
{
    wsi_rule_dark(rule, wsi_density_limit(&method, p, 0), 3);
}

WSI_KERNEL_PICK(restain)
WSI_STAIN_REDUCTION

const wsi_op wsi_op_normalize_macenko = {
    .name = "normalize_macenko",
    .summary = "Bring the stains of a slide to a common appearance, by Macenko's method.",
    .doc = "Optical density is -ln((v + 1) / source_intensity). Of tissue, the covariance of the densities gives two "
           "principal directions (both with positive red); each density has an angle in their plane, and the "
           "percentiles alpha and 100 - alpha of the angle are the stain vectors, that with more red first "
           "(haematoxylin). Amounts of both stains are least squares' (they may be negative); their percentile 100 - "
           "alpha is the maximum. Amounts times target_maxima over maxima times target_stains are the new densities. "
           "Three rounds over the image before the result; sums are exact, percentiles are within 4e-5 of a radian "
           "and within 1e-5 of the range of amounts. " WSI_NORMALIZE_DOC "The default target is the one that most "
           "implementations have; those take the maxima over all pixels, as statistics=all does here.",
    .cost = 1.4,
    .source = "Macenko et al. 2009, A method for normalizing histology slides for quantitative analysis",
    .example = "normalize_macenko",
    WSI_NORMALIZE_ROW(restain),
};
