/* Picks the rows' functions by instruction set. */
#include "rise-rows.h"

extern const wsi_rise_rows wsi_cpu_rise_plain[4];
#if defined(__x86_64__)
extern const wsi_rise_rows wsi_cpu_rise_avx2[4], wsi_cpu_rise_avx512[4];
#endif

const wsi_rise_rows *wsi_rise_rows_for(wsi_isa isa, size_t key_size)
{
    const int width = key_size == 1 ? 0 : key_size == 2 ? 1 : key_size == 4 ? 2 : 3;
#if defined(__x86_64__)
    if (isa >= WSI_ISA_AVX512) return &wsi_cpu_rise_avx512[width];
    if (isa == WSI_ISA_AVX2) return &wsi_cpu_rise_avx2[width];
#endif
    (void)isa;
    return &wsi_cpu_rise_plain[width];
}
