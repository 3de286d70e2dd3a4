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

/* Defines `kernel`, the row's picker. */
#define WSI_KERNEL_PICK(name)                                                                                          \
    WSI_KERNEL_DECLARE(name);                                                                                          \
    static wsi_kernel_fn kernel(wsi_isa isa)                                                                           \
    {                                                                                                                  \
        return WSI_KERNEL_BEST(name, isa);                                                                             \
    }

#endif
