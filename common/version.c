/* The running library's version. */
#include <wsiproc/wsiproc.h>

const char *wsi_version(void)
{
    return WSI_VERSION_STRING;
}
