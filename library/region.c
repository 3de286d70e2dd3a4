/* Regions of slides into a caller's memory: any rectangle, any strides, the slide's own format or 8-bit RGB.
 *
 * Where the caller's memory is laid out as the readers write, tiles are decoded straight into it. Otherwise the region
 * is taken source tile by source tile, so that what is needed in between never grows with the region. */
#include <string.h>

#include "common/array.h"
#include "common/mem.h"
#include "kernels/op.h"
#include "reader/reader.h"

/* One read, checked. */
typedef struct region_read {
    wsi_slide *slide;
    const wsi_slide_info *info;
    int level;
    wsi_rect region; /* of the level; may reach beyond it */
    wsi_array dst;
    int native;          /* dst has the slide's format; else it is 8-bit RGB, and: */
    wsi_kernel_fn cast;  /* to 8 bits */
    const void *to_byte; /* its parameters */
} region_read;

/* ---- 8-bit RGB ---- */

/* The operation that converts, and its parameters, freed with wsi_free. */
static wsi_status find_cast(wsi_kernel_fn *kernel, void **params, wsi_error *err)
{
    const wsi_op *op = wsi_op_find("cast");
    WSI_RETURN_IF(!op, WSI_ERR_INTERNAL, "no cast operation");
    const int row = wsi_param_find(op->params, op->param_count, "dtype");
    *params = wsi_calloc(1, op->params_size);
    WSI_RETURN_IF(!*params, WSI_ERR_NO_MEMORY, "no memory for parameters");
    *kernel = op->kernel(wsi_cpu_best());
    return wsi_param_parse(&op->params[row], wsi_dtype_name(WSI_U8), *params, err);
}

/* Red, green and blue of 8-bit pixels: gray is repeated, alpha left out. */
static wsi_array rgb_of(const region_read *r, const wsi_image *bytes)
{
    wsi_array rgb = wsi_array_of_image(bytes);
    rgb.shape[2] = 3;
    if (r->info->photometric == WSI_PHOTO_GRAY) rgb.strides[2] = 0;
    return rgb;
}

/* Puts decoded pixels where they belong; bytes has room for as many pixels with 8-bit samples. */
static void deliver(const region_read *r, const wsi_array *to, const wsi_image *pixels, void *bytes)
{
    wsi_array from = wsi_array_of_image(pixels);
    if (!r->native) {
        const wsi_pixfmt fmt = {WSI_U8, pixels->fmt.channels};
        const wsi_image as_bytes = {bytes, (ptrdiff_t)pixels->w * fmt.channels, pixels->w, pixels->h, fmt};
        const wsi_kernel_args args = {.params = r->to_byte, .inputs = 1, .src = {*pixels}, .dst = as_bytes};
        r->cast(&args);
        from = rgb_of(r, &as_bytes);
    }
    wsi_array_copy(to, &from);
}

/* ---- Background ---- */

static void fill(const region_read *r, wsi_rect at, const wsi_array *pixel)
{
    if (wsi_rect_empty(at)) return;
    const wsi_array to = wsi_array_crop(&r->dst, at);
    wsi_array from = *pixel;
    from.shape[0] = at.h;
    from.shape[1] = at.w;
    from.strides[0] = from.strides[1] = 0;
    wsi_array_copy(&to, &from);
}

/* What lies around `inside` (in dst's frame) becomes background. */
static void fill_around(const region_read *r, wsi_rect inside)
{
    const int64_t w = r->region.w, h = r->region.h, right = inside.x + inside.w, below = inside.y + inside.h;
    if (inside.w == w && inside.h == h) return;
    double native[WSI_CHANNELS_MAX]; /* aligned for all types */
    unsigned char rgb[3], bytes[WSI_CHANNELS_MAX];
    const wsi_image one = {native, (ptrdiff_t)wsi_pixfmt_size(r->info->fmt), 1, 1, r->info->fmt};
    wsi_slide_fill_background(r->slide, &one);
    wsi_array pixel = wsi_array_packed(r->native ? (void *)native : rgb, wsi_array_format(&r->dst), 1, 1);
    if (!r->native) deliver(r, &pixel, &one, bytes);
    fill(r, (wsi_rect){0, 0, w, inside.y}, &pixel);
    fill(r, (wsi_rect){0, below, w, h - below}, &pixel);
    fill(r, (wsi_rect){0, inside.y, inside.x, inside.h}, &pixel);
    fill(r, (wsi_rect){right, inside.y, w - right, inside.h}, &pixel);
}

