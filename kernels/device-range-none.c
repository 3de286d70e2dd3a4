/* device-range.h in a build without CUDA. */
#include "device-range.h"

void wsi_range_begin(const char *stage)
{
    (void)stage;
}

void wsi_range_end(void)
{
}
