/* Picking the comparison of rows for the processor. */
#include "differ.h"

#include "kernel.h"

void wsi_cpu_differ_plain(uint64_t *to, const uint32_t *a, const uint32_t *b, int64_t n);
#if defined(__x86_64__)
void wsi_cpu_differ_avx2(uint64_t *to, const uint32_t *a, const uint32_t *b, int64_t n);
void wsi_cpu_differ_avx512(uint64_t *to, const uint32_t *a, const uint32_t *b, int64_t n);
#endif

wsi_differ_fn wsi_differ(void)
{
    return WSI_KERNEL_BEST(differ, wsi_cpu_best());
}
