/* The gabor kernel: a separable filter over complex numbers where the weights are a product, two-dimensional weights
 * otherwise. */
#include "stencil-cpu.h"

#include "kernels/gabor.h"

void WSI_CPU(linear)(const wsi_kernel_args *);

WSI_CPU_KERNEL(gabor)
{
    const wsi_gabor_state *s = (const wsi_gabor_state *)args->state;
    wsi_kernel_args linear = *args;
    linear.state = &s->linear;
    if (s->separable)
        WSI_CPU(linear)(&linear);
    else
        WSI_CPU(stencil)(args, &s->head);
}
