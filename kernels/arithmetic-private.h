/* What the rows of add and multiply share. */
#ifndef WSI_ARITHMETIC_PRIVATE_H
#define WSI_ARITHMETIC_PRIVATE_H

#include "arithmetic.h"
#include "op-private.h"

extern const wsi_param wsi_arithmetic_param_table[1];

wsi_status wsi_arithmetic_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out,
                                  wsi_error *err);

#define WSI_ARITHMETIC_DOC                                                                                             \
    "Both operands are converted to float32 as they are (255 stays 255), so the result is float32 on the images' own " \
    "scale; put a cast before it to work on 0..1. A second image of one channel is used for every channel of the "     \
    "first; otherwise the numbers of channels must agree."

#endif
