/* The window sums of local-cpu.c for threshold_local. */
#ifndef WSI_CPU_LOCAL_H
#define WSI_CPU_LOCAL_H

#include "isa.h"
#include "kernels/local.h"
#include "kernels/op.h"

/* Computes all of args->dst, float32, by `s`; scratch: wsi_local_scratch bytes. */
void WSI_CPU(local)(const wsi_kernel_args *args, const wsi_local_state *s);

#endif
