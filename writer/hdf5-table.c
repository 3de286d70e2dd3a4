/* Columns gathered into chunks, compressed outside HDF5 and handed over whole: see hdf5-table.h. */
#include "hdf5-table.h"

#include "common/mem.h"
#include "pack.h"
#include "trailer.h"

#include <stdio.h>
#include <string.h>

enum { CELL = 8 /* bytes: int64 and float64 alike */ };

/* ---- Opening ---- */

static void add_column(wsi_hdf5_table *t, const wsi_column *column, int from)
{
    wsi_hdf5_column *c = &t->columns[t->count++];
    snprintf(c->name, sizeof c->name, "%s", column->name);
    snprintf(c->unit, sizeof c->unit, "%s", column->unit);
    c->type = column->type;
    c->width = 1;
    c->from[0] = from;
    c->dataset = -1;
}

static void choose_columns(wsi_hdf5_table *t)
{
    const wsi_table_spec *spec = &t->table->spec;
    const int x = wsi_table_column(spec, "x"), y = wsi_table_column(spec, "y");
    const int places = spec->kind == WSI_TABLE_PATCHES && x >= 0 && y >= 0;
    if (places) {
        add_column(t, &spec->columns[x], x);
        snprintf(t->columns[0].name, sizeof t->columns[0].name, "coords");
        t->columns[0].width = 2;
        t->columns[0].from[1] = y;
    }
    for (int c = 0; c < spec->column_count; c++)
        if (spec->columns[c].type != WSI_COLUMN_OUTLINE && !(places && (c == x || c == y)))
            add_column(t, &spec->columns[c], c);
}

