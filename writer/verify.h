/* Checking outputs. verify.c looks at the first bytes and hands over to the format's own file. */
#ifndef WSI_VERIFY_H
#define WSI_VERIFY_H

#include "describe.h"
#include "writer.h"

#include <hdf5.h>
#include <jansson.h>

/* What the checks count for the summary. */
typedef struct wsi_verify_counts {
    int64_t levels, tiles;
    int64_t tables, rows;
    uint64_t bytes; /* encoded */
} wsi_verify_counts;

/* Each gets an open descriptor and adds "results" (names) to the summary. Messages come without the path. */
wsi_status wsi_verify_hdf5(int fd, const char *path, json_t *results, wsi_verify_counts *counts, wsi_error *err);
wsi_status wsi_verify_tiff(int fd, const char *path, json_t *results, wsi_verify_counts *counts, wsi_error *err);
wsi_status wsi_verify_md5(int fd, json_t *results, wsi_verify_counts *counts, wsi_error *err);
/* A text table and its seal (seal.h); sets the summary's format and results. */
wsi_status wsi_verify_table(int fd, const char *path, json_t *summary, wsi_verify_counts *counts, wsi_error *err);
/* A table within an HDF5 file, by its group's description. */
wsi_status wsi_verify_hdf5_table(hid_t group, const json_t *description, wsi_verify_counts *counts, wsi_error *err);
/* The fingerprint line of an md5 text. */
wsi_status wsi_md5_fingerprint(int fd, char **json, wsi_error *err);

/* Compares a level's digest and byte count with what the description says. */
wsi_status wsi_verify_level(const json_t *description, int level, int64_t w, int64_t h, int64_t tiles, uint64_t bytes,
                            const char *sha256, wsi_error *err);
/* Parses a description and checks what every format's must have; *out is freed with json_decref. */
wsi_status wsi_verify_description(const char *text, json_t **out, int *level_count, wsi_error *err);

#endif
