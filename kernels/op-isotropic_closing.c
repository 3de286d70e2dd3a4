/* isotropic_closing: closing by all offsets within a distance. */
#include "binary-private.h"

WSI_KERNEL_PICK(binary_closing)

const wsi_op wsi_op_isotropic_closing = {
    WSI_ISOTROPIC_ROW(2),
    .name = "isotropic_closing",
    .summary = "Binary closing by a disk: isotropic dilation, then isotropic erosion.",
    .doc = "Pixels within the radius of a true one, less what lies within the radius of the others. " WSI_ISOTROPIC_DOC
           "Halo: twice radius / spacing rounded down.",
    .source = "scikit-image 0.26 morphology.isotropic_closing",
    .example = "rgb2gray | threshold:value=0.5 | isotropic_closing:radius=4.5",
    .cuda = WSI_CUDA(binary_closing),
};