static hid_t create_dataset(const wsi_hdf5_column *c, hid_t group)
{
    const int rank = c->width > 1 ? 2 : 1;
    const hsize_t dims[2] = {0, (hsize_t)c->width}, most[2] = {H5S_UNLIMITED, (hsize_t)c->width},
                  chunk[2] = {WSI_TABLE_CHUNK, (hsize_t)c->width};
    const hid_t type = c->type == WSI_COLUMN_INT ? H5T_STD_I64LE : H5T_IEEE_F64LE;
    const hid_t space = H5Screate_simple(rank, dims, most), dcpl = H5Pcreate(H5P_DATASET_CREATE);
    hid_t dataset = -1;
    if (space >= 0 && dcpl >= 0 && H5Pset_obj_track_times(dcpl, 0) >= 0 && H5Pset_chunk(dcpl, rank, chunk) >= 0 &&
        H5Pset_shuffle(dcpl) >= 0 && H5Pset_deflate(dcpl, WSI_DEFLATE_LEVEL_DEFAULT) >= 0)
        dataset = H5Dcreate2(group, c->name, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Pclose(dcpl);
    H5Sclose(space);
    return dataset;
}

wsi_status wsi_hdf5_table_open(wsi_hdf5_table *t, hid_t group, const wsi_table *table, wsi_error *err)
{
    const size_t chunk = (size_t)2 * CELL * WSI_TABLE_CHUNK;
    t->table = table;
    t->group = group;
    choose_columns(t);
    WSI_FORWARD(wsi_deflate_create(WSI_DEFLATE_LEVEL_DEFAULT, &t->deflate, err));
    t->packed_room = wsi_deflate_bound(chunk);
    t->shuffled = wsi_calloc(1, chunk);
    t->packed = wsi_calloc(1, t->packed_room);
    WSI_RETURN_IF(!t->shuffled || !t->packed, WSI_ERR_NO_MEMORY, "out of memory");
    for (int i = 0; i < t->count; i++) {
        wsi_hdf5_column *c = &t->columns[i];
        c->cells = wsi_calloc(WSI_TABLE_CHUNK, (size_t)c->width * CELL);
        WSI_RETURN_IF(!c->cells, WSI_ERR_NO_MEMORY, "out of memory");
        c->dataset = create_dataset(c, group);
        if (c->dataset < 0) return wsi_hdf5_error(err, WSI_ERR_OUTPUT, c->name);
    }
    return WSI_OK;
}

/* ---- Rows ---- */

static wsi_status write_chunk(wsi_hdf5_table *t, const wsi_hdf5_column *c, wsi_error *err)
{
    const size_t cells = (size_t)WSI_TABLE_CHUNK * (size_t)c->width;
    const hsize_t length[2] = {(hsize_t)t->rows, (hsize_t)c->width};
    const hsize_t offset[2] = {(hsize_t)((t->rows - 1) / WSI_TABLE_CHUNK * WSI_TABLE_CHUNK), 0};
    size_t size = 0;
    wsi_pack_shuffle(c->cells, cells, CELL, t->shuffled);
    WSI_FORWARD(wsi_deflate_encode(t->deflate, t->shuffled, cells * CELL, t->packed, t->packed_room, &size, err));
    if (H5Dset_extent(c->dataset, length) < 0 ||
        H5Dwrite_chunk(c->dataset, H5P_DEFAULT, 0, offset, size, t->packed) < 0)
        return wsi_hdf5_error(err, WSI_ERR_OUTPUT, "cannot write a column");
    t->bytes += size;
    return WSI_OK;
}

static wsi_status write_chunks(wsi_hdf5_table *t, wsi_error *err)
{
    for (int i = 0; i < t->count; i++) WSI_FORWARD(write_chunk(t, &t->columns[i], err));
    return WSI_OK;
}

static void put_cells(const wsi_hdf5_column *c, const wsi_rows *rows, int64_t first, int64_t at, int64_t n)
{
    char *to = (char *)c->cells + (size_t)(at * c->width) * CELL;
    for (int k = 0; k < c->width; k++) {
        const char *from = (const char *)rows->cells[c->from[k]] + (size_t)first * CELL;
        for (int64_t i = 0; i < n; i++) memcpy(to + (size_t)(i * c->width + k) * CELL, from + (size_t)i * CELL, CELL);
    }
}

wsi_status wsi_hdf5_table_rows(wsi_hdf5_table *t, const wsi_rows *rows, wsi_error *err)
{
    for (int64_t first = 0; first < rows->count;) {
        const int64_t at = t->rows % WSI_TABLE_CHUNK, room = WSI_TABLE_CHUNK - at;
        const int64_t n = rows->count - first < room ? rows->count - first : room;
        for (int i = 0; i < t->count; i++) put_cells(&t->columns[i], rows, first, at, n);
        t->rows += n;
        first += n;
        if (t->rows % WSI_TABLE_CHUNK == 0) WSI_FORWARD(write_chunks(t, err));
    }
    return WSI_OK;
}

/* ---- The end ---- */

/* Rows of the last chunk that hold nothing are the same whatever came before. */
static wsi_status write_rest(wsi_hdf5_table *t, wsi_error *err)
{
    const size_t used = (size_t)(t->rows % WSI_TABLE_CHUNK);
    if (used == 0) return WSI_OK;
    for (int i = 0; i < t->count; i++) {
        const size_t row = (size_t)t->columns[i].width * CELL;
        memset((char *)t->columns[i].cells + used * row, 0, (WSI_TABLE_CHUNK - used) * row);
    }
    return write_chunks(t, err);
}

static int put_fact(hid_t object, const wsi_fact *fact)
{
    const int64_t whole = (int64_t)fact->value;
    return (double)whole == fact->value ? wsi_hdf5_put_int(object, fact->name, whole)
                                        : wsi_hdf5_put_double(object, fact->name, fact->value);
}

static int put_columns(const wsi_hdf5_table *t)
{
    const wsi_table_spec *spec = &t->table->spec;
    int bad = 0;
    for (int i = 0; i < t->count; i++) {
        const wsi_hdf5_column *c = &t->columns[i];
        bad |= wsi_hdf5_put_text(c->dataset, "unit", c->unit);
        if (c->width < 2) continue;
        for (int k = 0; k < spec->fact_count; k++) bad |= put_fact(c->dataset, &spec->facts[k]);
        bad |= wsi_hdf5_put_patches(c->dataset, spec);
    }
    return bad;
}

static int put_group(const wsi_hdf5_table *t)
{
    const wsi_table_spec *spec = &t->table->spec;
    const double mpp_x = wsi_table_mpp_x(t->table), mpp_y = wsi_table_mpp_y(t->table);
    json_t *json = wsi_table_describe(t->table, 0);
    char *text = json ? wsi_json_text(json, 0) : NULL;
    json_decref(json);
    int bad = text ? wsi_hdf5_put_text(t->group, "description", text) : -1;
    wsi_free(text);
    bad |= wsi_hdf5_put_text(t->group, "chain", spec->chain ? spec->chain : "");
    bad |= wsi_hdf5_put_int(t->group, "rows", t->rows);
    if (mpp_x > 0) bad |= wsi_hdf5_put_double(t->group, "mpp_x", mpp_x);
    if (mpp_y > 0) bad |= wsi_hdf5_put_double(t->group, "mpp_y", mpp_y);
    return bad;
}

wsi_status wsi_hdf5_table_finish(wsi_hdf5_table *t, wsi_error *err)
{
    WSI_FORWARD(write_rest(t, err));
    if (put_columns(t) != 0 || put_group(t) != 0) return wsi_hdf5_error(err, WSI_ERR_OUTPUT, "cannot write attributes");
    return WSI_OK;
}

void wsi_hdf5_table_close(wsi_hdf5_table *t)
{
    for (int i = 0; i < t->count; i++) {
        if (t->columns[i].dataset >= 0) H5Dclose(t->columns[i].dataset);
        wsi_free(t->columns[i].cells);
    }
    if (t->deflate) wsi_deflate_destroy(&t->deflate);
    wsi_free(t->shuffled);
    wsi_free(t->packed);
    memset(t, 0, sizeof *t);
}
