/* The rescale_intensity kernel. */
#include "blocks64.h"

#include "kernels/rescale.h"

static void rescale(const wsi_kernel_args *args, double *v, int64_t n)
{
    const wsi_px_rescale r = ((const wsi_rescale_state *)args->state)->range;
    if (r.in_span == 0) {
        for (int64_t i = 0; i < n; i++) v[i] = wsi_px_rescale_flat(r, v[i]);
    } else {
        for (int64_t i = 0; i < n; i++) v[i] = wsi_px_rescale_of(r, v[i]);
    }
}

WSI_CPU_KERNEL(rescale_intensity)
{
    wsi_each_block64(args, rescale);
}
