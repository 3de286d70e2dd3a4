#include "tiff-levels.h"
int wsi_tiff_is_ome(const wsi_tiff *t)
{
    (void)t;
    return 0;
}
wsi_status wsi_tiff_open_ome(wsi_slide *s, wsi_tiff *t, wsi_error *e)
{
    (void)s;
    (void)t;
    (void)e;
    return WSI_OK;
}
int wsi_tiff_is_philips(const wsi_tiff *t)
{
    (void)t;
    return 0;
}
wsi_status wsi_tiff_open_philips(wsi_slide *s, wsi_tiff *t, wsi_error *e)
{
    (void)s;
    (void)t;
    (void)e;
    return WSI_OK;
}
