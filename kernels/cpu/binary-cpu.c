/* The binary and the isotropic forms of erosion, dilation, opening and closing: the grey ones on truth values. Which
 * footprint they have, and what stands outside, is in the prepared state. */
#include "isa.h"

#include "grey.h"
#include "kernels/binary.h"
#include "truth.h"

static void run(const wsi_kernel_args *args, int stages, wsi_kernel_fn grey)
{
    const wsi_image *src = &args->src[0];
    if (src->fmt.type == WSI_BOOL) {
        grey(args);
        return;
    }
    const wsi_rect seen = wsi_binary_seen(args, stages);
    const wsi_image from = wsi_image_crop(src, seen);
    const wsi_kernel_args call = wsi_binary_call(args, seen);
    for (int64_t y = 0; y < seen.h; y++) {
        uint8_t *to = (uint8_t *)wsi_image_row(&call.src[0], y);
        WSI_CPU(truth_row)(to, wsi_image_row(&from, y), src->fmt.type, seen.w * src->fmt.channels);
    }
    grey(&call);
}

WSI_CPU_KERNEL(binary_erosion)
{
    run(args, 1, WSI_CPU(erosion));
}

WSI_CPU_KERNEL(binary_dilation)
{
    run(args, 1, WSI_CPU(dilation));
}

WSI_CPU_KERNEL(binary_opening)
{
    run(args, 2, WSI_CPU(opening));
}

WSI_CPU_KERNEL(binary_closing)
{
    run(args, 2, WSI_CPU(closing));
}
