/* Levels of HDF5 outputs, read whole. */
#include "read-hdf5.h"

#include "common/mem.h"
#include "writer.h"
#include "hdf5-level.h"
#include "hdf5-util.h"
#include "pack.h"
#include "trailer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- One level ---- */

/* The tile at (x, y) of the image, from a decoded chunk, which is never cut at the edges. */
static void place(const wsi_hdf5_level *level, const unsigned char *raw, int64_t x, int64_t y, const wsi_image *image)
{
    const size_t pixel = wsi_pixfmt_size(image->fmt), row = (size_t)level->chunk[1] * pixel;
    const int64_t w = wsi_min64((int64_t)level->chunk[1], image->w - x);
    const int64_t h = wsi_min64((int64_t)level->chunk[0], image->h - y);
    for (int64_t r = 0; r < h; r++) {
        unsigned char *to = (unsigned char *)wsi_image_row(image, y + r) + (size_t)x * pixel;
        memcpy(to, raw + (size_t)r * row, (size_t)w * pixel);
    }
}

static wsi_status read_chunks(hid_t dataset, const wsi_hdf5_level *level, const wsi_image *image, wsi_error *err)
{
    wsi_hdf5_chunk chunk = {NULL, NULL, 0, 0};
    unsigned char *plain = level->shuffled ? wsi_calloc(level->raw, 1) : NULL;
    wsi_status status = level->shuffled && !plain ? wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory") : WSI_OK;
    for (hsize_t y = 0; y < level->dims[0] && status == WSI_OK; y += level->chunk[0]) {
        for (hsize_t x = 0; x < level->dims[1] && status == WSI_OK; x += level->chunk[1]) {
            const hsize_t offset[3] = {y, x, 0};
            size_t size = 0;
            status = wsi_hdf5_chunk_fetch(dataset, level, offset, &chunk, &size, err);
            if (status == WSI_OK) status = wsi_hdf5_chunk_decode(level, &chunk, size, err);
            if (status != WSI_OK) break;
            if (plain) wsi_pack_unshuffle(chunk.raw, level->raw / level->sample, level->sample, plain);
            place(level, plain ? plain : chunk.raw, (int64_t)x, (int64_t)y, image);
        }
    }
    wsi_free(plain);
    wsi_hdf5_chunk_clear(&chunk);
    return status;
}

