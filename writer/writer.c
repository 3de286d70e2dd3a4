/* Front end of the sinks: the array of drivers, the life of a sink, and the policing of both sides.
 *
 * The caller must give tiles of the right size and format in raster order; a driver must set an error exactly when
 * it fails. What breaks these rules is reported as a defect, with the driver's name. */
#include "writer-private.h"

#include "common/mem.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static const wsi_writer *const writers[] = {&wsi_writer_hdf5, &wsi_writer_tiff, &wsi_writer_ome_tiff,
                                            &wsi_writer_svs,  &wsi_writer_md5,  &wsi_writer_null};

const wsi_writer *const *wsi_writers(int *count)
{
    *count = (int)(sizeof writers / sizeof writers[0]);
    return writers;
}

const wsi_writer *wsi_writer_find(const char *name)
{
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++)
        if (strcmp(writers[i]->name, name) == 0) return writers[i];
    return NULL;
}

static const char *const codec_names[] = {"none", "deflate", "zstd", "lzw", "jpeg"};

const char *wsi_codec_name(wsi_codec codec)
{
    const size_t i = (size_t)codec;
    return i < sizeof codec_names / sizeof codec_names[0] ? codec_names[i] : "?";
}

int wsi_codec_parse(const char *name, wsi_codec *out)
{
    for (size_t i = 0; i < sizeof codec_names / sizeof codec_names[0]; i++) {
        if (strcmp(codec_names[i], name) != 0) continue;
        *out = (wsi_codec)i;
        return 1;
    }
    return 0;
}

/* ---- Policing ---- */

/* A driver that fails without saying why gets a message; the path goes in front in any case. */
static wsi_status report(const wsi_sink *sink, wsi_status status, const wsi_error *inner, wsi_error *err)
{
    if (status == WSI_OK) return WSI_OK;
    const char *path = sink->spec.path ? sink->spec.path : sink->writer->name;
    if (inner->code == WSI_OK || inner->message[0] == '\0')
        return wsi_error_set(err, WSI_ERR_INTERNAL, "%s: driver %s failed without an error (%s)", path,
                             sink->writer->name, wsi_status_name(status));
    return wsi_error_set(err, status, "%s%s%s", path, *path ? ": " : "", inner->message); /* null has no path */
}

static wsi_status check_result(const wsi_writer *writer, const wsi_sink_spec *spec, const wsi_result_spec *r,
                               wsi_error *err)
{
    wsi_pixfmt stored;
    WSI_RETURN_IF(!r->name || !*r->name, WSI_ERR_USAGE, "a result has no name");
    WSI_RETURN_IF(r->fmt.channels < 1 || r->fmt.channels > WSI_CHANNELS_MAX || wsi_dtype_size(r->fmt.type) == 0,
                  WSI_ERR_USAGE, "result %s: no such pixel format", r->name);
    WSI_FORWARD(writer->stored(spec->codec, r->fmt, &stored, err));
    WSI_RETURN_IF(stored.type != r->fmt.type || stored.channels != r->fmt.channels, WSI_ERR_USAGE,
                  "result %s: %s is stored as %s here", r->name, wsi_dtype_name(r->fmt.type),
                  wsi_dtype_name(stored.type));
    WSI_RETURN_IF(r->level_count < 1 || r->level_count > WSI_LEVELS_MAX, WSI_ERR_USAGE, "result %s: %d levels", r->name,
                  r->level_count);
    WSI_RETURN_IF((uint64_t)(spec->tile * spec->tile) * wsi_pixfmt_size(r->fmt) > WSI_TILE_BYTES_MAX, WSI_ERR_USAGE,
                  "result %s: a tile of %" PRId64 " pixels a side is too large", r->name, spec->tile);
    for (int i = 0; i < r->level_count; i++)
        WSI_RETURN_IF(r->level_w[i] < 1 || r->level_h[i] < 1 || r->level_w[i] > INT32_MAX || r->level_h[i] > INT32_MAX,
                      WSI_ERR_USAGE, "result %s: level %d is %" PRId64 "x%" PRId64, r->name, i, r->level_w[i],
                      r->level_h[i]);
    return WSI_OK;
}

static wsi_status check_json(const char *text, const char *what, wsi_error *err)
{
    if (!text) return WSI_OK;
    json_error_t problem;
    json_t *json = json_loads(text, 0, &problem);
    const int ok = json_is_object(json) || json_is_array(json);
    json_decref(json);
    WSI_RETURN_IF(!ok, WSI_ERR_USAGE, "%s is not JSON: %s", what, problem.text);
    return WSI_OK;
}

