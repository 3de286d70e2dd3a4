/* Parameters of `add` and `multiply`, seen by their rows and their kernels. */
#ifndef WSI_ARITHMETIC_H
#define WSI_ARITHMETIC_H

#include "common/param.h"

typedef struct wsi_arithmetic_params {
    wsi_operand other;
} wsi_arithmetic_params;

#endif
