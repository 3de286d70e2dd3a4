/* Instruction sets by the compiler's CPUID helper, which also asks the operating system. */
#include "cpu.h"

#include <string.h>

static const char *const names[WSI_ISA_COUNT] = {"plain", "avx2", "avx512"};

wsi_isa wsi_cpu_best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return WSI_ISA_AVX512;
    if (__builtin_cpu_supports("avx2")) return WSI_ISA_AVX2;
#endif
    return WSI_ISA_PLAIN;
}

const char *wsi_isa_name(wsi_isa isa)
{
    return (int)isa >= 0 && isa < WSI_ISA_COUNT ? names[isa] : "?";
}

int wsi_isa_parse(const char *name, wsi_isa *out)
{
    for (int i = 0; i < WSI_ISA_COUNT; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (wsi_isa)i;
            return 1;
        }
    return 0;
}
