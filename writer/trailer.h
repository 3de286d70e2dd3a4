/* The trailer: what wsiproc puts behind the last byte of a finished TIFF or HDF5 file.
 *
 * Both formats ignore bytes behind their own end, so the file opens as usual everywhere. The trailer is the proof
 * that the file was completed, holds the fingerprint where it can be read without the format's library, and has a
 * CRC-32 of every part of the file, so that one changed byte anywhere, in pixels, tables or attributes, is found:
 *
 *     {"wsiproc":"0.1.0","format":"hdf5","bytes":N,"part_bytes":P,"crc32":"8 hex digits a
 * part...","fingerprint":"{...}"} wsiproc-trailer 1 TTTTTTTTTT CCCCCCCC
 *
 * N: bytes before the trailer. A part is one block of 64 KiB or, in files beyond 256 MiB, a run of 2^k blocks whose CRC
 * is taken over the blocks' CRCs (32-bit little-endian). T: decimal length of the first line, C: its CRC-32. */
#ifndef WSI_TRAILER_H
#define WSI_TRAILER_H

#include "common/error-private.h"
#include "outfile.h"

#include <jansson.h>

typedef struct wsi_trailer {
    json_t *text;   /* the parsed first line */
    uint64_t bytes; /* before the trailer */
} wsi_trailer;

/* The object of the first line for a complete file; freed with json_decref. */
wsi_status wsi_trailer_make(wsi_outfile *file, const char *format, const char *fingerprint_json, json_t **out,
                            wsi_error *err);
/* Writes the trailer behind the end of the file, which must be complete. */
wsi_status wsi_trailer_write(wsi_outfile *file, const char *format, const char *fingerprint_json, wsi_error *err);

/* Reads and checks the trailer itself. VERIFY: none there, or not whole. Clear *out with wsi_trailer_clear. */
wsi_status wsi_trailer_read(int fd, wsi_trailer *out, wsi_error *err);
/* Takes the first line's text apart, for a file of `bytes` bytes. Clear *out with wsi_trailer_clear, also on failure.
 */
wsi_status wsi_trailer_parse(const char *line, size_t length, uint64_t bytes, wsi_trailer *out, wsi_error *err);
void wsi_trailer_clear(wsi_trailer *trailer);
const char *wsi_trailer_format(const wsi_trailer *trailer);
/* Reads the whole file and compares; VERIFY names the first byte range that was changed. */
wsi_status wsi_trailer_check(int fd, const wsi_trailer *trailer, wsi_error *err);

/* Compact JSON text, the same for the same object; freed with wsi_free, NULL when out of memory. */
char *wsi_json_text(const json_t *json, size_t extra_flags);

#endif
