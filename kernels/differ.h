/* Where two rows of labels differ. Compiled once for each instruction set (cpu/differ-cpu.c). */
#ifndef WSI_DIFFER_H
#define WSI_DIFFER_H

#include <stdint.h>

#include "common/cpu.h"

/* Bit i % 64 of to[i / 64]: a[i] != b[i]; the last word's other bits are 0. */
typedef void (*wsi_differ_fn)(uint64_t *to, const uint32_t *a, const uint32_t *b, int64_t n);

/* The one for this processor. */
wsi_differ_fn wsi_differ(void);

#endif
