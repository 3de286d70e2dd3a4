/* Version of wsiproc: the one place it is written down (CMake parses this file).
 *
 * While MAJOR is 0, a new MINOR may change the interface; a new PATCH only adds to it or leaves it alone. */
#ifndef WSIPROC_VERSION_H
#define WSIPROC_VERSION_H

#include <wsiproc/api.h>

#define WSI_VERSION_MAJOR 0
#define WSI_VERSION_MINOR 1
#define WSI_VERSION_PATCH 0
#define WSI_VERSION_STRING "0.1.0"

/* A version as one number that grows with it: each part is below 1000. For the preprocessor, too. */
#define WSI_VERSION_ENCODE(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))
#define WSI_VERSION_NUMBER WSI_VERSION_ENCODE(WSI_VERSION_MAJOR, WSI_VERSION_MINOR, WSI_VERSION_PATCH)
/* 1 when these headers are of that version or a later one. */
#define WSI_VERSION_AT_LEAST(major, minor, patch) (WSI_VERSION_NUMBER >= WSI_VERSION_ENCODE(major, minor, patch))

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the library that is running, "MAJOR.MINOR.PATCH". Static storage. Any thread. */
WSI_API const char *wsi_version(void);
/* The same as a number, to be compared with WSI_VERSION_NUMBER, which is that of the headers. Any thread. */
WSI_API int wsi_version_number(void);

#ifdef __cplusplus
}
#endif
#endif
