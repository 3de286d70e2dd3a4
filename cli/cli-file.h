/* Files the command line itself reads and writes: chains, manifests, summaries. */
#ifndef WSI_CLI_FILE_H
#define WSI_CLI_FILE_H

#include <stddef.h>

#include "common/error-private.h"

/* Reads a text file of at most max bytes, terminated; freed by the caller with wsi_free. A NUL byte in it is an
 * error. Errors: INPUT_OPEN, INPUT_FORMAT (too large, not text), NO_MEMORY; the message starts with the path. */
wsi_status wsi_file_read_text(const char *path, size_t max, char **text, size_t *size, wsi_error *err);

/* The same of a file that anybody may have put there: what is no regular file (a link, a pipe) is INPUT_FORMAT. */
wsi_status wsi_file_read_foreign(const char *path, size_t max, char **text, size_t *size, wsi_error *err);

/* Replaces the file whole: written beside it, made durable, renamed. What is not a regular file (a pipe, /dev/null)
 * is written to directly. Errors: OUTPUT, OUTPUT_FULL, NO_MEMORY; the message starts with the path. */
wsi_status wsi_file_write(const char *path, const char *text, size_t size, wsi_error *err);

/* Replaces the file whole, but not durably: a crash of the machine may leave it empty. Errors: the same. */
wsi_status wsi_file_replace(const char *path, const char *text, size_t size, wsi_error *err);

/* Checks before hours of work that wsi_file_write has a chance. Errors: OUTPUT. */
wsi_status wsi_file_check_writable(const char *path, wsi_error *err);

/* Makes a folder and its parents, and checks that files can be made in it. Errors: OUTPUT, OUTPUT_FULL, NO_MEMORY. */
wsi_status wsi_file_make_folder(const char *path, wsi_error *err);

/* OUTPUT_FULL for errno values of full disks, quotas and size limits, OUTPUT otherwise. */
wsi_status wsi_file_output_status(int error);

/* 1 when it is a regular file of that many bytes. */
int wsi_file_has_size(const char *path, size_t size);

/* 1 when the first few KiB of a regular file look like text (no NUL, no control characters). */
int wsi_file_is_text(const char *path);

/* 1 when a relative path stays below its folder: no empty, "." and ".." components. */
int wsi_file_is_below(const char *path);

/* The working folder's path; freed with wsi_free. NULL when it is not known. */
char *wsi_file_working_folder(void);

/* Offset of the last component of a path. */
size_t wsi_file_name_offset(const char *path);

#endif
