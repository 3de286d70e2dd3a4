/* The file behind a sink: made under a temporary name beside its final one, completed or removed as a whole.
 *
 * The temporary name is PATH.MACHINE.part, held by an flock for as long as the file is being written; MACHINE are eight
 * digits that no other machine has. When another run of this machine holds it, PATH.MACHINE.1.part, PATH.MACHINE.2.part
 * ... are tried; a part file that nobody holds was left by a run that died, and is taken over. So locks are asked about
 * this machine alone: a network file system may keep them from other machines, or take them from one that was silent.
 * Where the file system has no locks the name carries random digits instead.
 *
 * Bytes may be written anywhere; neighbouring small writes are gathered. While it writes, the file keeps a CRC-32 of
 * every block that is filled from its start to its end in one go; blocks written in another order are read again
 * when the checksums are asked for, so an appended file is never read back. One thread at a time. */
#ifndef WSI_OUTFILE_H
#define WSI_OUTFILE_H

#include "common/error-private.h"

#include <stddef.h>
#include <stdint.h>

enum { WSI_BLOCK_BYTES = 1 << 16 };

typedef struct wsi_outfile wsi_outfile;

/* OUTPUT_FULL for "no space", "quota" and "file too large", OUTPUT otherwise; text is "what: reason". */
wsi_status wsi_output_errno(wsi_error *err, int error, const char *what);

/* Makes the folders above path and the part file. Errors: OUTPUT, OUTPUT_FULL, NO_MEMORY. */
wsi_status wsi_outfile_create(const char *path, wsi_outfile **out, wsi_error *err);
/* After a failure every later call fails in the same way. */
wsi_status wsi_outfile_write(wsi_outfile *file, uint64_t offset, const void *bytes, size_t size, wsi_error *err);
/* Bytes behind the end read as zero. */
wsi_status wsi_outfile_read(wsi_outfile *file, uint64_t offset, void *bytes, size_t size, wsi_error *err);
/* Cuts the file, or lengthens it with zeros. */
wsi_status wsi_outfile_resize(wsi_outfile *file, uint64_t size, wsi_error *err);
/* WSI_OK, or the first failure again. */
wsi_status wsi_outfile_status(const wsi_outfile *file, wsi_error *err);
uint64_t wsi_outfile_size(const wsi_outfile *file);
/* CRC-32 of each WSI_BLOCK_BYTES block (the last may be shorter). *crcs is freed by the caller with wsi_free. */
wsi_status wsi_outfile_checksums(wsi_outfile *file, uint32_t **crcs, size_t *count, wsi_error *err);
/* Durable and under its final name; frees *file in every case and removes the part file on failure. */
wsi_status wsi_outfile_commit(wsi_outfile **file, wsi_error *err);
/* Removes the part file. NULL is accepted. */
void wsi_outfile_discard(wsi_outfile **file);

/* Removes all part files of the output, of every machine, whether their makers live or not: one that does fails when it
 * completes its file. For who knows that the output is his alone. What cannot be removed is let be. */
void wsi_outfile_sweep(const char *path);

#endif
