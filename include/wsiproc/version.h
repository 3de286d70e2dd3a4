/* Version of wsiproc: the one place it is written down (CMake parses this file). */
#ifndef WSIPROC_VERSION_H
#define WSIPROC_VERSION_H

#define WSI_VERSION_MAJOR 0
#define WSI_VERSION_MINOR 1
#define WSI_VERSION_PATCH 0
#define WSI_VERSION_STRING "0.1.0"

#endif
