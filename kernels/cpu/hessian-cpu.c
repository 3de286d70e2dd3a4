/* The hessian_matrix and hessian_matrix_det kernels: which of two others computes them. */
#include "isa.h"

#include "kernels/hessian.h"

void WSI_CPU(ridge)(const wsi_kernel_args *args);
void WSI_CPU(differences)(const wsi_kernel_args *args);
void WSI_CPU(boxes)(const wsi_kernel_args *args);

WSI_CPU_KERNEL(hessian_matrix)
{
    const wsi_hessian_matrix_state *s = (const wsi_hessian_matrix_state *)args->state;
    wsi_kernel_args call = *args;
    if (s->gaussian) {
        call.state = &s->derivatives;
        WSI_CPU(ridge)(&call);
    } else {
        call.state = &s->differences;
        WSI_CPU(differences)(&call);
    }
}

WSI_CPU_KERNEL(hessian_matrix_det)
{
    const wsi_hessian_det_state *s = (const wsi_hessian_det_state *)args->state;
    wsi_kernel_args call = *args;
    if (s->approximate) {
        call.state = &s->boxes;
        WSI_CPU(boxes)(&call);
    } else {
        call.state = &s->differences;
        WSI_CPU(differences)(&call);
    }
}
