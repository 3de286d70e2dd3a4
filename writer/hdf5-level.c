/* Shapes and chunks of our HDF5 levels; the library is asked for encoded bytes only. */
#include "hdf5-level.h"

#include "common/mem.h"
#include "encode-deflate.h"
#include "encode-zstd.h"
#include "hdf5-util.h"
#include "writer-private.h"

#include <string.h>

static unsigned char *grow(unsigned char **buffer, size_t *have, size_t need)
{
    if (*have < need) {
        wsi_free(*buffer);
        *buffer = wsi_calloc(need, 1);
        *have = *buffer ? need : 0;
    }
    return *buffer;
}

/* ---- Shape ---- */

static wsi_status read_filters(hid_t dcpl, wsi_hdf5_level *level, wsi_error *err)
{
    level->codec = WSI_CODEC_NONE;
    for (int i = 0; i < H5Pget_nfilters(dcpl); i++) {
        unsigned flags = 0, config = 0;
        size_t values = 0;
        const H5Z_filter_t id = H5Pget_filter2(dcpl, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
        if (id == H5Z_FILTER_DEFLATE)
            level->codec = WSI_CODEC_DEFLATE;
        else if (id == WSI_HDF5_FILTER_ZSTD)
            level->codec = WSI_CODEC_ZSTD;
        else
            WSI_RETURN_IF(id != H5Z_FILTER_SHUFFLE, WSI_ERR_VERIFY, "filter %d is not one of wsiproc's", (int)id);
        level->shuffled |= id == H5Z_FILTER_SHUFFLE;
    }
    return WSI_OK;
}

wsi_status wsi_hdf5_level_read(hid_t dataset, wsi_hdf5_level *level, wsi_error *err)
{
    const hid_t space = H5Dget_space(dataset), dcpl = H5Dget_create_plist(dataset), type = H5Dget_type(dataset);
    const size_t sample = H5Tget_size(type);
    wsi_status status = WSI_OK;
    *level = (wsi_hdf5_level){.sample = sample, .raw = sample};
    level->rank = H5Sget_simple_extent_ndims(space);
    if (level->rank < 2 || level->rank > 3 || H5Pget_layout(dcpl) != H5D_CHUNKED || sample < 1 || sample > 8 ||
        H5Sget_simple_extent_dims(space, level->dims, NULL) != level->rank ||
        H5Pget_chunk(dcpl, level->rank, level->chunk) != level->rank)
        status = wsi_error_set(err, WSI_ERR_VERIFY, "is not a tiled image");
    if (status == WSI_OK) status = read_filters(dcpl, level, err);
    for (int i = 0; status == WSI_OK && i < level->rank; i++) {
        if (level->chunk[i] == 0 || level->dims[i] == 0 || level->chunk[i] > WSI_TILE_BYTES_MAX ||
            !wsi_mul_size(level->raw, (size_t)level->chunk[i], &level->raw) || level->raw > WSI_TILE_BYTES_MAX)
            status = wsi_error_set(err, WSI_ERR_VERIFY, "has impossible chunks");
    }
    H5Tclose(type);
    H5Pclose(dcpl);
    H5Sclose(space);
    return status;
}

wsi_status wsi_hdf5_level_type(hid_t dataset, wsi_dtype *out, wsi_error *err)
{
    static const struct {
        H5T_class_t kind;
        size_t size;
        H5T_sign_t sign;
        wsi_dtype type;
    } known[] = {{H5T_INTEGER, 1, H5T_SGN_NONE, WSI_U8},  {H5T_INTEGER, 1, H5T_SGN_2, WSI_I8},
                 {H5T_INTEGER, 2, H5T_SGN_NONE, WSI_U16}, {H5T_INTEGER, 2, H5T_SGN_2, WSI_I16},
                 {H5T_INTEGER, 4, H5T_SGN_NONE, WSI_U32}, {H5T_INTEGER, 4, H5T_SGN_2, WSI_I32},
                 {H5T_FLOAT, 4, H5T_SGN_ERROR, WSI_F32},  {H5T_FLOAT, 8, H5T_SGN_ERROR, WSI_F64}};
    const hid_t type = H5Dget_type(dataset);
    const H5T_class_t kind = H5Tget_class(type);
    const size_t size = H5Tget_size(type);
    const H5T_sign_t sign = kind == H5T_INTEGER ? H5Tget_sign(type) : H5T_SGN_ERROR;
    const int little = size == 1 || H5Tget_order(type) == H5T_ORDER_LE;
    H5Tclose(type);
    for (size_t i = 0; little && i < sizeof known / sizeof known[0]; i++) {
        if (known[i].kind != kind || known[i].size != size || known[i].sign != sign) continue;
        *out = known[i].type;
        return WSI_OK;
    }
    return wsi_error_set(err, WSI_ERR_VERIFY, "has samples of no type of wsiproc's");
}

/* ---- Chunks ---- */

wsi_status wsi_hdf5_chunk_fetch(hid_t dataset, const wsi_hdf5_level *level, const hsize_t offset[3],
                                wsi_hdf5_chunk *chunk, size_t *size, wsi_error *err)
{
    hsize_t stored = 0;
    uint32_t mask = 0;
    WSI_RETURN_IF(H5Dget_chunk_storage_size(dataset, offset, &stored) < 0 || stored == 0 ||
                      stored > 2 * (hsize_t)level->raw + 4096,
                  WSI_ERR_VERIFY, "is missing or has an impossible size");
    WSI_RETURN_IF(!grow(&chunk->encoded, &chunk->encoded_size, (size_t)stored) ||
                      !grow(&chunk->raw, &chunk->raw_size, level->raw),
                  WSI_ERR_NO_MEMORY, "out of memory");
    if (H5Dread_chunk(dataset, H5P_DEFAULT, offset, &mask, chunk->encoded) < 0)
        return wsi_hdf5_error(err, WSI_ERR_VERIFY, "cannot be read");
    WSI_RETURN_IF(mask != 0, WSI_ERR_VERIFY, "was stored with filters left out");
    *size = (size_t)stored;
    return WSI_OK;
}

static wsi_status decode(const wsi_hdf5_level *level, wsi_hdf5_chunk *c, size_t size, wsi_error *err)
{
    if (level->codec == WSI_CODEC_DEFLATE) return wsi_deflate_decode(c->encoded, size, c->raw, level->raw, err);
    if (level->codec == WSI_CODEC_ZSTD) return wsi_zstd_decode(c->encoded, size, c->raw, level->raw, err);
    WSI_RETURN_IF(size != level->raw, WSI_ERR_INPUT_CORRUPT, "has %zu bytes instead of %zu", size, level->raw);
    memcpy(c->raw, c->encoded, size);
    return WSI_OK;
}

wsi_status wsi_hdf5_chunk_decode(const wsi_hdf5_level *level, wsi_hdf5_chunk *chunk, size_t size, wsi_error *err)
{
    const wsi_status status = decode(level, chunk, size, err);
    if (status == WSI_ERR_INPUT_CORRUPT && err) err->code = WSI_ERR_VERIFY;
    return status == WSI_ERR_INPUT_CORRUPT ? WSI_ERR_VERIFY : status;
}

void wsi_hdf5_chunk_clear(wsi_hdf5_chunk *chunk)
{
    wsi_free(chunk->encoded);
    wsi_free(chunk->raw);
    *chunk = (wsi_hdf5_chunk){0};
}
