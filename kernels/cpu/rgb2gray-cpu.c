/* The rgb2gray kernel. */
#include "blocks.h"

#include "kernels/gray.h"

static void gray(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n)
{
    const wsi_px_gray w = ((const wsi_gray_state *)args->state)->weights;
    for (int64_t i = 0; i < n; i++) out[i] = wsi_px_gray_of(w, in[3 * i], in[3 * i + 1], in[3 * i + 2]);
}

WSI_CPU_KERNEL(rgb2gray)
{
    wsi_each_block(args, 1, gray);
}
