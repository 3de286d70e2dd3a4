/* hdf5: a table in a file of its own, or as a group of a sink's file.
 *
 *     /           attributes as in writer-hdf5.c
 *     /NAME/...   the columns (hdf5-table.h); of patches they lie in /, where CLAM and TRIDENT look for /coords */
#include "hdf5-table.h"
#include "trailer.h"
#include "writer-private.h"

#include "common/mem.h"

#include <string.h>

typedef struct priv {
    int opened; /* the handles below are meaningful */
    hid_t driver, fapl, file, group;
    wsi_hdf5_table columns;
} priv;

static priv *priv_of(const wsi_table *table)
{
    return (priv *)(void *)table->priv;
}

/* The file that holds it: write failures are kept there. */
static wsi_outfile *file_of(const wsi_table *table)
{
    return table->file ? table->file : table->sink->file;
}

static wsi_status create_file(wsi_table *table, wsi_error *err)
{
    priv *p = priv_of(table);
    WSI_FORWARD(wsi_hdf5_access(table->file, &p->driver, &p->fapl, err));
    const hid_t fcpl = H5Pcreate(H5P_FILE_CREATE);
    if (fcpl >= 0 && H5Pset_obj_track_times(fcpl, 0) >= 0)
        p->file = H5Fcreate(table->spec.path, H5F_ACC_TRUNC, fcpl, p->fapl);
    H5Pclose(fcpl);
    return p->file < 0 ? wsi_hdf5_error(err, WSI_ERR_OUTPUT, "cannot create") : WSI_OK;
}

static wsi_status open_quietly(wsi_table *table, wsi_error *err)
{
    priv *p = priv_of(table);
    const wsi_table_spec *spec = &table->spec;
    p->opened = 1;
    p->driver = p->fapl = p->file = p->group = -1;
    WSI_RETURN_IF(strchr(spec->name, '/') || strcmp(spec->name, ".") == 0, WSI_ERR_USAGE,
                  "result %s cannot be an HDF5 group", spec->name);
    if (!table->sink) WSI_FORWARD(create_file(table, err));
    const hid_t file = table->sink ? wsi_sink_hdf5_file(table->sink) : p->file;
    const int at_root = !table->sink && spec->kind == WSI_TABLE_PATCHES;
    p->group = at_root ? H5Gopen2(file, "/", H5P_DEFAULT) : wsi_hdf5_group(file, spec->name);
    if (p->group < 0) return wsi_hdf5_error(err, WSI_ERR_OUTPUT, spec->name);
    WSI_FORWARD(wsi_hdf5_table_open(&p->columns, p->group, table, err));
    return wsi_outfile_status(file_of(table), err);
}

static wsi_status open_table(wsi_table *table, wsi_error *err)
{
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    const wsi_status status = open_quietly(table, err);
    wsi_hdf5_unsilence(was);
    return status;
}

static wsi_status put_rows(wsi_table *table, const wsi_rows *rows, wsi_error *err)
{
    priv *p = priv_of(table);
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    const wsi_status status = wsi_hdf5_table_rows(&p->columns, rows, err);
    wsi_hdf5_unsilence(was);
    table->bytes = p->columns.bytes;
    WSI_FORWARD(wsi_outfile_status(file_of(table), err)); /* the true cause, when it is the disk */
    return status;
}

/* ---- The end ---- */

static int close_handles(priv *p)
{
    int bad = 0;
    wsi_hdf5_table_close(&p->columns);
    if (p->group >= 0) bad |= H5Gclose(p->group) < 0;
    if (p->file >= 0) bad |= H5Fclose(p->file) < 0;
    if (p->fapl >= 0) bad |= H5Pclose(p->fapl) < 0;
    if (p->driver >= 0) bad |= H5FDunregister(p->driver) < 0;
    p->driver = p->fapl = p->file = p->group = -1;
    return bad;
}

static int put_root(const wsi_table *table)
{
    const wsi_table_spec *spec = &table->spec;
    const hid_t file = priv_of(table)->file;
    int bad = wsi_hdf5_put_text(file, "codec", "deflate");
    bad |= wsi_hdf5_put_about(file, spec->provenance_json, spec->fingerprint_json, table->bad_tiles);
    return bad | wsi_hdf5_put_int(file, "complete", 1);
}

static wsi_status finish_quietly(wsi_table *table, wsi_error *err)
{
    priv *p = priv_of(table);
    wsi_status status = wsi_hdf5_table_finish(&p->columns, err);
    table->bytes = p->columns.bytes;
    if (table->sink) return status;
    if (status == WSI_OK && put_root(table) != 0)
        status = wsi_hdf5_error(err, WSI_ERR_OUTPUT, "cannot write attributes");
    if (close_handles(p) != 0 && status == WSI_OK) status = wsi_hdf5_error(err, WSI_ERR_OUTPUT, "cannot close");
    WSI_FORWARD(wsi_outfile_status(table->file, err));
    WSI_FORWARD(status);
    return wsi_trailer_write(table->file, "hdf5", table->spec.fingerprint_json, err);
}

static wsi_status finish(wsi_table *table, wsi_error *err)
{
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    const wsi_status status = finish_quietly(table, err);
    wsi_hdf5_unsilence(was);
    return status;
}

static void abort_table(wsi_table *table)
{
    if (!priv_of(table)->opened) return;
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    (void)close_handles(priv_of(table));
    wsi_hdf5_unsilence(was);
}

const wsi_table_format wsi_table_hdf5 = {
    .name = "hdf5",
    .summary = "HDF5, a dataset a column (h5py, MATLAB, R); patches as CLAM and TRIDENT read them",
    .extension = ".h5",
    .priv_size = sizeof(priv),
    .open = open_table,
    .rows = put_rows,
    .finish = finish,
    .abort = abort_table,
};

const wsi_table_format wsi_table_hdf5_group = {
    .name = "hdf5",
    .summary = "a group of an HDF5 file",
    .extension = "",
    .priv_size = sizeof(priv),
    .open = open_table,
    .rows = put_rows,
    .finish = finish,
    .abort = abort_table,
};