static wsi_status check_spec(const wsi_writer *writer, const wsi_sink_spec *spec, wsi_error *err)
{
    const int jpeg = spec->codec == WSI_CODEC_JPEG, zstd = spec->codec == WSI_CODEC_ZSTD;
    WSI_RETURN_IF((size_t)spec->codec >= 8 * sizeof writer->codecs || !(writer->codecs & 1u << spec->codec),
                  WSI_ERR_USAGE, "%s has no compression %s", writer->name, wsi_codec_name(spec->codec));
    WSI_RETURN_IF(spec->level < 0 || spec->level > (zstd ? 19 : 12), WSI_ERR_USAGE,
                  "compression level %d is not in 1 to %d", spec->level, zstd ? 19 : 12);
    WSI_RETURN_IF(jpeg && (spec->quality < 1 || spec->quality > 100), WSI_ERR_USAGE,
                  "JPEG quality %d is not in 1 to 100", spec->quality);
    WSI_RETURN_IF(spec->tile < 16 || spec->tile > 16384 || spec->tile % 16 != 0, WSI_ERR_USAGE,
                  "output tile %" PRId64 " is not a multiple of 16 from 16 to 16384", spec->tile);
    WSI_RETURN_IF(spec->result_count < !writer->holds_tables || (spec->result_count > 1 && !writer->many_results),
                  WSI_ERR_USAGE, "%s cannot hold %d results", writer->name, spec->result_count);
    for (int i = 0; i < spec->result_count; i++) WSI_FORWARD(check_result(writer, spec, &spec->results[i], err));
    WSI_FORWARD(check_json(spec->fingerprint_json, "the fingerprint", err));
    return check_json(spec->provenance_json, "the provenance", err);
}

/* ---- Life ---- */

