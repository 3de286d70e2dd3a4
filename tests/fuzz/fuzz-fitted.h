/* Chains whose steps learn something of the slide: what they learn is what files of parameters hold. */
#ifndef WSI_FUZZ_FITTED_H
#define WSI_FUZZ_FITTED_H

#define FUZZ_FITTED_SLIDE "synthetic:400x300,seed=1" /* has tissue */

static const char *const fuzz_fitted[] = {
    "denoise_bilateral",
    "equalize_adapthist",
    "equalize_hist",
    "rgb2gray | frangi:sigmas=[1]",
    "rgb2gray | meijering:sigmas=[1]",
    "normalize_colors_pca",
    "normalize_macenko",
    "normalize_reinhard",
    "normalize_vahadane",
    "rescale_intensity",
    "rgb2gray | threshold_isodata",
    "rgb2gray | threshold_li",
    "rgb2gray | threshold_mean",
    "rgb2gray | threshold_minimum",
    "rgb2gray | threshold_multiotsu",
    "rgb2gray | threshold_otsu",
    "rgb2gray | threshold_triangle",
    "rgb2gray | threshold_yen",
    "rgb2gray | unsharp_mask",
};
enum { FUZZ_FITTED = sizeof fuzz_fitted / sizeof *fuzz_fitted };

#endif
