/* The tissue mask: parameters, and the operation on the whole image. */
#ifndef WSI_TISSUE_H
#define WSI_TISSUE_H

#include "whole.h"

enum { WSI_TISSUE_BOTH = 0, WSI_TISSUE_BY_SATURATION, WSI_TISSUE_BY_DENSITY };

typedef struct wsi_tissue_params {
    double mpp;     /* size of a cell in micrometres */
    int64_t factor; /* pixels to a cell's edge; 0: from mpp */
    int method;
    double threshold;                        /* 0: Otsu's */
    int64_t closing, hole_size, object_size; /* in cells */
} wsi_tissue_params;

/* Of uint8 RGB, to a mask of the same size. */
extern const wsi_whole wsi_whole_tissue;

#endif
