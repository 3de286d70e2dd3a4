/* What a file of kernels/cpu/ sees of the instruction set it is being compiled for. Everything not static in such a
 * file is named through WSI_CPU, so that the three builds of one source live side by side. */
#ifndef WSI_CPU_ISA_H
#define WSI_CPU_ISA_H

#ifndef WSI_ISA_SUFFIX
#error "compile kernels/cpu/ files through kernels/CMakeLists.txt, which sets WSI_ISA_SUFFIX"
#endif

#define WSI_CPU_PASTE2(name, suffix) wsi_cpu_##name##_##suffix
#define WSI_CPU_PASTE(name, suffix) WSI_CPU_PASTE2(name, suffix)
#define WSI_CPU(name) WSI_CPU_PASTE(name, WSI_ISA_SUFFIX)

/* In front of a loop whose turns may run together although its pointers may be the same row. */
#if defined(__clang__)
#define WSI_IVDEP _Pragma("clang loop vectorize(assume_safety)")
#else
#define WSI_IVDEP _Pragma("GCC ivdep")
#endif

/* Bytes of a vector register. */
#if defined(__AVX512BW__)
#define WSI_VEC 64
#elif defined(__AVX2__)
#define WSI_VEC 32
#else
#define WSI_VEC 16
#endif

/* A vector of floats at any float address. */
typedef float wsi_vf __attribute__((vector_size(WSI_VEC), aligned(4), may_alias));
enum { WSI_VF_LANES = WSI_VEC / 4 };

/* A pixel of up to four floats at any float address. */
typedef float wsi_v4f __attribute__((vector_size(16), aligned(4), may_alias));

/* Declares the kernel this file defines. */
#define WSI_CPU_KERNEL(name)                                                                                           \
    void WSI_CPU(name)(const wsi_kernel_args *);                                                                       \
    void WSI_CPU(name)(const wsi_kernel_args *args)

#endif
