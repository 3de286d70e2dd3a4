/* HDF5 outputs read back: marks, groups, levels; every chunk is fetched as it lies in the file and decoded here, so
 * no filter plugin is needed. libhdf5 is not made for damaged files and may crash on them, so this is called only
 * for files whose checksums are right: chance never gets past those. */
#include "verify.h"

#include "common/mem.h"
#include "hdf5-level.h"
#include "hdf5-util.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- Chunks ---- */

static wsi_status check_chunk(hid_t dataset, const wsi_hdf5_level *shape, const hsize_t offset[3],
                              wsi_hdf5_chunk *chunk, wsi_level_record *record, wsi_error *err)
{
    size_t size = 0;
    WSI_FORWARD(wsi_hdf5_chunk_fetch(dataset, shape, offset, chunk, &size, err));
    WSI_FORWARD(wsi_level_record_add(record, chunk->encoded, size, err));
    return wsi_hdf5_chunk_decode(shape, chunk, size, err);
}

static wsi_status check_chunks(hid_t dataset, const wsi_hdf5_level *shape, wsi_level_record *record, int64_t *tiles,
                               wsi_error *err)
{
    wsi_hdf5_chunk chunk = {NULL, NULL, 0, 0};
    wsi_status status = WSI_OK;
    for (hsize_t y = 0; y < shape->dims[0] && status == WSI_OK; y += shape->chunk[0]) {
        for (hsize_t x = 0; x < shape->dims[1] && status == WSI_OK; x += shape->chunk[1], (*tiles)++) {
            const hsize_t offset[3] = {y, x, 0};
            status = check_chunk(dataset, shape, offset, &chunk, record, err);
            if (status != WSI_OK)
                (void)wsi_error_prefix(err, "tile (%" PRIu64 ",%" PRIu64 "): ", (uint64_t)(x / shape->chunk[1]),
                                       (uint64_t)(y / shape->chunk[0]));
        }
    }
    wsi_hdf5_chunk_clear(&chunk);
    return status;
}

static wsi_status check_dataset(hid_t dataset, int level, const json_t *description, wsi_verify_counts *counts,
                                wsi_error *err)
{
    wsi_hdf5_level shape;
    wsi_level_record record = {NULL, "", 0};
    int64_t tiles = 0;
    WSI_FORWARD(wsi_hdf5_level_read(dataset, &shape, err));
    WSI_FORWARD(wsi_digest_create(WSI_DIGEST_SHA256, &record.digest, err));
    wsi_status status = check_chunks(dataset, &shape, &record, &tiles, err);
    if (status == WSI_OK) status = wsi_digest_hex(record.digest, record.sha256, err);
    wsi_digest_destroy(&record.digest);
    WSI_FORWARD(status);
    counts->levels++;
    counts->tiles += tiles;
    counts->bytes += record.bytes;
    return wsi_verify_level(description, level, (int64_t)shape.dims[1], (int64_t)shape.dims[0], tiles, record.bytes,
                            record.sha256, err);
}

/* ---- Groups ---- */

static wsi_status check_levels(hid_t group, const json_t *description, int levels, wsi_verify_counts *counts,
                               wsi_error *err)
{
    for (int l = 0; l < levels; l++) {
        char name[16];
        snprintf(name, sizeof name, "%d", l);
        const hid_t dataset = H5Lexists(group, name, H5P_DEFAULT) > 0 ? H5Dopen2(group, name, H5P_DEFAULT) : -1;
        WSI_RETURN_IF(dataset < 0, WSI_ERR_VERIFY, "level %d is missing", l);
        const wsi_status status = check_dataset(dataset, l, description, counts, err);
        H5Dclose(dataset);
        if (status != WSI_OK) {
            (void)wsi_error_prefix(err, "level %d: ", l);
            return status;
        }
    }
    return WSI_OK;
}

static wsi_status check_content(hid_t group, const json_t *description, int levels, wsi_verify_counts *counts,
                                wsi_error *err)
{
    if (json_object_get(description, "columns")) return wsi_verify_hdf5_table(group, description, counts, err);
    return check_levels(group, description, levels, counts, err);
}

