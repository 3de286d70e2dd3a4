/* The convolve kernel: two-dimensional weights alone. */
#include "stencil-cpu.h"

WSI_CPU_KERNEL(convolve)
{
    WSI_CPU(stencil)(args, (const wsi_stencil_state *)args->state);
}
