/* A TIFF directory as bytes. Written by hand because of one thing libtiff cannot do: grow several directories at
 * once. All levels of a pyramid are filled in one pass here, so tiles are appended as they come, and the directories,
 * with all offsets known, follow at the end. Reading back (verify) is libtiff's business.
 *
 * Layout of a directory at an offset that is a multiple of 8 (TIFF 6.0 section 2; BigTIFF: 8-byte counts and offsets):
 * entry count, entries in ascending order of tag, offset of the next directory, then the values too long for their
 * entry, each at a multiple of 8. Little-endian throughout. */
#ifndef WSI_TIFF_IFD_H
#define WSI_TIFF_IFD_H

#include "common/error-private.h"

#include <stddef.h>
#include <stdint.h>

typedef enum wsi_tiff_type {
    WSI_TIFF_ASCII = 2,
    WSI_TIFF_SHORT = 3,
    WSI_TIFF_LONG = 4,
    WSI_TIFF_RATIONAL = 5,
    WSI_TIFF_UNDEFINED = 7,
    WSI_TIFF_IFD = 13,
    WSI_TIFF_LONG8 = 16,
    WSI_TIFF_IFD8 = 18
} wsi_tiff_type;

typedef struct wsi_ifd wsi_ifd;

enum { WSI_TIFF_HEADER_MAX = 16, WSI_TIFF_ALIGN = 8 };

wsi_status wsi_ifd_create(int big, wsi_ifd **out, wsi_error *err);
void wsi_ifd_destroy(wsi_ifd **ifd);
/* Adds an entry; tags must come in ascending order. values: count items in memory layout (RATIONAL: two uint32_t
 * each), copied. */
wsi_status wsi_ifd_add(wsi_ifd *ifd, uint16_t tag, wsi_tiff_type type, uint64_t count, const void *values,
                       wsi_error *err);
wsi_status wsi_ifd_add_number(wsi_ifd *ifd, uint16_t tag, wsi_tiff_type type, uint32_t value, wsi_error *err);
/* The same SHORT n times. */
wsi_status wsi_ifd_add_repeated(wsi_ifd *ifd, uint16_t tag, uint16_t value, int n, wsi_error *err);
wsi_status wsi_ifd_add_text(wsi_ifd *ifd, uint16_t tag, const char *text, wsi_error *err);
/* File offsets or sizes: as `wide` in BigTIFF, as `narrow` (4 bytes) in classic TIFF, where they must fit. */
wsi_status wsi_ifd_add_wide(wsi_ifd *ifd, uint16_t tag, wsi_tiff_type narrow, wsi_tiff_type wide, uint64_t count,
                            const uint64_t *values, wsi_error *err);
/* A non-negative number as the nearest fraction whose terms stay below 2^31. */
void wsi_tiff_rational(double value, uint32_t out[2]);

/* Bytes the directory takes, values included; a multiple of 8. */
size_t wsi_ifd_size(const wsi_ifd *ifd);
/* Writes it as it must stand at file offset `at`; next: offset of the next directory or 0. */
void wsi_ifd_serialise(const wsi_ifd *ifd, uint64_t at, uint64_t next, unsigned char *out);
/* The file's first bytes; returns how many (8 or 16). */
size_t wsi_tiff_header(int big, uint64_t first, unsigned char out[WSI_TIFF_HEADER_MAX]);

#endif
