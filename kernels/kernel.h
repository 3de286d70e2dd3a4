/* Declaring and picking the kernel of an operation by instruction set. Each kernels/cpu/NAME-cpu.c is compiled once
 * per instruction set with WSI_ISA_SUFFIX set (kernels/CMakeLists.txt), so that the same source is plain, AVX2 and
 * AVX-512 code. */
#ifndef WSI_KERNEL_H
#define WSI_KERNEL_H

#include "op.h"

#if defined(__x86_64__)
#define WSI_KERNEL_DECLARE(name)                                                                                       \
    void wsi_cpu_##name##_plain(const wsi_kernel_args *);                                                              \
    void wsi_cpu_##name##_avx2(const wsi_kernel_args *);                                                               \
    void wsi_cpu_##name##_avx512(const wsi_kernel_args *)
#define WSI_KERNEL_BEST(name, isa)                                                                                     \
    ((isa) >= WSI_ISA_AVX512 ? wsi_cpu_##name##_avx512                                                                 \
     : (isa) == WSI_ISA_AVX2 ? wsi_cpu_##name##_avx2                                                                   \
                             : wsi_cpu_##name##_plain)
#else
#define WSI_KERNEL_DECLARE(name) void wsi_cpu_##name##_plain(const wsi_kernel_args *)
#define WSI_KERNEL_BEST(name, isa) ((void)(isa), wsi_cpu_##name##_plain)
#endif

/* The row's device kernel, kernels/cuda/: WSI_CUDA(name) is wsi_cuda_NAME, or NULL in a build without CUDA. */
#if defined(WSI_HAVE_CUDA)
#define WSI_CUDA_DECLARE(name) wsi_status wsi_cuda_##name(wsi_stream *, const wsi_cuda_args *, wsi_error *)
#define WSI_CUDA(name) wsi_cuda_##name
#else
#define WSI_CUDA_DECLARE(name) struct wsi_op
#define WSI_CUDA(name) NULL
#endif

/* Defines `kernel`, the row's picker, and declares what WSI_CUDA names. */
#define WSI_KERNEL_PICK(name)                                                                                          \
    WSI_KERNEL_DECLARE(name);                                                                                          \
    WSI_CUDA_DECLARE(name);                                                                                            \
    static wsi_kernel_fn kernel(wsi_isa isa)                                                                           \
    {                                                                                                                  \
        return WSI_KERNEL_BEST(name, isa);                                                                             \
    }

#endif
