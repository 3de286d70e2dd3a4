/* What the rows of erosion, dilation, opening and closing share. */
#ifndef WSI_MORPHOLOGY_PRIVATE_H
#define WSI_MORPHOLOGY_PRIVATE_H

#include "morphology.h"
#include "op-private.h"

enum { WSI_MORPHOLOGY_PARAM_COUNT = 6 };
extern const wsi_param wsi_morphology_param_table[WSI_MORPHOLOGY_PARAM_COUNT];

wsi_status wsi_morphology_prepare(const void *params, const wsi_pixfmt *in, int inputs, void *state, wsi_error *err);
/* Halo and scratch of one stage (erosion, dilation) and of two (opening, closing). */
wsi_halo wsi_morphology_halo1(const void *params);
wsi_halo wsi_morphology_halo2(const void *params);
size_t wsi_morphology_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_morphology_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
/* The same for a device. */
size_t wsi_morphology_cuda_scratch1(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);
size_t wsi_morphology_cuda_scratch2(const void *params, const wsi_pixfmt *in, int inputs, int64_t w, int64_t h);

/* Text that all four documents end with. */
#define WSI_MORPHOLOGY_DOC                                                                                             \
    "Footprints: disk (x^2 + y^2 <= radius^2), diamond (|x| + |y| <= radius; radius 1, the default, is the 3x3 "       \
    "cross), "                                                                                                         \
    "square (width x width), rectangle (width x height). An even width or height has its extra pixel to the right or " \
    "below. Works on every sample type and keeps it; several channels are processed one by one. Mode min or max "      \
    "continues the image with the type's least or greatest value, ignore with the one that never decides. In float "   \
    "images NaN never decides, and -0 counts as 0.\n\n"

#endif
