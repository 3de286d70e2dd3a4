/* `watershed`: its parameters and its whole operation. */
#ifndef WSI_WATERSHED_H
#define WSI_WATERSHED_H

#include "common/param.h"
#include "whole.h"

typedef struct wsi_watershed_params {
    wsi_operand markers;
    wsi_operand mask; /* image = -1: none */
    int64_t connectivity;
    int watershed_line;
} wsi_watershed_params;

extern const wsi_whole wsi_whole_watershed;

#endif
