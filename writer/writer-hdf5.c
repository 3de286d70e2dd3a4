/* hdf5: all results of a run in one file.
 *
 *     /                 attributes: format, format_version, software, codec, filter_id, filter_hint, provenance,
 *                       fingerprint, bad_tiles, complete (= 1, the last thing written)
 *     /NAME             a table (hdf5-table.h), or an image: a group a result; attributes: chain, dtype, mpp_x, mpp_y,
 * objective_power, downsamples, description (the JSON of describe.h) /NAME/0, 1, ...   levels, (rows, columns) or
 * (rows, columns, channels), a chunk a tile; attributes: downsample, mpp_x, mpp_y, sha256 (over the encoded chunks in
 * raster order) /NAME/icc_profile bytes of the source's ICC profile, for 8-bit RGB results
 *
 * Chunks are compressed outside HDF5 and handed over whole (H5Dwrite_chunk), so its global lock covers only the
 * bookkeeping. The declared filters are what a reader must undo: shuffle for samples wider than a byte, then deflate
 * (filter 1) or zstd (32015). Times are not tracked and files of the earliest format that will do are made. */
#include "describe.h"
#include "encode.h"
#include "hdf5-table.h"
#include "pack.h"
#include "trailer.h"
#include "writer-private.h"

#include "common/mem.h"

#include <stdio.h>
#include <string.h>

typedef struct result_state {
    hid_t group;
    hid_t levels[WSI_LEVELS_MAX];
    wsi_level_record records[WSI_LEVELS_MAX];
} result_state;

typedef struct priv {
    int opened; /* the handles below are meaningful */
    hid_t driver, fapl, file;
    result_state *results;
    wsi_encoder_pool *encoders;
} priv;

static priv *priv_of(const wsi_sink *sink)
{
    return (priv *)(void *)sink->priv;
}

static wsi_status stored(wsi_codec codec, wsi_pixfmt in, wsi_pixfmt *out, wsi_error *err)
{
    (void)codec, (void)err;
    *out = in;
    return WSI_OK;
}

/* ---- Geometry: a chunk is a tile, but never larger than its level (HDF5 refuses that) ---- */

static int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t chunk_w(const wsi_sink *sink, int result, int level)
{
    return at_most(sink->spec.tile, sink->spec.results[result].level_w[level]);
}

static int64_t chunk_h(const wsi_sink *sink, int result, int level)
{
    return at_most(sink->spec.tile, sink->spec.results[result].level_h[level]);
}

/* Shuffling pays where a sample has several bytes (float32 with deflate: 43 instead of 28 MPix/s, a seventh smaller);
 * for bytes it would change nothing. */
static int shuffles(const wsi_sink *sink, int result)
{
    return sink->spec.codec != WSI_CODEC_NONE && wsi_dtype_size(sink->spec.results[result].fmt.type) > 1;
}

/* ---- Opening ---- */

static hid_t file_type(wsi_dtype type)
{
    switch (type) {
    case WSI_BOOL:
    case WSI_U8:
        return H5T_STD_U8LE;
    case WSI_I8:
        return H5T_STD_I8LE;
    case WSI_U16:
        return H5T_STD_U16LE;
    case WSI_I16:
        return H5T_STD_I16LE;
    case WSI_U32:
        return H5T_STD_U32LE;
    case WSI_I32:
        return H5T_STD_I32LE;
    case WSI_F32:
        return H5T_IEEE_F32LE;
    case WSI_F64:
        return H5T_IEEE_F64LE;
    case WSI_DTYPE_COUNT:
        break;
    }
    return -1;
}

static int set_filters(const wsi_sink *sink, int result, hid_t dcpl)
{
    const int level = wsi_encode_level(sink->spec.codec, sink->spec.level);
    if (shuffles(sink, result) && H5Pset_shuffle(dcpl) < 0) return -1;
    if (sink->spec.codec == WSI_CODEC_DEFLATE) return H5Pset_deflate(dcpl, (unsigned)at_most(level, 9)) < 0 ? -1 : 0;
    if (sink->spec.codec != WSI_CODEC_ZSTD) return 0;
    /* Optional, so that a library without the filter creates the dataset; it is never asked to run it. */
    const unsigned value = (unsigned)level;
    return H5Pset_filter(dcpl, WSI_HDF5_FILTER_ZSTD, H5Z_FLAG_OPTIONAL, 1, &value) < 0 ? -1 : 0;
}

