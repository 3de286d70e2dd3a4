/* The loops of reductions of each instruction set. */
#include "learn.h"

extern const wsi_learn_kernel wsi_cpu_learn_plain;
#if defined(__x86_64__)
extern const wsi_learn_kernel wsi_cpu_learn_avx2, wsi_cpu_learn_avx512;
#endif

const wsi_learn_kernel *wsi_learn_kernel_for(wsi_isa isa)
{
#if defined(__x86_64__)
    if (isa >= WSI_ISA_AVX512) return &wsi_cpu_learn_avx512;
    if (isa == WSI_ISA_AVX2) return &wsi_cpu_learn_avx2;
#endif
    (void)isa;
    return &wsi_cpu_learn_plain;
}
