/* The seal: what is known of an output whose format has no place for it, in a file PATH.json beside it. Without its
 * seal such an output counts as not finished.
 *
 * It is the object of a trailer (trailer.h), checksums of every part of the output among it, with the description of
 * the output; and, last, a CRC-32 of its own text before that:
 *
 *     {"wsiproc":"0.1.0","format":"csv","bytes":N,...,"rows":R,"columns":[...],...,"seal":"8 hex digits"} */
#ifndef WSI_SEAL_H
#define WSI_SEAL_H

#include "trailer.h"

/* Makes the output and its seal durable, both under their final names; the output under `path`, which is *file's. What
 * is known of it (`about`, borrowed) comes into the seal. Frees *file in every case; on failure neither is left. */
wsi_status wsi_seal_commit(const char *path, wsi_outfile **file, const char *format, const char *fingerprint_json,
                           json_t *about, wsi_error *err);
/* 1 when there is a file of the seal's name. */
int wsi_seal_exists(const char *path);
/* Reads and checks the seal of an open output. VERIFY: none there, not whole, or that of other bytes. Clear *out with
 * wsi_trailer_clear. */
wsi_status wsi_seal_read(int fd, const char *path, wsi_trailer *out, wsi_error *err);

#endif
