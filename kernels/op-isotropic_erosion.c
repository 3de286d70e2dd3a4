/* isotropic_erosion: erosion by all offsets within a distance. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_erosion)

const wsi_op wsi_op_isotropic_erosion = {
    WSI_ISOTROPIC_ROW(1),
    .name = "isotropic_erosion",
    .summary = "Binary erosion by a disk: true farther than the radius from every false pixel.",
    .doc = "result = distance to the nearest false pixel > radius. " WSI_ISOTROPIC_DOC
           "Halo: radius / spacing, rounded down.",
    .source = "scikit-image 0.26 morphology.isotropic_erosion",
    .example = "rgb2gray | threshold:value=0.5 | isotropic_erosion:radius=4.5",
    .cuda = WSI_CUDA(binary_erosion),
};
