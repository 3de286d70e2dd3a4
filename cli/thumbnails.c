/* Finds a level that is large enough for a picture and small enough to be read, and makes the picture.
 *
 * TIFF outputs are opened as slides, HDF5 outputs by the writer's own reader; other outputs have nothing to show. */
#include "thumbnails.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli-file.h"
#include "cli-json.h"
#include "cli-text.h"
#include "common/mem.h"
#include "inputs.h"
#include "kernels/op.h"
#include "picture.h"
#include "reader/reader.h"
#include "scheduler/chain.h"
#include "writer/jpeg-picture.h"
#include "writer/read-hdf5.h"

enum { LEVEL_BYTES_MAX = 64 << 20, JPEG_QUALITY = 85 };

/* What the pictures of one slide have in common. */
typedef struct gallery {
    const wsi_thumbnail_request *request;
    wsi_chain *chain; /* NULL: not known */
    json_t *list;
} gallery;

/* ---- Entries ---- */

static json_t *add_entry(gallery *g, const char *title, const char *note)
{
    json_t *entry = json_pack("{s:o}", "title", wsi_cli_json_text(title));
    wsi_cli_json_set_text(entry, "note", note);
    json_array_append_new(g->list, entry);
    return entry;
}

static wsi_status add_jpeg(json_t *entry, const wsi_image *rgb, wsi_error *err)
{
    const size_t capacity = wsi_jpeg_picture_bound(rgb->w, rgb->h);
    size_t size = 0;
    unsigned char *jpeg = wsi_calloc(capacity, 1), *text = wsi_calloc(capacity / 3 + 2, 4);
    wsi_status status = jpeg && text ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    if (status == WSI_OK) status = wsi_jpeg_picture(rgb, JPEG_QUALITY, jpeg, capacity, &size, err);
    if (status == WSI_OK) {
        EVP_EncodeBlock(text, jpeg, (int)size);
        json_object_set_new(entry, "jpeg", json_string((const char *)text));
        json_object_set_new(entry, "width", json_integer(rgb->w));
        json_object_set_new(entry, "height", json_integer(rgb->h));
    }
    wsi_free(jpeg);
    wsi_free(text);
    return status;
}

