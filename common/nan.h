/* NaN as one bit pattern, that of C's NAN: which one arithmetic makes depends on the processor. x86-64 sets the sign,
 * arm64 does not, and GPUs set all other bits. */
#ifndef WSI_NAN_H
#define WSI_NAN_H

#include "image.h"

/* Gives all NaN of an image of floats that pattern; other images stay as they are. */
void wsi_image_one_nan(const wsi_image *im);

#endif