static wsi_status check_group(hid_t file, const char *name, wsi_verify_counts *counts, wsi_error *err)
{
    const hid_t group = H5Gopen2(file, name, H5P_DEFAULT);
    if (group < 0) return wsi_hdf5_error(err, WSI_ERR_VERIFY, "is not a group");
    char *text = wsi_hdf5_get_text(group, "description");
    json_t *description = NULL;
    int levels = 0;
    wsi_status status = text ? wsi_verify_description(text, &description, &levels, err)
                             : wsi_error_set(err, WSI_ERR_VERIFY, "has no description");
    if (status == WSI_OK && strcmp(json_string_value(json_object_get(description, "result")), name) != 0)
        status = wsi_error_set(err, WSI_ERR_VERIFY, "the description is that of another result");
    if (status == WSI_OK) status = check_content(group, description, levels, counts, err);
    json_decref(description);
    wsi_free(text);
    H5Gclose(group);
    return status;
}

typedef struct root_visit {
    json_t *results;
    wsi_verify_counts *counts;
    wsi_status status;
    wsi_error *err;
} root_visit;

static herr_t visit_link(hid_t root, const char *name, const H5L_info_t *info, void *user)
{
    root_visit *visit = user;
    (void)info;
    visit->status = check_group(root, name, visit->counts, visit->err);
    if (visit->status != WSI_OK) {
        (void)wsi_error_prefix(visit->err, "%s: ", name);
        return 1;
    }
    json_array_append_new(visit->results, json_string(name));
    return 0;
}

static int is_complete(hid_t file)
{
    int64_t value = 0;
    if (H5Aexists(file, "complete") <= 0) return 0;
    const hid_t attribute = H5Aopen(file, "complete", H5P_DEFAULT), space = H5Aget_space(attribute);
    const int ok = H5Sget_simple_extent_npoints(space) == 1 && H5Aread(attribute, H5T_NATIVE_INT64, &value) >= 0;
    H5Sclose(space);
    H5Aclose(attribute);
    return ok && value == 1;
}

/* A table whose columns lie at the root (table-hdf5.c). */
static wsi_status check_root_table(hid_t file, json_t *results, wsi_verify_counts *counts, wsi_error *err)
{
    char *text = wsi_hdf5_get_text(file, "description");
    json_t *description = NULL;
    int levels = 0;
    wsi_status status = text ? wsi_verify_description(text, &description, &levels, err)
                             : wsi_error_set(err, WSI_ERR_VERIFY, "the description cannot be read");
    if (status == WSI_OK) json_array_append(results, json_object_get(description, "result"));
    if (status == WSI_OK) status = wsi_verify_hdf5_table(file, description, counts, err);
    json_decref(description);
    wsi_free(text);
    return status;
}

static wsi_status check_file(hid_t file, json_t *results, wsi_verify_counts *counts, wsi_error *err)
{
    char *format = wsi_hdf5_get_text(file, "format");
    const int ours = format && strcmp(format, "wsiproc-hdf5") == 0;
    wsi_free(format);
    WSI_RETURN_IF(!ours, WSI_ERR_VERIFY, "was not made by wsiproc");
    WSI_RETURN_IF(!is_complete(file), WSI_ERR_VERIFY, "has no completion mark");
    if (H5Aexists(file, "description") > 0) return check_root_table(file, results, counts, err);
    root_visit visit = {results, counts, WSI_OK, err};
    const herr_t visited = H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, &visit);
    WSI_FORWARD(visit.status);
    if (visited < 0) return wsi_hdf5_error(err, WSI_ERR_VERIFY, "cannot list the results");
    WSI_RETURN_IF(json_array_size(results) == 0, WSI_ERR_VERIFY, "holds no result");
    return WSI_OK;
}

wsi_status wsi_verify_hdf5(int fd, const char *path, json_t *results, wsi_verify_counts *counts, wsi_error *err)
{
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    const hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
    (void)fd;
    H5Pset_fclose_degree(fapl, H5F_CLOSE_STRONG);
    H5Pset_file_locking(fapl, 0, 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, fapl);
    const wsi_status status =
        file < 0 ? wsi_hdf5_error(err, WSI_ERR_VERIFY, "cannot be opened") : check_file(file, results, counts, err);
    if (file >= 0) H5Fclose(file);
    H5Pclose(fapl);
    wsi_hdf5_unsilence(was);
    return status;
}
