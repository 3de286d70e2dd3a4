/* wsiproc: streaming, out-of-core processing of whole-slide images. The one header a caller includes. */
#ifndef WSIPROC_WSIPROC_H
#define WSIPROC_WSIPROC_H

#include <wsiproc/error.h>
#include <wsiproc/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the library that is running, "MAJOR.MINOR.PATCH". Static storage. Any thread. */
WSI_API const char *wsi_version(void);

#ifdef __cplusplus
}
#endif
#endif