/* ---- Pixels ---- */

/* Decodes one part of the level, within one source tile, by way of memory of its own. */
static wsi_status read_part(const region_read *r, wsi_rect part, wsi_error *err)
{
    const wsi_pixfmt fmt = r->info->fmt;
    size_t row = 0, bytes_row = (size_t)part.w * (size_t)fmt.channels;
    void *pixels = NULL, *bytes = NULL;
    if (wsi_mul_size((size_t)part.w, wsi_pixfmt_size(fmt), &row)) pixels = wsi_calloc((size_t)part.h, row);
    if (pixels && !r->native) bytes = wsi_calloc((size_t)part.h, bytes_row);
    wsi_status status = WSI_OK;
    if (!pixels || (!r->native && !bytes)) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a tile");
    const wsi_image im = {pixels, (ptrdiff_t)row, part.w, part.h, fmt};
    if (status == WSI_OK) status = wsi_slide_decode_rect(r->slide, r->level, part, &im, err);
    const wsi_rect at = {part.x - r->region.x, part.y - r->region.y, part.w, part.h};
    const wsi_array to = wsi_array_crop(&r->dst, at);
    if (status == WSI_OK) deliver(r, &to, &im, bytes);
    wsi_free(pixels);
    wsi_free(bytes);
    return status;
}

static wsi_status read_parts(const region_read *r, wsi_rect inside, wsi_error *err)
{
    const wsi_level *l = &r->info->levels[r->level];
    for (int64_t ty = inside.y / l->tile_h; ty * l->tile_h < inside.y + inside.h; ty++) {
        for (int64_t tx = inside.x / l->tile_w; tx * l->tile_w < inside.x + inside.w; tx++) {
            const wsi_rect tile = wsi_slide_tile_rect(r->slide, r->level, tx, ty);
            WSI_FORWARD(read_part(r, wsi_rect_intersect(tile, inside), err));
        }
    }
    return WSI_OK;
}

static wsi_status read_inside(const region_read *r, wsi_rect inside, wsi_error *err)
{
    if (wsi_rect_empty(inside)) return WSI_OK;
    const wsi_rect at = {inside.x - r->region.x, inside.y - r->region.y, inside.w, inside.h};
    const wsi_array to = wsi_array_crop(&r->dst, at);
    wsi_image direct;
    if (r->native && wsi_array_as_image(&to, &direct))
        return wsi_slide_decode_rect(r->slide, r->level, inside, &direct, err);
    return read_parts(r, inside, err);
}

static wsi_status read_checked(const region_read *r, wsi_error *err)
{
    const wsi_level *l = &r->info->levels[r->level];
    wsi_rect inside = wsi_rect_intersect(r->region, (wsi_rect){0, 0, l->w, l->h});
    WSI_FORWARD(read_inside(r, inside, err));
    if (wsi_rect_empty(inside)) { /* all of it lies above an inside at its lower edge */
        inside = (wsi_rect){0, r->region.h, r->region.w, 0};
    } else {
        inside.x -= r->region.x;
        inside.y -= r->region.y;
    }
    fill_around(r, inside);
    return WSI_OK;
}

/* ---- Checks ---- */

/* A destination in host memory of that size; *native is 1 when it has that format, 0 when it is 8-bit RGB. */
static wsi_status check_dst(const wsi_array *dst, int64_t w, int64_t h, wsi_pixfmt fmt, int *native, wsi_error *err)
{
    WSI_FORWARD(wsi_array_check_writable(dst, err));
    WSI_RETURN_IF(dst->memory == WSI_MEMORY_CUDA, WSI_ERR_USAGE, "the destination lies in a GPU's memory");
    WSI_RETURN_IF(dst->shape[0] != h || dst->shape[1] != w, WSI_ERR_USAGE,
                  "the destination has %lld x %lld pixels, the region %lld x %lld", (long long)dst->shape[1],
                  (long long)dst->shape[0], (long long)w, (long long)h);
    const wsi_pixfmt got = wsi_array_format(dst);
    *native = got.type == fmt.type && got.channels == fmt.channels;
    WSI_RETURN_IF(!*native && (got.type != WSI_U8 || got.channels != 3), WSI_ERR_USAGE,
                  "the destination has %d x %s: neither the slide's %d x %s nor 8-bit RGB", got.channels,
                  wsi_dtype_name(got.type), fmt.channels, wsi_dtype_name(fmt.type));
    return WSI_OK;
}

