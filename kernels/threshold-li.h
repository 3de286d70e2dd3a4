/* Li's threshold of float images: parts of its reduction, see reduction.h. */
#ifndef WSI_THRESHOLD_LI_H
#define WSI_THRESHOLD_LI_H

#include "threshold-global.h"

int wsi_li_fields(const wsi_fit_call *call, wsi_fit_field fields[WSI_FIT_FIELDS_MAX]);
size_t wsi_li_size(const wsi_fit_call *call);
void wsi_li_init(const wsi_fit_call *call, void *acc);
void wsi_li_accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc);
void wsi_li_merge(const wsi_fit_call *call, void *acc, const void *other);
wsi_status wsi_li_finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err);

#endif
