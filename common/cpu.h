/* Which vector instruction sets this machine has, and which of them may be used. */
#ifndef WSI_CPU_H
#define WSI_CPU_H

typedef enum wsi_isa { WSI_ISA_PLAIN = 0, WSI_ISA_AVX2, WSI_ISA_AVX512, WSI_ISA_COUNT } wsi_isa;

/* Best the machine (and its operating system) supports. AVX512 means F, BW, DQ and VL. */
wsi_isa wsi_cpu_best(void);
const char *wsi_isa_name(wsi_isa isa);
/* 1 and *out set when name is "plain", "avx2" or "avx512". */
int wsi_isa_parse(const char *name, wsi_isa *out);

#endif
