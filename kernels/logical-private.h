/* What the rows of logical_and, logical_or and logical_xor share; their parameters are arithmetic's. */
#ifndef WSI_LOGICAL_PRIVATE_H
#define WSI_LOGICAL_PRIVATE_H

#include "arithmetic-private.h"

/* bool of as many channels as the image. */
wsi_status wsi_logical_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);

#define WSI_LOGICAL_DOC                                                                                                \
    "A value of any type is true unless it is 0; NaN is true. The result is bool, written to files as 0 and "          \
    "255. " WSI_ARITHMETIC_CHANNELS

#define WSI_LOGICAL_ROW                                                                                                \
    WSI_ARITHMETIC_ROW, .source = "NumPy logical functions", .exactness = WSI_EXACT, .resolve = wsi_logical_resolve

#endif
