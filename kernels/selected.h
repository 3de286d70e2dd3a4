/* The pixels of a rectangle that a mask leaves, for reductions. */
#ifndef WSI_SELECTED_H
#define WSI_SELECTED_H

#include "common/image.h"

/* Takes `pixels` pixels that lie one after the other in memory, of the image's format. */
typedef void (*wsi_selected_fn)(void *user, const void *samples, int64_t pixels);

/* Gives all pixels of im where mask (of one channel and any type, and of im's size) is not 0, or all without a mask:
 * whole rows where nothing is left out, else some hundreds of pixels at a time. */
void wsi_each_selected(const wsi_image *im, const wsi_image *mask, wsi_selected_fn fn, void *user);

#endif
