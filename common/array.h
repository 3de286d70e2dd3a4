/* Arrays of pixels with any strides: between a caller's memory and the views of interleaved pixels used inside. */
#ifndef WSI_ARRAY_H
#define WSI_ARRAY_H

#include "image.h"

/* An array over a view's pixels, with three dimensions. */
wsi_array wsi_array_of_image(const wsi_image *im);
/* 1 and *out set when the array is what a view can be: host memory, interleaved pixels without gaps within a row, rows
 * in ascending order that do not overlap. array is well-formed. */
int wsi_array_as_image(const wsi_array *array, wsi_image *out);
/* The array of r, which must lie inside, within a well-formed one. */
wsi_array wsi_array_crop(const wsi_array *array, wsi_rect r);
/* As wsi_array_check, of an array that is written: no two samples share memory, or USAGE. Strides must be those of a
 * box of memory: each steps over all that the smaller ones reach. */
wsi_status wsi_array_check_writable(const wsi_array *array, wsi_error *err);
/* Channels of a pixel. */
int64_t wsi_array_channels(const wsi_array *array);
/* Copies between well-formed arrays in host memory of the same type, shape and number of channels. src may have strides
 * of 0; the two may not overlap. */
void wsi_array_copy(const wsi_array *dst, const wsi_array *src);

#endif
