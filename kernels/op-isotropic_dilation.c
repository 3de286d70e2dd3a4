/* isotropic_dilation: dilation by all offsets within a distance. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_dilation)

const wsi_op wsi_op_isotropic_dilation = {
    WSI_ISOTROPIC_ROW(1),
    .name = "isotropic_dilation",
    .summary = "Binary dilation by a disk: true within the radius of a true pixel.",
    .doc = "result = distance to the nearest true pixel <= radius. " WSI_ISOTROPIC_DOC
           "Halo: radius / spacing, rounded down.",
    .source = "scikit-image 0.26 morphology.isotropic_dilation",
    .example = "rgb2gray | threshold:value=0.5 | isotropic_dilation:radius=4.5",
    .cuda = WSI_CUDA(binary_dilation),
};
