/* Smallest and largest samples, for reductions. */
#ifndef WSI_EXTREMES_H
#define WSI_EXTREMES_H

#include "common/image.h"

typedef struct wsi_extremes {
    double low, high; /* of samples that are numbers; inf and -inf before any */
    int64_t samples;  /* seen, those that are no numbers included */
    int64_t nan;
} wsi_extremes;

wsi_extremes wsi_extremes_none(void);
/* Of all samples of im under a mask (NULL: all). With each_channel, e[c] gets those of channel c. */
void wsi_extremes_add(wsi_extremes *e, const wsi_image *im, const wsi_image *mask, int each_channel);
/* e gets what both have seen. */
void wsi_extremes_merge(wsi_extremes *e, const wsi_extremes *other);
/* NumPy's min and max: NaN when any sample is. */
double wsi_extremes_low(const wsi_extremes *e);
double wsi_extremes_high(const wsi_extremes *e);

#endif
