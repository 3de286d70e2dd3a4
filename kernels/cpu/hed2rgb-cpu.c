/* The hed2rgb kernel. */
#include "blocks.h"

#include "kernels/px/stain-px.h"
#include "kernels/stain.h"

static void combine(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n)
{
    const wsi_stain_state *s = (const wsi_stain_state *)args->state;
    for (int64_t i = 0; i < n; i++)
        for (int j = 0; j < 3; j++)
            out[3 * i + j] =
                wsi_px_dot3(in[3 * i], in[3 * i + 1], in[3 * i + 2], s->matrix[0][j], s->matrix[1][j], s->matrix[2][j]);
    for (int64_t i = 0; i < 3 * n; i++) out[i] = wsi_px_transmittance(out[i]);
}

WSI_CPU_KERNEL(hed2rgb)
{
    wsi_each_block(args, 1, combine);
}
