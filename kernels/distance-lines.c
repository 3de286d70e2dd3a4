/* Picks the lines' functions by instruction set. */
#include "distance-lines.h"

extern const wsi_distance_lines wsi_cpu_distance_plain;
#if defined(__x86_64__)
extern const wsi_distance_lines wsi_cpu_distance_avx2, wsi_cpu_distance_avx512;
#endif

const wsi_distance_lines *wsi_distance_lines_for(wsi_isa isa)
{
#if defined(__x86_64__)
    if (isa >= WSI_ISA_AVX512) return &wsi_cpu_distance_avx512;
    if (isa == WSI_ISA_AVX2) return &wsi_cpu_distance_avx2;
#endif
    (void)isa;
    return &wsi_cpu_distance_plain;
}