static hid_t create_dataset(const wsi_sink *sink, int r, int l, hid_t group)
{
    const wsi_result_spec *spec = &sink->spec.results[r];
    const int rank = spec->fmt.channels > 1 ? 3 : 2;
    const hsize_t channels = (hsize_t)spec->fmt.channels;
    const hsize_t dims[3] = {(hsize_t)spec->level_h[l], (hsize_t)spec->level_w[l], channels};
    const hsize_t chunk[3] = {(hsize_t)chunk_h(sink, r, l), (hsize_t)chunk_w(sink, r, l), channels};
    char name[16];
    snprintf(name, sizeof name, "%d", l);
    const hid_t space = H5Screate_simple(rank, dims, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE);
    hid_t dataset = -1;
    if (space >= 0 && dcpl >= 0 && H5Pset_obj_track_times(dcpl, 0) >= 0 && H5Pset_chunk(dcpl, rank, chunk) >= 0 &&
        set_filters(sink, r, dcpl) == 0)
        dataset = H5Dcreate2(group, name, file_type(spec->fmt.type), space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Pclose(dcpl);
    H5Sclose(space);
    return dataset;
}

static wsi_status open_result(wsi_sink *sink, int r, wsi_error *err)
{
    result_state *state = &priv_of(sink)->results[r];
    const wsi_result_spec *spec = &sink->spec.results[r];
    WSI_RETURN_IF(strchr(spec->name, '/') || strcmp(spec->name, ".") == 0, WSI_ERR_USAGE,
                  "result %s cannot be an HDF5 group", spec->name);
    state->group = wsi_hdf5_group(priv_of(sink)->file, spec->name);
    if (state->group < 0) return wsi_hdf5_error(err, WSI_ERR_OUTPUT, spec->name);
    for (int l = 0; l < spec->level_count; l++) {
        state->levels[l] = create_dataset(sink, r, l, state->group);
        if (state->levels[l] < 0) return wsi_hdf5_error(err, WSI_ERR_OUTPUT, spec->name);
    }
    return wsi_level_records_open(sink, r, state->records, err);
}

/* Space for tables is taken in pieces that suit their number, so that few blocks mix tables and pixels. */
static hsize_t meta_block(const wsi_sink *sink)
{
    hsize_t tiles = 0;
    for (int r = 0; r < sink->spec.result_count; r++) {
        const wsi_sink_level *level = wsi_sink_level_of(sink, r, 0);
        tiles += (hsize_t)level->tiles_x * (hsize_t)level->tiles_y;
    }
    hsize_t bytes = 2048;
    while (bytes < 65536 && bytes < tiles * 16) bytes *= 2;
    return bytes;
}

static wsi_status create_file(wsi_sink *sink, wsi_error *err)
{
    priv *p = priv_of(sink);
    WSI_FORWARD(wsi_hdf5_access(sink->file, &p->driver, &p->fapl, err));
    const hid_t fcpl = H5Pcreate(H5P_FILE_CREATE);
    if (fcpl >= 0 && H5Pset_obj_track_times(fcpl, 0) >= 0 && H5Pset_meta_block_size(p->fapl, meta_block(sink)) >= 0)
        p->file = H5Fcreate(sink->spec.path, H5F_ACC_TRUNC, fcpl, p->fapl);
    H5Pclose(fcpl);
    return p->file < 0 ? wsi_hdf5_error(err, WSI_ERR_OUTPUT, "cannot create") : WSI_OK;
}

static wsi_status open_quietly(wsi_sink *sink, wsi_error *err)
{
    priv *p = priv_of(sink);
    p->opened = 1;
    p->driver = p->fapl = p->file = -1;
    p->results = wsi_calloc((size_t)sink->spec.result_count + 1, sizeof *p->results);
    WSI_RETURN_IF(!p->results, WSI_ERR_NO_MEMORY, "out of memory");
    for (int r = 0; r < sink->spec.result_count; r++) {
        p->results[r].group = -1;
        for (int l = 0; l < WSI_LEVELS_MAX; l++) p->results[r].levels[l] = -1;
    }
    WSI_FORWARD(wsi_encoder_pool_create(sink->spec.codec, sink->spec.level, NULL, &p->encoders, err));
    WSI_FORWARD(create_file(sink, err));
    for (int r = 0; r < sink->spec.result_count; r++) WSI_FORWARD(open_result(sink, r, err));
    return wsi_outfile_status(sink->file, err);
}

static wsi_status open_sink(wsi_sink *sink, wsi_error *err)
{
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    const wsi_status status = open_quietly(sink, err);
    wsi_hdf5_unsilence(was);
    return status;
}

/* ---- Tiles ---- */

static size_t bound(const wsi_sink *sink, int result)
{
    const size_t edge = (size_t)sink->spec.tile;
    return wsi_encode_bound(sink->spec.codec, edge * edge * wsi_pixfmt_size(sink->spec.results[result].fmt));
}

/* Integers whose pyramid is made by taking neighbours: they come in runs. */
static int is_labels(const wsi_sink *sink, int result)
{
    const wsi_result_spec *spec = &sink->spec.results[result];
    return spec->nearest && spec->fmt.type != WSI_BOOL;
}

static wsi_status encode_with(wsi_sink *sink, int result, int level, wsi_encoder *encoder, const wsi_image *tile,
                              void *out, size_t capacity, size_t *size, wsi_error *err)
{
    const int64_t w = chunk_w(sink, result, level), h = chunk_h(sink, result, level);
    const size_t raw = (size_t)w * (size_t)h * wsi_pixfmt_size(tile->fmt);
    const int direct = sink->spec.codec == WSI_CODEC_NONE && capacity >= raw;
    const void *bytes = tile->data;
    WSI_FORWARD(wsi_encode_mask(encoder, tile, w, h, out, capacity, size, err));
    if (*size) return WSI_OK;
    if (direct || !wsi_pack_needless(tile, w, h)) {
        void *packed = direct ? out : wsi_encoder_scratch(encoder, 0, raw);
        WSI_RETURN_IF(!packed, WSI_ERR_NO_MEMORY, "out of memory");
        wsi_pack_plain(tile, w, h, packed);
        bytes = packed;
    }
    if (direct) {
        *size = raw;
        return WSI_OK;
    }
    if (shuffles(sink, result)) {
        const size_t width = wsi_dtype_size(tile->fmt.type);
        void *shuffled = wsi_encoder_scratch(encoder, 1, raw);
        WSI_RETURN_IF(!shuffled, WSI_ERR_NO_MEMORY, "out of memory");
        wsi_pack_shuffle(bytes, raw / width, width, shuffled);
        bytes = shuffled;
        if (is_labels(sink, result))
            return wsi_encode_labels(encoder, bytes, raw, (size_t)tile->fmt.channels,
                                     (size_t)w * (size_t)tile->fmt.channels, out, capacity, size, err);
    }
    return wsi_encode_packed(encoder, bytes, raw, out, capacity, size, err);
}

static wsi_status encode(wsi_sink *sink, int result, int level, const wsi_image *tile, void *out, size_t capacity,
                         size_t *size, wsi_error *err)
{
    wsi_encoder_pool *pool = priv_of(sink)->encoders;
    wsi_encoder *encoder = NULL;
    WSI_FORWARD(wsi_encoder_lend(pool, &encoder, err));
    const wsi_status status = encode_with(sink, result, level, encoder, tile, out, capacity, size, err);
    wsi_encoder_give_back(pool, encoder);
    return status;
}

static wsi_status encode_bits(wsi_sink *sink, int result, int level, const void *bits, void *out, size_t capacity,
                              size_t *size, wsi_error *err)
{
    const int64_t edge = sink->spec.tile;
    if (chunk_w(sink, result, level) != edge || chunk_h(sink, result, level) != edge) return WSI_OK;
    return wsi_encode_tile_bits(priv_of(sink)->encoders, bits, edge, out, capacity, size, err);
}

static wsi_status append(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                         wsi_error *err)
{
    result_state *state = &priv_of(sink)->results[result];
    const hsize_t tile = (hsize_t)sink->spec.tile;
    const hsize_t offset[3] = {(hsize_t)ty * tile, (hsize_t)tx * tile, 0};
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    wsi_status status = WSI_OK;
    if (H5Dwrite_chunk(state->levels[level], H5P_DEFAULT, 0, offset, size, bytes) < 0)
        status = wsi_hdf5_error(err, WSI_ERR_OUTPUT, "cannot write a chunk");
    wsi_hdf5_unsilence(was);
    WSI_FORWARD(wsi_outfile_status(sink->file, err)); /* the true cause, when it is the disk */
    WSI_FORWARD(status);
    return wsi_level_record_add(&state->records[level], bytes, size, err);
}

/* ---- The end ---- */

static int put_level(const wsi_sink *sink, int r, int l)
{
    result_state *state = &priv_of(sink)->results[r];
    const double mpp_x = wsi_level_mpp_x(sink, r, l), mpp_y = wsi_level_mpp_y(sink, r, l);
    int bad = wsi_hdf5_put_double(state->levels[l], "downsample", sink->spec.results[r].downsample[l]);
    if (mpp_x > 0) bad |= wsi_hdf5_put_double(state->levels[l], "mpp_x", mpp_x);
    if (mpp_y > 0) bad |= wsi_hdf5_put_double(state->levels[l], "mpp_y", mpp_y);
    return bad | wsi_hdf5_put_text(state->levels[l], "sha256", state->records[l].sha256);
}

static int put_icc(const wsi_sink *sink, int r)
{
    size_t size = 0;
    const void *icc = wsi_result_icc(sink, r, &size);
    if (!icc) return 0;
    const hsize_t dims = size;
    const hid_t space = H5Screate_simple(1, &dims, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE);
    int bad = H5Pset_obj_track_times(dcpl, 0) < 0;
    const hid_t dataset =
        H5Dcreate2(priv_of(sink)->results[r].group, "icc_profile", H5T_STD_U8LE, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    bad |= H5Dwrite(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, icc) < 0;
    bad |= H5Dclose(dataset) < 0;
    H5Pclose(dcpl);
    H5Sclose(space);
    return bad;
}

static int put_description(const wsi_sink *sink, int r)
{
    result_state *state = &priv_of(sink)->results[r];
    json_t *facts = wsi_describe(sink, r, state->records);
    if (facts) {
        /* They stand at the root, once for all results. */
        json_object_del(facts, "provenance");
        json_object_del(facts, "fingerprint");
        json_object_del(facts, "bad_tiles");
    }
    char *text = facts ? wsi_json_text(facts, 0) : NULL;
    json_decref(facts);
    const int bad = text ? wsi_hdf5_put_text(state->group, "description", text) : -1;
    wsi_free(text);
    return bad;
}

static int put_result(const wsi_sink *sink, int r)
{
    const wsi_result_spec *spec = &sink->spec.results[r];
    const hid_t group = priv_of(sink)->results[r].group;
    const double mpp_x = wsi_level_mpp_x(sink, r, 0), mpp_y = wsi_level_mpp_y(sink, r, 0);
    const double objective = sink->spec.source ? sink->spec.source->objective : 0;
    int bad = wsi_hdf5_put_text(group, "chain", spec->chain ? spec->chain : "");
    bad |= wsi_hdf5_put_text(group, "dtype", wsi_dtype_name(spec->fmt.type));
    if (spec->fmt.type == WSI_BOOL) bad |= wsi_hdf5_put_int(group, "true_value", 255);
    if (mpp_x > 0) bad |= wsi_hdf5_put_double(group, "mpp_x", mpp_x);
    if (mpp_y > 0) bad |= wsi_hdf5_put_double(group, "mpp_y", mpp_y);
    if (objective > 0) bad |= wsi_hdf5_put_double(group, "objective_power", objective);
    bad |= wsi_hdf5_put_doubles(group, "downsamples", spec->downsample, spec->level_count);
    for (int l = 0; l < spec->level_count; l++) bad |= put_level(sink, r, l);
    return bad | put_icc(sink, r) | put_description(sink, r);
}

static int put_codec(hid_t file, const wsi_sink *sink)
{
    const wsi_codec codec = sink->spec.codec;
    int bad = wsi_hdf5_put_text(file, "codec", wsi_codec_name(codec));
    if (codec == WSI_CODEC_DEFLATE) bad |= wsi_hdf5_put_int(file, "filter_id", H5Z_FILTER_DEFLATE);
    if (codec != WSI_CODEC_ZSTD) return bad;
    bad |= wsi_hdf5_put_int(file, "filter_id", WSI_HDF5_FILTER_ZSTD);
    return bad | wsi_hdf5_put_text(file, "filter_hint",
                                   "zstd: needs the HDF5 filter plugin 32015; in Python: import hdf5plugin, or set "
                                   "HDF5_PLUGIN_PATH to wsiproc's hdf5-plugins folder");
}

static int put_root(const wsi_sink *sink)
{
    const hid_t file = priv_of(sink)->file;
    int bad = put_codec(file, sink);
    bad |= wsi_hdf5_put_about(file, sink->spec.provenance_json, sink->spec.fingerprint_json, sink->bad_tiles);
    for (int r = 0; r < sink->spec.result_count; r++) bad |= put_result(sink, r);
    return bad | wsi_hdf5_put_int(file, "complete", 1);
}

static int close_handle(hid_t *handle, herr_t (*close_one)(hid_t))
{
    const herr_t closed = *handle >= 0 ? close_one(*handle) : 0;
    *handle = -1;
    return closed < 0 ? -1 : 0;
}

static int close_file(wsi_sink *sink)
{
    priv *p = priv_of(sink);
    int bad = 0;
    for (int r = 0; p->results && r < sink->spec.result_count; r++) {
        for (int l = 0; l < WSI_LEVELS_MAX; l++) bad |= close_handle(&p->results[r].levels[l], H5Dclose);
        bad |= close_handle(&p->results[r].group, H5Gclose);
    }
    bad |= close_handle(&p->file, H5Fclose);
    bad |= close_handle(&p->fapl, H5Pclose);
    return bad | close_handle(&p->driver, H5FDunregister);
}

static wsi_status finish_quietly(wsi_sink *sink, wsi_error *err)
{
    for (int r = 0; r < sink->spec.result_count; r++)
        WSI_FORWARD(wsi_level_records_close(sink, r, priv_of(sink)->results[r].records, err));
    wsi_status status = WSI_OK;
    if (put_root(sink) != 0) status = wsi_hdf5_error(err, WSI_ERR_OUTPUT, "cannot write attributes");
    if (close_file(sink) != 0 && status == WSI_OK) status = wsi_hdf5_error(err, WSI_ERR_OUTPUT, "cannot close");
    WSI_FORWARD(wsi_outfile_status(sink->file, err));
    WSI_FORWARD(status);
    return wsi_trailer_write(sink->file, "hdf5", sink->spec.fingerprint_json, err);
}

static wsi_status finish(wsi_sink *sink, wsi_error *err)
{
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    const wsi_status status = finish_quietly(sink, err);
    wsi_hdf5_unsilence(was);
    return status;
}

hid_t wsi_sink_hdf5_file(const wsi_sink *sink)
{
    return priv_of(sink)->file;
}

static void abort_sink(wsi_sink *sink)
{
    priv *p = priv_of(sink);
    if (!p->opened) return;
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    (void)close_file(sink);
    wsi_hdf5_unsilence(was);
    for (int r = 0; p->results && r < sink->spec.result_count; r++) wsi_level_records_destroy(p->results[r].records);
    wsi_free(p->results);
    p->results = NULL;
    wsi_encoder_pool_destroy(&p->encoders);
}

const wsi_writer wsi_writer_hdf5 = {
    .name = "hdf5",
    .summary = "one HDF5 file with all results, a chunk a tile (h5py, MATLAB, HDFView)",
    .extension = ".h5",
    .many_results = 1,
    .holds_tables = 1,
    .codecs = 1u << WSI_CODEC_NONE | 1u << WSI_CODEC_DEFLATE | 1u << WSI_CODEC_ZSTD,
    .default_codec = WSI_CODEC_DEFLATE,
    .default_tile = 256,
    .stored = stored,
    .priv_size = sizeof(priv),
    .open = open_sink,
    .bound = bound,
    .encode = encode,
    .encode_bits = encode_bits,
    .append = append,
    .finish = finish,
    .abort = abort_sink,
};
