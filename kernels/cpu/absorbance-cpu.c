/* The kernels of image_to_absorbance and absorbance_to_image. */
#include "blocks.h"
#include "blocks64.h"

#include "kernels/absorbance.h"

static void absorbance(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n)
{
    const wsi_absorbance_state s = *(const wsi_absorbance_state *)args->state;
    for (int64_t i = 0; i < n * args->dst.fmt.channels; i++) out[i] = wsi_px_absorbance_of(in[i], s.low, s.high);
}

WSI_CPU_KERNEL(image_to_absorbance)
{
    wsi_each_block(args, 0, absorbance);
}

static void intensity(const wsi_kernel_args *args, double *v, int64_t n)
{
    const wsi_intensity_state s = *(const wsi_intensity_state *)args->state;
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_intensity_of(v[i], s.source);
    if (s.highest == HUGE_VAL) return;
    for (int64_t i = 0; i < n; i++) v[i] = wsi_px_whole_in(v[i], s.lowest, s.highest);
}

WSI_CPU_KERNEL(absorbance_to_image)
{
    wsi_each_block64(args, intensity);
}
