/* Tables read back: text against its seal and the number of its lines, HDF5 columns cell by cell. */
#include "verify.h"

#include "common/mem.h"
#include "hdf5-util.h"
#include "seal.h"
#include "text-stream.h"

#include <errno.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <string.h>
#include <unistd.h>

/* ---- Text ---- */

/* Compressed text is read in pieces that hold at least one whole member. */
enum { PIECE = 2 * WSI_TEXT_BUFFER };

typedef struct line_count {
    int fd, gzip;
    struct libdeflate_decompressor *inflate;
    char *bytes, *text; /* PIECE and WSI_TEXT_BUFFER bytes */
    int64_t lines;
} line_count;

static int64_t newlines(const char *text, size_t size)
{
    int64_t n = 0;
    for (size_t i = 0; i < size; i++) n += text[i] == '\n';
    return n;
}

/* Counts lines in the first member, or all, of `have` bytes; *used gets how many that were. */
static wsi_status count_piece(line_count *c, size_t have, size_t *used, wsi_error *err)
{
    size_t made = 0;
    *used = have;
    if (!c->gzip) {
        c->lines += newlines(c->bytes, have);
        return WSI_OK;
    }
    const enum libdeflate_result result =
        libdeflate_gzip_decompress_ex(c->inflate, c->bytes, have, c->text, WSI_TEXT_BUFFER, used, &made);
    WSI_RETURN_IF(result != LIBDEFLATE_SUCCESS, WSI_ERR_VERIFY, "the compressed text is damaged");
    c->lines += newlines(c->text, made);
    return WSI_OK;
}

static wsi_status count_all(line_count *c, wsi_error *err)
{
    size_t have = 0;
    for (off_t at = 0;;) {
        const ssize_t n = pread(c->fd, c->bytes + have, PIECE - have, at);
        if (n < 0 && errno == EINTR) continue;
        WSI_RETURN_IF(n < 0, WSI_ERR_OUTPUT, "cannot read: %s", strerror(errno));
        at += n;
        have += (size_t)n;
        if (have == 0) return WSI_OK;
        size_t used = 0;
        WSI_FORWARD(count_piece(c, have, &used, err));
        memmove(c->bytes, c->bytes + used, have - used);
        have -= used;
    }
}

static wsi_status count_lines(int fd, int gzip, int64_t *lines, wsi_error *err)
{
    line_count c = {.fd = fd, .gzip = gzip, .inflate = libdeflate_alloc_decompressor()};
    c.bytes = wsi_calloc(1, PIECE);
    c.text = wsi_calloc(1, WSI_TEXT_BUFFER);
    const int ready = c.inflate && c.bytes && c.text;
    const wsi_status status = ready ? count_all(&c, err) : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    *lines = c.lines;
    if (c.inflate) libdeflate_free_decompressor(c.inflate);
    wsi_free(c.bytes);
    wsi_free(c.text);
    return status;
}

/* A line for each row, and for the header of csv, the opening and the end of geojson. */
static wsi_status check_rows(int fd, const char *format, int64_t rows, wsi_error *err)
{
    const size_t n = strlen(format);
    const int gzip = n > 3 && strcmp(format + n - 3, ".gz") == 0, others = strncmp(format, "geojson", 7) == 0 ? 2 : 1;
    int64_t lines = 0;
    WSI_FORWARD(count_lines(fd, gzip, &lines, err));
    WSI_RETURN_IF(lines != rows + others, WSI_ERR_VERIFY, "has %" PRId64 " rows, the seal says %" PRId64,
                  lines - others, rows);
    return WSI_OK;
}

static wsi_status check_sealed(int fd, const wsi_trailer *seal, json_t *summary, wsi_verify_counts *counts,
                               wsi_error *err)
{
    json_int_t rows = -1;
    const char *result = NULL, *format = wsi_trailer_format(seal);
    const int bad = json_unpack(seal->text, "{s:I,s:s}", "rows", &rows, "result", &result);
    WSI_RETURN_IF(bad || rows < 0, WSI_ERR_VERIFY, "the seal is not that of a table");
    json_object_set_new(summary, "format", json_string(format));
    json_array_append_new(json_object_get(summary, "results"), json_string(result));
    WSI_FORWARD(wsi_trailer_check(fd, seal, err));
    WSI_FORWARD(check_rows(fd, format, rows, err));
    counts->tables++;
    counts->rows += rows;
    counts->bytes += seal->bytes;
    return WSI_OK;
}

