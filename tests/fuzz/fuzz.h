/* What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput: linked with libFuzzer it looks for
 * inputs that break a promise, linked with fuzz-main.c it tries the inputs it is given and a fixed number of mutations
 * of each.
 *
 * The promises: no crash and nothing that a sanitizer sees; an error has its code and one line of text, and is never
 * "internal"; memory and time stay within bounds, whatever the input claims. */
#ifndef WSI_FUZZ_H
#define WSI_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "common/error-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, which counts as a finding. */
_Noreturn void fuzz_fail(const char *what, const char *detail);
/* Holds a call to the promise about errors. err must have been zeroed before the call. */
void fuzz_expect(wsi_status status, const wsi_error *err);

/* Path of a file in memory with these bytes, which replaces the last one. */
const char *fuzz_memory_file(const void *data, size_t size);
/* Path of a folder of this process, made at the first call and removed at the end with all that lies in it. */
const char *fuzz_folder(void);
/* Replaces the file of that name below it; data NULL: removes it. */
const char *fuzz_folder_file(const char *name, const void *data, size_t size);

/* A terminated copy; freed with free. Cut at the first NUL where it is used as text. */
char *fuzz_text(const void *data, size_t size);

#endif
