/* Reads images of our HDF5 outputs back, a whole small level at a time: for pictures in reports. */
#ifndef WSI_READ_HDF5_H
#define WSI_READ_HDF5_H

#include "common/error-private.h"
#include "common/image.h"

/* One image result. Everything is valid during the call only. */
typedef struct wsi_hdf5_view {
    const char *result;
    int level, level_count;
    wsi_image image;   /* data NULL: no level was wanted, or the one that was cannot be read */
    const char *error; /* then, or NULL */
} wsi_hdf5_view;

typedef struct wsi_hdf5_visitor {
    /* The level to read of a result with these levels, or -1 for none; w and h have level_count sizes. */
    int (*choose)(void *user, const char *result, int level_count, const int64_t *w, const int64_t *h,
                  size_t pixel_bytes);
    void (*visit)(void *user, const wsi_hdf5_view *view);
    void *user;
} wsi_hdf5_visitor;

/* Visits the image results of an output in the order of their names; tables are passed over. The file must carry the
 * mark of a finished output of ours, but its checksums are not compared, and libhdf5 is not made for damaged files: who
 * must not die of one calls this in a process of its own. Errors: OUTPUT (not there), VERIFY (not one of ours),
 * NO_MEMORY. */
wsi_status wsi_hdf5_visit(const char *path, const wsi_hdf5_visitor *visitor, wsi_error *err);

#endif