static wsi_status copy_text(const char *from, const char **to, wsi_error *err)
{
    *to = from ? wsi_strdup(from) : NULL;
    WSI_RETURN_IF(from && !*to, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}

static void destroy(wsi_sink **sink)
{
    wsi_free((char *)(*sink)->spec.path);
    wsi_free((char *)(*sink)->spec.fingerprint_json);
    wsi_free((char *)(*sink)->spec.provenance_json);
    wsi_free((*sink)->levels);
    wsi_free((*sink)->bad_tiles);
    wsi_free(*sink);
    *sink = NULL;
}

static wsi_status fill(wsi_sink *sink, const wsi_sink_spec *spec, wsi_error *err)
{
    sink->spec = *spec;
    sink->spec.path = sink->spec.fingerprint_json = sink->spec.provenance_json = NULL;
    WSI_FORWARD(copy_text(spec->path, &sink->spec.path, err));
    WSI_FORWARD(copy_text(spec->fingerprint_json, &sink->spec.fingerprint_json, err));
    WSI_FORWARD(copy_text(spec->provenance_json, &sink->spec.provenance_json, err));
    sink->levels = wsi_calloc((size_t)spec->result_count * WSI_LEVELS_MAX + 1, sizeof *sink->levels);
    WSI_RETURN_IF(!sink->levels, WSI_ERR_NO_MEMORY, "out of memory");
    for (int r = 0; r < spec->result_count; r++) {
        for (int l = 0; l < spec->results[r].level_count; l++) {
            wsi_sink_level *level = wsi_sink_level_of(sink, r, l);
            level->tiles_x = (spec->results[r].level_w[l] + spec->tile - 1) / spec->tile;
            level->tiles_y = (spec->results[r].level_h[l] + spec->tile - 1) / spec->tile;
        }
    }
    return WSI_OK;
}

static wsi_status open_sink(wsi_sink *sink, const wsi_sink_spec *spec, wsi_error *err)
{
    const int has_file = sink->writer->extension[0] != '\0';
    WSI_FORWARD(fill(sink, spec, err));
    WSI_FORWARD(check_spec(sink->writer, &sink->spec, err));
    WSI_RETURN_IF(has_file && !spec->path, WSI_ERR_USAGE, "%s needs a path", sink->writer->name);
    if (has_file) WSI_FORWARD(wsi_outfile_create(spec->path, &sink->file, err));
    return sink->writer->open(sink, err);
}

wsi_status wsi_sink_open(const wsi_writer *writer, const wsi_sink_spec *spec, wsi_sink **out, wsi_error *err)
{
    *out = NULL;
    wsi_sink *sink = wsi_calloc(1, sizeof *sink + writer->priv_size);
    WSI_RETURN_IF(!sink, WSI_ERR_NO_MEMORY, "%s: out of memory", spec->path ? spec->path : writer->name);
    sink->writer = writer;
    wsi_error inner = {WSI_OK, ""};
    const wsi_status status = report(sink, open_sink(sink, spec, &inner), &inner, err);
    if (status != WSI_OK) {
        wsi_sink_abort(&sink);
        return status;
    }
    *out = sink;
    return WSI_OK;
}

/* ---- Takers of tiles in order ---- */

/* Bytes of a tile's pixels in front of what the driver makes of it: the copy that a taker gets when it is appended. */
static size_t copy_size(const wsi_sink *sink, int result, int level, int64_t w, int64_t h)
{
    const wsi_taker *taker = sink->spec.taker;
    if (!wsi_taker_wants(taker, level) || !taker->in_order) return 0;
    const size_t bytes = (size_t)(w * h) * wsi_pixfmt_size(sink->spec.results[result].fmt);
    return (bytes + 63) & ~(size_t)63;
}

static wsi_image copy_at(const wsi_sink *sink, int result, void *at, int64_t w, int64_t h)
{
    const wsi_pixfmt fmt = sink->spec.results[result].fmt;
    return (wsi_image){at, (ptrdiff_t)w * (ptrdiff_t)wsi_pixfmt_size(fmt), w, h, fmt};
}

static wsi_status give(const wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *copy,
                       wsi_error *err)
{
    const wsi_taker *taker = sink->spec.taker;
    const wsi_result_spec *spec = &sink->spec.results[result];
    wsi_taken_tile tile = {.name = spec->name,
                           .number = spec->number,
                           .level = level,
                           .level_w = spec->level_w[level],
                           .level_h = spec->level_h[level]};
    tile.at = wsi_sink_tile_rect(sink, result, level, tx, ty);
    tile.pixels = copy_at(sink, result, (void *)copy, tile.at.w, tile.at.h); /* which the taker may change */
    return taker->take(taker->user, &tile, err);
}

/* ---- Tiles ---- */

size_t wsi_sink_bound(const wsi_sink *sink, int result)
{
    return copy_size(sink, result, 0, sink->spec.tile, sink->spec.tile) + sink->writer->bound(sink, result);
}

/* The copy for a taker, then the driver's bytes. */
static wsi_status encode(wsi_sink *sink, int result, int level, const wsi_image *tile, void *out, size_t capacity,
                         size_t *size, wsi_error *err)
{
    const size_t copy = copy_size(sink, result, level, tile->w, tile->h);
    WSI_RETURN_IF(copy > capacity, WSI_ERR_INTERNAL, "the buffer of %zu bytes is too small", capacity);
    if (copy) {
        const wsi_image to = copy_at(sink, result, out, tile->w, tile->h);
        wsi_image_copy(&to, tile);
    }
    WSI_FORWARD(sink->writer->encode(sink, result, level, tile, (char *)out + copy, capacity - copy, size, err));
    *size += copy;
    return WSI_OK;
}

wsi_status wsi_sink_encode(wsi_sink *sink, int result, int level, const wsi_image *tile, void *out, size_t capacity,
                           size_t *size, wsi_error *err)
{
    const wsi_result_spec *spec = &sink->spec.results[result];
    wsi_error inner = {WSI_OK, ""};
    wsi_status status;
    if (tile->w < 1 || tile->h < 1 || tile->w > sink->spec.tile || tile->h > sink->spec.tile ||
        tile->fmt.type != spec->fmt.type || tile->fmt.channels != spec->fmt.channels)
        status = wsi_error_set(&inner, WSI_ERR_INTERNAL,
                               "%s level %d: a tile of %" PRId64 "x%" PRId64 " %s x %d does not fit", spec->name, level,
                               tile->w, tile->h, wsi_dtype_name(tile->fmt.type), tile->fmt.channels);
    else
        status = encode(sink, result, level, tile, out, capacity, size, &inner);
    if (status == WSI_OK && *size > capacity)
        status = wsi_error_set(&inner, WSI_ERR_INTERNAL, "driver %s wrote past a buffer", sink->writer->name);
    return report(sink, status, &inner, err);
}

wsi_status wsi_sink_encode_bits(wsi_sink *sink, int result, int level, const void *bits, void *out, size_t capacity,
                                size_t *size, wsi_error *err)
{
    const wsi_pixfmt fmt = sink->spec.results[result].fmt;
    wsi_error inner = {WSI_OK, ""};
    *size = 0;
    if (!sink->writer->encode_bits || sink->spec.taker || fmt.type != WSI_BOOL || fmt.channels != 1) return WSI_OK;
    const wsi_status status = sink->writer->encode_bits(sink, result, level, bits, out, capacity, size, &inner);
    return report(sink, status, &inner, err);
}

int wsi_sink_sees(const wsi_sink *sink, int result, int level)
{
    return sink->writer->seen_level && sink->writer->seen_level(sink, result) == level;
}

wsi_status wsi_sink_see(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const wsi_image *tile,
                        wsi_error *err)
{
    const wsi_rect at = wsi_sink_tile_rect(sink, result, level, tx, ty);
    wsi_error inner = {WSI_OK, ""};
    if (wsi_sink_sees(sink, result, level) && at.w == tile->w && at.h == tile->h) {
        sink->writer->see(sink, result, tx, ty, tile);
        return WSI_OK;
    }
    return report(sink,
                  wsi_error_set(&inner, WSI_ERR_INTERNAL, "level %d: tile (%" PRId64 ",%" PRId64 ") is shown amiss",
                                level, tx, ty),
                  &inner, err);
}

wsi_status wsi_sink_jpeg(wsi_sink *sink, int result, wsi_jpeg_encoding *out, wsi_error *err)
{
    wsi_error inner = {WSI_OK, ""};
    memset(out, 0, sizeof *out);
    if (sink->spec.codec != WSI_CODEC_JPEG || !sink->writer->jpeg || sink->spec.taker) return WSI_OK;
    return report(sink, sink->writer->jpeg(sink, result, out, &inner), &inner, err);
}

/* Gives the taker its copy and the driver the rest, *size bytes. */
static wsi_status append(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *bytes, size_t *size,
                         wsi_error *err)
{
    const wsi_rect at = wsi_sink_tile_rect(sink, result, level, tx, ty);
    const size_t copy = copy_size(sink, result, level, at.w, at.h);
    WSI_RETURN_IF(copy > *size, WSI_ERR_INTERNAL, "a tile of %zu bytes has no pixels", *size);
    if (copy) WSI_FORWARD(give(sink, result, level, tx, ty, bytes, err));
    *size -= copy;
    return sink->writer->append(sink, result, level, tx, ty, bytes ? (const char *)bytes + copy : NULL, *size, err);
}

wsi_status wsi_sink_append(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *bytes,
                           size_t size, wsi_error *err)
{
    const wsi_result_spec *spec = &sink->spec.results[result];
    wsi_sink_level *at = wsi_sink_level_of(sink, result, level);
    wsi_error inner = {WSI_OK, ""};
    wsi_status status;
    if (level < 0 || level >= spec->level_count || tx < 0 || tx >= at->tiles_x || ty * at->tiles_x + tx != at->next)
        status =
            wsi_error_set(&inner, WSI_ERR_INTERNAL, "%s level %d: tile (%" PRId64 ",%" PRId64 ") comes out of order",
                          spec->name, level, tx, ty);
    else
        status = append(sink, result, level, tx, ty, bytes, &size, &inner);
    if (status != WSI_OK) return report(sink, status, &inner, err);
    at->next++;
    atomic_fetch_add_explicit(&sink->bytes, size, memory_order_relaxed);
    return WSI_OK;
}

wsi_status wsi_sink_set_bad_tiles(wsi_sink *sink, const char *json, wsi_error *err)
{
    wsi_error inner = {WSI_OK, ""};
    wsi_status status = check_json(json, "the list of bad tiles", &inner);
    if (status != WSI_OK) return report(sink, status, &inner, err);
    wsi_free(sink->bad_tiles);
    sink->bad_tiles = wsi_strdup(json);
    WSI_RETURN_IF(!sink->bad_tiles, WSI_ERR_NO_MEMORY, "%s: out of memory", sink->spec.path);
    return WSI_OK;
}

static wsi_status check_complete(const wsi_sink *sink, wsi_error *err)
{
    for (int r = 0; r < sink->spec.result_count; r++) {
        for (int l = 0; l < sink->spec.results[r].level_count; l++) {
            const wsi_sink_level *level = wsi_sink_level_of(sink, r, l);
            WSI_RETURN_IF(level->next != level->tiles_x * level->tiles_y, WSI_ERR_INTERNAL,
                          "%s level %d: only %" PRId64 " of %" PRId64 " tiles were written", sink->spec.results[r].name,
                          l, level->next, level->tiles_x * level->tiles_y);
        }
    }
    return WSI_OK;
}

wsi_status wsi_sink_finish(wsi_sink **sink, wsi_error *err)
{
    wsi_sink *s = *sink;
    wsi_error inner = {WSI_OK, ""};
    wsi_status status = check_complete(s, &inner);
    if (status == WSI_OK) status = s->writer->finish(s, &inner);
    /* Frees the driver's part; the file is taken out of its hands first when it is to stay. */
    wsi_outfile *file = s->file;
    if (status == WSI_OK) s->file = NULL;
    s->writer->abort(s);
    if (status == WSI_OK && file) status = wsi_outfile_commit(&file, &inner);
    status = report(s, status, &inner, err);
    wsi_outfile_discard(&s->file);
    destroy(sink);
    return status;
}

void wsi_sink_abort(wsi_sink **sink)
{
    if (!*sink) return;
    (*sink)->writer->abort(*sink);
    wsi_outfile_discard(&(*sink)->file);
    destroy(sink);
}

uint64_t wsi_sink_bytes(const wsi_sink *sink)
{
    return atomic_load_explicit(&sink->bytes, memory_order_relaxed);
}