static wsi_status check_region(const region_read *r, wsi_error *err)
{
    int64_t end;
    WSI_RETURN_IF(r->level < 0 || r->level >= r->info->level_count, WSI_ERR_USAGE, "no level %d: there are %d",
                  r->level, r->info->level_count);
    WSI_RETURN_IF(wsi_rect_empty(r->region), WSI_ERR_USAGE, "the region is empty");
    WSI_RETURN_IF(__builtin_add_overflow(r->region.x, r->region.w, &end) ||
                      __builtin_add_overflow(r->region.y, r->region.h, &end),
                  WSI_ERR_USAGE, "the region's end passes 64 bits");
    return WSI_OK;
}

static wsi_status read_region(region_read *r, const wsi_array *dst, wsi_error *err)
{
    void *params = NULL;
    WSI_FORWARD(check_region(r, err));
    WSI_FORWARD(check_dst(dst, r->region.w, r->region.h, r->info->fmt, &r->native, err));
    WSI_RETURN_IF(!r->native && r->info->photometric == WSI_PHOTO_CHANNELS, WSI_ERR_INPUT_UNSUPPORTED,
                  "independent channels have no RGB: read them as %d x %s", r->info->fmt.channels,
                  wsi_dtype_name(r->info->fmt.type));
    r->dst = *dst;
    wsi_status status = r->native ? WSI_OK : find_cast(&r->cast, &params, err);
    r->to_byte = params;
    if (status == WSI_OK) status = read_checked(r, err);
    wsi_free(params);
    return status;
}

/* Messages of the readers start with the slide's path; others are given it. */
static wsi_status with_path(const wsi_slide_info *info, wsi_status status, const wsi_error *local, wsi_error *err)
{
    const size_t n = strlen(info->path);
    const int named = strncmp(local->message, info->path, n) == 0 && local->message[n] == ':';
    return wsi_error_set(err, status, "%s%s%s", named ? "" : info->path, named ? "" : ": ", local->message);
}

wsi_status wsi_slide_read_region(wsi_slide *slide, int level, wsi_rect region, const wsi_array *dst, wsi_error *err)
{
    WSI_RETURN_IF(!slide, WSI_ERR_USAGE, "wsi_slide_read_region: no slide");
    region_read r = {.slide = slide, .info = wsi_slide_get_info(slide), .level = level, .region = region};
    wsi_error local = {.code = WSI_OK};
    const wsi_status status = read_region(&r, dst, &local);
    return status == WSI_OK ? status : with_path(r.info, status, &local, err);
}

/* ---- Associated images ---- */

static wsi_status read_by_copy(wsi_slide *slide, int index, const wsi_array *dst, wsi_error *err)
{
    const wsi_pixfmt rgb = {WSI_U8, 3};
    wsi_image im = {NULL, (ptrdiff_t)(3 * dst->shape[1]), dst->shape[1], dst->shape[0], rgb};
    im.data = wsi_calloc((size_t)im.h, (size_t)im.stride);
    WSI_RETURN_IF(!im.data, WSI_ERR_NO_MEMORY, "no memory for the image");
    const wsi_status status = wsi_slide_decode_associated(slide, index, &im, err);
    const wsi_array from = wsi_array_of_image(&im);
    if (status == WSI_OK) wsi_array_copy(dst, &from);
    wsi_free(im.data);
    return status;
}

static wsi_status read_associated(wsi_slide *slide, int index, const wsi_array *dst, wsi_error *err)
{
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    wsi_image direct;
    int same;
    WSI_RETURN_IF(index < 0 || index >= info->associated_count, WSI_ERR_USAGE, "no associated image %d: there are %d",
                  index, info->associated_count);
    const wsi_associated *a = &info->associated[index];
    WSI_FORWARD(check_dst(dst, a->w, a->h, (wsi_pixfmt){WSI_U8, 3}, &same, err));
    return wsi_array_as_image(dst, &direct) ? wsi_slide_decode_associated(slide, index, &direct, err)
                                            : read_by_copy(slide, index, dst, err);
}

wsi_status wsi_slide_read_associated(wsi_slide *slide, int index, const wsi_array *dst, wsi_error *err)
{
    WSI_RETURN_IF(!slide, WSI_ERR_USAGE, "wsi_slide_read_associated: no slide");
    wsi_error local = {.code = WSI_OK};
    const wsi_status status = read_associated(slide, index, dst, &local);
    return status == WSI_OK ? status : with_path(wsi_slide_get_info(slide), status, &local, err);
}
