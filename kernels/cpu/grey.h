/* The grey kernels that others are made of (morphology-cpu.c). */
#ifndef WSI_CPU_GREY_H
#define WSI_CPU_GREY_H

#include "isa.h"
#include "kernels/op.h"

void WSI_CPU(erosion)(const wsi_kernel_args *args);
void WSI_CPU(dilation)(const wsi_kernel_args *args);
void WSI_CPU(opening)(const wsi_kernel_args *args);
void WSI_CPU(closing)(const wsi_kernel_args *args);

#endif
