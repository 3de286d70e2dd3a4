/* Runs of samples to and from float64, for operations whose integers must come out exactly as NumPy's. */
#ifndef WSI_CPU_ROWS64_H
#define WSI_CPU_ROWS64_H

#include <stddef.h>

#include "common/image.h"
#include "isa.h"

/* Samples of a type as float64 values, unscaled. */
void WSI_CPU(load_row64)(double *dst, const void *src, wsi_dtype type, size_t n);

/* float64 values as samples of a type: cut off, not rounded; they must lie within the type's range. Bool: 1 where not
 * sample is the value cut off as well. */
void WSI_CPU(store_row64)(void *dst, wsi_dtype type, const double *src, size_t n);

#endif
