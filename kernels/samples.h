/* Rows of one-channel images as what whole operations compute with. */
#ifndef WSI_SAMPLES_H
#define WSI_SAMPLES_H

#include <stdint.h>

#include "common/image.h"

/* out[x] = 1 where row y is not zero (NaN is not), 0 elsewhere. */
void wsi_samples_truth(const wsi_image *im, int64_t y, uint8_t *out);
/* As float32; exact for types of up to 16 bits and float32. */
void wsi_samples_float(const wsi_image *im, int64_t y, float *out);
/* As float64; exact for all types. */
void wsi_samples_double(const wsi_image *im, int64_t y, double *out);
/* As 32-bit integers, keeping the bits of signed ones; float types are not taken. */
void wsi_samples_label(const wsi_image *im, int64_t y, uint32_t *out);
/* Stores those again, as they were, from pixel x0 of row y on. */
void wsi_samples_put_label(const wsi_image *im, int64_t x0, int64_t y, const uint32_t *labels, int64_t n);

#endif
