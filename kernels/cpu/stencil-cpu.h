/* Correlation with two-dimensional weights (kernels/stencil.h): all of args->dst. s stands for args->state, which may
 * be a larger struct. */
#ifndef WSI_STENCIL_CPU_H
#define WSI_STENCIL_CPU_H

#include "isa.h"

#include "kernels/op.h"
#include "kernels/stencil.h"

void WSI_CPU(stencil)(const wsi_kernel_args *args, const wsi_stencil_state *s);

#endif
