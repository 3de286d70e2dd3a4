/* Parameters that reductions have in common, for their tables. A parameter struct holds a wsi_reduction_params; the
 * planner knows the rows by their names. */
#ifndef WSI_REDUCTION_PARAMS_H
#define WSI_REDUCTION_PARAMS_H

#include <stddef.h>

#include "common/param.h"

typedef struct wsi_reduction_params {
    wsi_operand mask; /* image = -1: all pixels count */
    int64_t level;
} wsi_reduction_params;

/* Rows of a table; `field` is the wsi_reduction_params within struct `parent`. The mask has one channel
 * (wsi_need_mask), and the kernel does not read it: the row has kernel_inputs = 1. */
#define WSI_MASK_PARAM(parent, field)                                                                                  \
    {                                                                                                                  \
        .name = "mask", .unit = "",                                                                                    \
        .help = "Image of one channel: only pixels where it is not zero are looked at for the estimate. Without it, "  \
                "all are.",                                                                                            \
        .offset = offsetof(parent, field.mask), .type = WSI_PARAM_IMAGE, .def = ""                                     \
    }
#define WSI_LEVEL_PARAM(parent, field)                                                                                 \
    {                                                                                                                  \
        .name = "level", .unit = "",                                                                                   \
        .help = "Level of the slide that the estimate is made on: 0 is the level that is processed, each further one " \
                "is smaller and quicker, and no longer exact.",                                                        \
        .offset = offsetof(parent, field.level), .type = WSI_PARAM_INT, .def = "0", .min = 0, .max = 32                \
    }

#endif