static wsi_status add_picture(json_t *entry, const wsi_image *image, wsi_picture_kind kind,
                              const wsi_picture_range *range, wsi_error *err)
{
    wsi_image rgb = {.fmt = {WSI_U8, 3}};
    wsi_picture_size(image->w, image->h, WSI_THUMBNAIL_EDGE, &rgb.w, &rgb.h);
    rgb.stride = (ptrdiff_t)rgb.w * 3;
    rgb.data = wsi_calloc((size_t)rgb.h, (size_t)rgb.stride);
    WSI_RETURN_IF(!rgb.data, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_status status = wsi_picture_render(image, kind, range, &rgb, err);
    if (status == WSI_OK) status = add_jpeg(entry, &rgb, err);
    wsi_free(rgb.data);
    return status;
}

/* Six digits say what there is to say. */
static json_t *rounded(double value)
{
    char text[WSI_TEXT_SHORT];
    snprintf(text, sizeof text, "%.6g", value);
    return wsi_text_parse_float(text, &value) ? json_real(value) : json_null();
}

static void add_image(gallery *g, const char *title, const wsi_image *image, int quality, int level)
{
    wsi_error err = {0};
    const wsi_picture_range range = wsi_picture_measure(image);
    json_t *entry = add_entry(g, title, NULL);
    if (quality && range.finite) {
        json_object_set_new(entry, "quality",
                            json_pack("{s:o, s:o, s:o, s:i}", "min", rounded(range.min), "mean", rounded(range.mean),
                                      "max", rounded(range.max), "level", level));
    }
    if (!g->request->pictures) return;
    const wsi_picture_kind kind = quality ? WSI_PICTURE_MAP : wsi_picture_kind_of(image);
    if (add_picture(entry, image, kind, &range, &err) != WSI_OK) {
        json_object_set_new(entry, "note", wsi_cli_json_text(err.message));
    }
}

/* ---- Levels ---- */

/* Values want the largest level that can be read, pictures the smallest that is large enough. -1: all are too large. */
static int choose_level(int count, const int64_t *w, const int64_t *h, size_t pixel_bytes, int largest)
{
    int best = -1;
    for (int l = count - 1; l >= 0; l--) {
        size_t row, bytes;
        if (!wsi_mul_size((size_t)w[l], pixel_bytes, &row) || !wsi_mul_size(row, (size_t)h[l], &bytes)) break;
        if (bytes > LEVEL_BYTES_MAX) break;
        best = l;
        if (!largest && wsi_max64(w[l], h[l]) >= WSI_THUMBNAIL_EDGE) break;
    }
    return best;
}

/* ---- What a result is ---- */

/* Where the chain is not known, a result may still carry the name of its operation. */
static int is_quality(const gallery *g, const char *result)
{
    const int i = g->chain ? wsi_chain_find(g->chain, result) : -1;
    const wsi_op *op = i >= 0 ? g->chain->steps[i].shown : wsi_op_find(result);
    return op && strcmp(op->module, "quality") == 0;
}

int wsi_thumbnails_expect_quality(const char *text)
{
    wsi_chain *chain = NULL;
    int found = 0;
    if (wsi_chain_parse(text, &chain, NULL) != WSI_OK) return 1;
    for (int i = 0; i < chain->count; i++) found |= strcmp(chain->steps[i].shown->module, "quality") == 0;
    wsi_chain_destroy(&chain);
    return found;
}

/* ---- Slides, and outputs that are opened as such ---- */

static wsi_status read_whole_level(wsi_slide *slide, int level, wsi_image *image, wsi_error *err)
{
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    const wsi_level *l = &info->levels[level];
    image->fmt = info->fmt;
    image->w = l->w;
    image->h = l->h;
    image->stride = (ptrdiff_t)((size_t)l->w * wsi_pixfmt_size(info->fmt));
    image->data = wsi_calloc((size_t)l->h, (size_t)image->stride);
    WSI_RETURN_IF(!image->data, WSI_ERR_NO_MEMORY, "out of memory");
    return wsi_slide_decode_rect(slide, level, (wsi_rect){0, 0, l->w, l->h}, image, err);
}

static wsi_status show_slide(gallery *g, wsi_slide *slide, const char *title, int quality, wsi_error *err)
{
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    int64_t w[WSI_LEVELS_MAX], h[WSI_LEVELS_MAX];
    wsi_image image = {0};
    for (int l = 0; l < info->level_count; l++) {
        w[l] = info->levels[l].w;
        h[l] = info->levels[l].h;
    }
    const int level = choose_level(info->level_count, w, h, wsi_pixfmt_size(info->fmt), quality);
    WSI_RETURN_IF(level < 0, WSI_ERR_INPUT_UNSUPPORTED, "no level is small enough for a picture");
    const wsi_status status = read_whole_level(slide, level, &image, err);
    if (status == WSI_OK) add_image(g, title, &image, quality, level);
    wsi_free(image.data);
    return status;
}

/* Opening a pipe could wait for ever. */
static wsi_status check_file(const char *path, wsi_error *err)
{
    struct stat st;
    if (wsi_input_is_synthetic(path)) return WSI_OK;
    WSI_RETURN_IF(stat(path, &st) != 0, WSI_ERR_INPUT_OPEN, "%s", strerror(errno));
    WSI_RETURN_IF(!S_ISREG(st.st_mode), WSI_ERR_INPUT_OPEN, "not a regular file");
    return WSI_OK;
}

static void show_path(gallery *g, const char *path, const char *title, int quality)
{
    wsi_slide *slide = NULL;
    wsi_error err = {0};
    wsi_status status = check_file(path, &err);
    if (status == WSI_OK) status = wsi_slide_open(path, NULL, &slide, &err);
    if (status == WSI_OK) status = show_slide(g, slide, title, quality, &err);
    if (status != WSI_OK) add_entry(g, title, err.message);
    wsi_slide_close(&slide);
}

/* ---- HDF5 outputs ---- */

static int choose(void *user, const char *result, int count, const int64_t *w, const int64_t *h, size_t pixel_bytes)
{
    const gallery *g = user;
    const int quality = is_quality(g, result), full = json_array_size(g->list) >= WSI_THUMBNAILS_A_SLIDE;
    if (full || (!g->request->pictures && !quality)) return -1;
    return choose_level(count, w, h, pixel_bytes, quality);
}

static void visit(void *user, const wsi_hdf5_view *view)
{
    gallery *g = user;
    if (view->image.data) {
        add_image(g, view->result, &view->image, is_quality(g, view->result), view->level);
    } else if (view->error || (g->request->pictures && json_array_size(g->list) < WSI_THUMBNAILS_A_SLIDE)) {
        add_entry(g, view->result, view->error ? view->error : "no level is small enough for a picture");
    }
}

static void show_hdf5(gallery *g, const char *path, const char *title)
{
    const wsi_hdf5_visitor visitor = {choose, visit, g};
    wsi_error err = {0};
    if (wsi_hdf5_visit(path, &visitor, &err) != WSI_OK) add_entry(g, title, err.message);
}

/* ---- All of one slide ---- */

static int ends_in(const char *name, const char *extension)
{
    const size_t length = strlen(name), n = strlen(extension);
    return length > n && strcmp(name + length - n, extension) == 0;
}

static const char *const slides[] = {".ome.tif", ".tif", ".svs"}; /* outputs that are opened as slides */

static int is_slide(const char *output)
{
    int found = 0;
    for (size_t i = 0; i < sizeof slides / sizeof slides[0]; i++) found |= ends_in(output, slides[i]);
    return found;
}

/* Of BASE.NAME.tif: NAME; the whole name where it has another form. Freed with wsi_free. */
static char *result_of(const char *base, const char *output)
{
    const size_t skip = strlen(base);
    const char *name = strncmp(output, base, skip) == 0 && output[skip] == '.' ? output + skip + 1 : output;
    for (size_t i = 0; i < sizeof slides / sizeof slides[0]; i++) {
        if (ends_in(name, slides[i])) return wsi_strndup(name, strlen(name) - strlen(slides[i]));
    }
    return wsi_strdup(name);
}

static void show_output(gallery *g, const char *output)
{
    const wsi_thumbnail_request *r = g->request;
    char *path = wsi_asprintf("%s/%s", r->dir, output), *result = result_of(r->base, output);
    const int slide = is_slide(output), hdf5 = ends_in(output, ".h5");
    const int full = json_array_size(g->list) >= WSI_THUMBNAILS_A_SLIDE;
    if (path && result && hdf5) show_hdf5(g, path, result);
    if (path && result && slide && !full) {
        const int quality = is_quality(g, result);
        if (r->pictures || quality) show_path(g, path, result, quality);
    }
    wsi_free(path);
    wsi_free(result);
}

static void show_input(gallery *g, const wsi_thumbnail_request *r)
{
    char *path = r->folder ? wsi_input_path_in(r->folder, r->input) : wsi_strdup(r->input);
    if (path) show_path(g, path, "input", 0);
    wsi_free(path);
}

json_t *wsi_thumbnails_make(const wsi_thumbnail_request *request)
{
    gallery g = {.request = request, .list = json_array()};
    size_t i;
    json_t *output;
    if (!g.list) return NULL;
    if (request->chain) (void)wsi_chain_parse(request->chain, &g.chain, NULL);
    if (request->pictures && request->input) show_input(&g, request);
    json_array_foreach(request->outputs, i, output)
    {
        const char *name = json_string_value(output);
        if (name && wsi_file_is_below(name)) show_output(&g, name);
    }
    wsi_chain_destroy(&g.chain);
    return g.list;
}
