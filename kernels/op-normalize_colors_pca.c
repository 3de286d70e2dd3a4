/* normalize_colors_pca: Macenko's method with cuCIM's numbers. */
#include "normalize-private.h"

static const wsi_param params[] = {
    WSI_SOURCE_PARAM("240"),
    WSI_NORMALIZE_FLOAT(alpha, "The maxima are the percentile 100 - alpha of the amounts.", "%", "1", 0, 50,
                        WSI_PARAM_MAX_OPEN),
    WSI_NORMALIZE_FLOAT(beta, "Tissue is where any of the three optical densities is above this.", "", "0.345", 0, 1,
                        0),
    WSI_STATISTICS_PARAM("all", "Over which pixels the maxima are taken: tissue's, or all."),
    WSI_NORMALIZE_FLOATS("ref_stain_coeff", stains,
                         "Optical densities that slides are brought to: for R, G and B, of haematoxylin and eosin.",
                         "[0.5626,0.2159,0.7201,0.8012,0.4062,0.5581]", 6, 0),
    WSI_NORMALIZE_FLOATS("ref_max_conc", maxima, "Maxima of both amounts that slides are brought to.",
                         "[1.9705,1.0308]", 2, 0.01),
    WSI_OVER_PARAMS};

static void tissue(const wsi_normalize_params *p, wsi_colour_rule *rule);

static const wsi_stain_method method = {.density = wsi_density_clipped,
                                        .tissue = tissue,
                                        .sparse = -1,
                                        .columns = 1,
                                        .fixed_angles = 1,
                                        .rounds = 3,
                                        .round = {&wsi_stain_moments, &wsi_stain_angles, &wsi_stain_maxima}};

static void tissue(const wsi_normalize_params *p, wsi_colour_rule *rule)
{
    wsi_rule_dark(rule, wsi_density_limit(&method, p, 1), 1);
}

WSI_KERNEL_PICK(restain)
WSI_STAIN_REDUCTION

const wsi_op wsi_op_normalize_colors_pca = {
    .name = "normalize_colors_pca",
    .summary = "Bring the stains of a slide to a common appearance, with cuCIM's numbers.",
    .doc = "As normalize_macenko, but: optical density is -ln(v / source_intensity) with v clipped to 1 .. "
           "source_intensity; tissue has any density above beta; the extreme angles are the percentiles 1 and 99 "
           "whatever alpha is, as in the reference; maxima are taken over all pixels. " WSI_NORMALIZE_DOC,
    .cost = 1.1,
    .source = "cuCIM core.operations.color.normalize_colors_pca; Macenko et al. 2009",
    .example = "normalize_colors_pca",
    WSI_NORMALIZE_ROW(restain),
};