/* A chunk of an image covers all channels. */
static wsi_status make_image(hid_t dataset, const wsi_hdf5_level *level, wsi_image *image, wsi_error *err)
{
    const hsize_t channels = level->rank == 3 ? level->dims[2] : 1;
    size_t row = 0;
    WSI_FORWARD(wsi_hdf5_level_type(dataset, &image->fmt.type, err));
    WSI_RETURN_IF(channels > WSI_CHANNELS_MAX || (level->rank == 3 && level->chunk[2] != channels), WSI_ERR_VERIFY,
                  "has impossible channels");
    image->fmt.channels = (int)channels;
    image->w = (int64_t)level->dims[1];
    image->h = (int64_t)level->dims[0];
    WSI_RETURN_IF(!wsi_mul_size((size_t)image->w, wsi_pixfmt_size(image->fmt), &row) || row > INT32_MAX, WSI_ERR_VERIFY,
                  "is too wide");
    image->stride = (ptrdiff_t)row;
    image->data = wsi_calloc((size_t)image->h, row);
    WSI_RETURN_IF(!image->data, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}

static hid_t open_level(hid_t group, int level)
{
    char name[16];
    snprintf(name, sizeof name, "%d", level);
    return H5Lexists(group, name, H5P_DEFAULT) > 0 ? H5Dopen2(group, name, H5P_DEFAULT) : -1;
}

static wsi_status read_level(hid_t group, int number, wsi_image *image, wsi_error *err)
{
    wsi_hdf5_level level;
    const hid_t dataset = open_level(group, number);
    WSI_RETURN_IF(dataset < 0, WSI_ERR_VERIFY, "is missing");
    wsi_status status = wsi_hdf5_level_read(dataset, &level, err);
    if (status == WSI_OK) status = make_image(dataset, &level, image, err);
    if (status == WSI_OK) status = read_chunks(dataset, &level, image, err);
    H5Dclose(dataset);
    return status;
}

/* ---- Results ---- */

/* Sizes of all levels; how many there are. */
static int measure(hid_t group, int64_t w[WSI_LEVELS_MAX], int64_t h[WSI_LEVELS_MAX], size_t *pixel_bytes)
{
    int count = 0;
    for (; count < WSI_LEVELS_MAX; count++) {
        wsi_hdf5_level level;
        const hid_t dataset = open_level(group, count);
        if (dataset < 0) break;
        const wsi_status status = wsi_hdf5_level_read(dataset, &level, NULL);
        H5Dclose(dataset);
        if (status != WSI_OK || level.dims[0] > INT32_MAX || level.dims[1] > INT32_MAX) break;
        w[count] = (int64_t)level.dims[1];
        h[count] = (int64_t)level.dims[0];
        *pixel_bytes = level.sample * (level.rank == 3 ? (size_t)level.dims[2] : 1);
    }
    return count;
}

static void visit_group(hid_t group, const char *name, const wsi_hdf5_visitor *visitor)
{
    int64_t w[WSI_LEVELS_MAX], h[WSI_LEVELS_MAX];
    size_t pixel_bytes = 0;
    wsi_error err = {0};
    wsi_hdf5_view view = {.result = name, .level = -1};
    view.level_count = measure(group, w, h, &pixel_bytes);
    if (view.level_count == 0) return; /* a table */
    view.level = visitor->choose(visitor->user, name, view.level_count, w, h, pixel_bytes);
    if (view.level >= view.level_count) view.level = -1;
    if (view.level >= 0 && read_level(group, view.level, &view.image, &err) != WSI_OK) {
        wsi_free(view.image.data);
        view.image.data = NULL;
        view.error = err.message;
    }
    visitor->visit(visitor->user, &view);
    wsi_free(view.image.data);
}

static herr_t visit_link(hid_t root, const char *name, const H5L_info_t *info, void *user)
{
    (void)info;
    const hid_t group = H5Gopen2(root, name, H5P_DEFAULT);
    if (group < 0) return 0; /* columns of a table, at the root */
    visit_group(group, name, user);
    H5Gclose(group);
    return 0;
}

static wsi_status check_mark(const char *path, wsi_error *err)
{
    struct stat st;
    wsi_trailer trailer;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    WSI_RETURN_IF(fd < 0, WSI_ERR_OUTPUT, "cannot open: %s", strerror(errno));
    wsi_status status = fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
                            ? wsi_trailer_read(fd, &trailer, err)
                            : wsi_error_set(err, WSI_ERR_OUTPUT, "is not a regular file");
    if (status == WSI_OK) {
        if (strcmp(wsi_trailer_format(&trailer), "hdf5") != 0)
            status = wsi_error_set(err, WSI_ERR_VERIFY, "is not HDF5");
        wsi_trailer_clear(&trailer);
    }
    close(fd);
    return status;
}

wsi_status wsi_hdf5_visit(const char *path, const wsi_hdf5_visitor *visitor, wsi_error *err)
{
    WSI_FORWARD(check_mark(path, err));
    const wsi_hdf5_quiet was = wsi_hdf5_silence();
    const hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(fapl, H5F_CLOSE_STRONG);
    H5Pset_file_locking(fapl, 0, 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, fapl);
    wsi_status status = WSI_OK;
    if (file < 0 || H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, (void *)visitor) < 0)
        status = wsi_hdf5_error(err, WSI_ERR_VERIFY, "cannot be opened");
    if (file >= 0) H5Fclose(file);
    H5Pclose(fapl);
    wsi_hdf5_unsilence(was);
    return status;
}
