/* Runs of samples to and from float32, the way in and out of every float kernel. */
#ifndef WSI_CPU_ROWS_H
#define WSI_CPU_ROWS_H

#include <stddef.h>

#include "common/image.h"
#include "isa.h"

/* Samples of a type as float32 values, unscaled: 255 stays 255 (32-bit integers and float64 are rounded). With
 * symmetric = 1 the most negative value of a signed integer type becomes the one above it, which img_as_float makes
 * of it once scaled by wsi_scale_of. */
void WSI_CPU(load_row)(float *dst, const void *src, wsi_dtype type, int symmetric, size_t n);

/* float32 values stored as a type by the rules of px/cast-px.h. src may be dst when type is WSI_F32. */
void WSI_CPU(store_row)(void *dst, wsi_dtype type, const float *src, size_t n);

/* Samples of one type to another by the rules of px/cast-px.h. */
void WSI_CPU(cast_row)(void *dst, wsi_dtype to, const void *src, wsi_dtype from, size_t n);

#endif
