/* The running library's version. */
#include <wsiproc/version.h>

const char *wsi_version(void)
{
    return WSI_VERSION_STRING;
}

int wsi_version_number(void)
{
    return WSI_VERSION_NUMBER;
}
