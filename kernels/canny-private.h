/* What the rows of canny and canny_levels share. */
#ifndef WSI_CANNY_PRIVATE_H
#define WSI_CANNY_PRIVATE_H

#include "canny.h"
#include "op-private.h"

/* Those of canny, and behind them canny_levels' own. */
enum { WSI_CANNY_PARAM_COUNT = 6, WSI_CANNY_LEVELS_PARAM_COUNT = 8 };
extern const wsi_param wsi_canny_param_table[WSI_CANNY_LEVELS_PARAM_COUNT];

wsi_status wsi_canny_check(const void *params, wsi_error *err);
wsi_status wsi_canny_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);

#endif
