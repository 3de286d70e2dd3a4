/* Small things around the HDF5 library: silence, error texts, attributes, and a file driver over wsi_outfile. */
#ifndef WSI_HDF5_UTIL_H
#define WSI_HDF5_UTIL_H

#include "common/error-private.h"
#include "outfile.h"

#include <hdf5.h>

enum { WSI_HDF5_FILTER_ZSTD = 32015 };

/* HDF5 prints its error stack by itself, per thread. Between these two calls it does not. */
typedef struct wsi_hdf5_quiet {
    H5E_auto2_t fn;
    void *user;
} wsi_hdf5_quiet;
wsi_hdf5_quiet wsi_hdf5_silence(void);
void wsi_hdf5_unsilence(wsi_hdf5_quiet was);

/* Turns HDF5's error stack into one line: "what: innermost cause"; returns code. */
wsi_status wsi_hdf5_error(wsi_error *err, wsi_status code, const char *what);

/* A file access list whose files read and write through `file`, which must outlive them. Write failures are kept
 * in `file` (wsi_outfile_status) and hidden from HDF5: a library that cannot write its caches back would neither
 * close the file nor let the process end cleanly. Close the returned *driver after the file with H5FDunregister. */
wsi_status wsi_hdf5_access(wsi_outfile *file, hid_t *driver, hid_t *fapl, wsi_error *err);

/* Attributes of a group or dataset; each returns 0 or -1. Texts are UTF-8 strings of variable length: h5py gives them
 * as str, and as they live outside the object they may be longer than the 64 KiB of an attribute. */
int wsi_hdf5_put_text(hid_t object, const char *name, const char *text);
int wsi_hdf5_put_double(hid_t object, const char *name, double value);
int wsi_hdf5_put_int(hid_t object, const char *name, int64_t value);
int wsi_hdf5_put_doubles(hid_t object, const char *name, const double *values, int n);
/* What the root of every file of ours says: format, software, and these texts where they are not NULL. */
int wsi_hdf5_put_about(hid_t file, const char *provenance, const char *fingerprint, const char *bad_tiles);
/* Creates a group; negative on failure. */
hid_t wsi_hdf5_group(hid_t file, const char *name);
/* Such a text, freed with wsi_free; NULL when there is none. */
char *wsi_hdf5_get_text(hid_t object, const char *name);

#endif