wsi_status wsi_verify_table(int fd, const char *path, json_t *summary, wsi_verify_counts *counts, wsi_error *err)
{
    wsi_trailer seal;
    WSI_FORWARD(wsi_seal_read(fd, path, &seal, err));
    const wsi_status status = check_sealed(fd, &seal, summary, counts, err);
    wsi_trailer_clear(&seal);
    return status;
}

/* ---- HDF5 ---- */

typedef struct column_visit {
    int64_t rows;
    int columns;
    wsi_verify_counts *counts;
    wsi_status status;
    wsi_error *err;
} column_visit;

/* Reads `n` rows from row `at` on: the library decodes and checks the chunks. */
static wsi_status read_cells(hid_t dataset, hid_t space, hsize_t at, hsize_t n, hsize_t width, void *cells,
                             wsi_error *err)
{
    const hsize_t start[2] = {at, 0}, count[2] = {n, width};
    const hid_t memory = H5Screate_simple(H5Sget_simple_extent_ndims(space), count, NULL);
    const hid_t type = H5Dget_type(dataset);
    const hid_t as = H5Tget_class(type) == H5T_INTEGER ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
    const int bad = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
                    H5Dread(dataset, as, memory, space, H5P_DEFAULT, cells) < 0;
    H5Tclose(type);
    H5Sclose(memory);
    return bad ? wsi_hdf5_error(err, WSI_ERR_VERIFY, "cannot be read") : WSI_OK;
}

static wsi_status check_column(hid_t dataset, column_visit *visit, wsi_error *err)
{
    enum { ROWS = 16384, WIDTH = 2 };
    hsize_t dims[2] = {0, 1};
    const hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_ndims(space);
    wsi_status status = WSI_OK;
    if (rank < 1 || rank > 2 || H5Sget_simple_extent_dims(space, dims, NULL) != rank || dims[1] > WIDTH ||
        dims[0] != (hsize_t)visit->rows)
        status = wsi_error_set(err, WSI_ERR_VERIFY, "is not a column of %" PRId64 " rows", visit->rows);
    int64_t *cells = wsi_calloc(ROWS * WIDTH, sizeof *cells);
    if (!cells) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    for (hsize_t at = 0; status == WSI_OK && at < dims[0]; at += ROWS)
        status = read_cells(dataset, space, at, dims[0] - at < ROWS ? dims[0] - at : ROWS, dims[1], cells, err);
    visit->counts->bytes += H5Dget_storage_size(dataset);
    visit->columns += (int)dims[1];
    wsi_free(cells);
    H5Sclose(space);
    return status;
}

static herr_t visit_column(hid_t group, const char *name, const H5L_info_t *info, void *user)
{
    column_visit *visit = user;
    (void)info;
    const hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    visit->status = dataset < 0 ? wsi_hdf5_error(visit->err, WSI_ERR_VERIFY, "is not a column")
                                : check_column(dataset, visit, visit->err);
    if (dataset >= 0) H5Dclose(dataset);
    if (visit->status == WSI_OK) return 0;
    (void)wsi_error_prefix(visit->err, "%s: ", name);
    return 1;
}

static int number_columns(const json_t *description)
{
    int n = 0;
    size_t i;
    const json_t *column;
    json_array_foreach(json_object_get(description, "columns"), i, column)
    {
        const char *type = json_string_value(json_object_get(column, "type"));
        n += type && strcmp(type, "outline") != 0;
    }
    return n;
}

wsi_status wsi_verify_hdf5_table(hid_t group, const json_t *description, wsi_verify_counts *counts, wsi_error *err)
{
    const json_t *rows = json_object_get(description, "rows");
    column_visit visit = {json_integer_value(rows), 0, counts, WSI_OK, err};
    WSI_RETURN_IF(!json_is_integer(rows) || visit.rows < 0, WSI_ERR_VERIFY, "the description says no number of rows");
    const herr_t visited = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_column, &visit);
    WSI_FORWARD(visit.status);
    if (visited < 0) return wsi_hdf5_error(err, WSI_ERR_VERIFY, "cannot list the columns");
    WSI_RETURN_IF(visit.columns != number_columns(description), WSI_ERR_VERIFY,
                  "has %d columns, the description says %d", visit.columns, number_columns(description));
    counts->tables++;
    counts->rows += visit.rows;
    return WSI_OK;
}
