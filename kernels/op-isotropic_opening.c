/* isotropic_opening: opening by all offsets within a distance. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_opening)

const wsi_op wsi_op_isotropic_opening = {
    WSI_ISOTROPIC_ROW(2),
    .name = "isotropic_opening",
    .summary = "Binary opening by a disk: isotropic erosion, then isotropic dilation.",
    .doc = "Pixels farther than the radius from every false one, and what lies within the radius of "
           "those. " WSI_ISOTROPIC_DOC "Halo: twice radius / spacing rounded down.",
    .source = "scikit-image 0.26 morphology.isotropic_opening",
    .example = "rgb2gray | threshold:value=0.5 | isotropic_opening:radius=4.5",
    .cuda = WSI_CUDA(binary_opening),
};
