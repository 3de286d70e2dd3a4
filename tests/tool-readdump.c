/* Shows what the readers see, for tests that compare with other programs:
 *   tool-readdump SLIDE                 one line of JSON: levels, format, scale, associated images, properties
 *   tool-readdump SLIDE LEVEL           the level's pixels, raw and interleaved, to standard output
 *   tool-readdump SLIDE associated I    an associated image as 8-bit RGB
 *   tool-readdump -b SLIDE...           decodes every tile of every level and throws the pixels away; prints one line
 *                                       for each slide, with rate or error
 * Exit status 0, or 5 with one line on standard error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/thread.h"
#include "reader/reader.h"

static int fail(const wsi_error *err)
{
    fprintf(stderr, "%s: %s\n", wsi_status_name(err->code), err->message);
    return 5;
}

static void print_text(const char *s)
{
    putchar('"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') putchar('\\');
        putchar(*s);
    }
    putchar('"');
}

static void print_levels(const wsi_slide_info *info)
{
    printf("\"levels\": [");
    for (int i = 0; i < info->level_count; i++) {
        const wsi_level *l = &info->levels[i];
        printf("%s{\"w\": %lld, \"h\": %lld, \"tile_w\": %lld, \"tile_h\": %lld, \"downsample\": %.9g, "
               "\"sequential\": %d, \"raw\": %d, \"compression\": \"%s\"}",
               i ? ", " : "", (long long)l->w, (long long)l->h, (long long)l->tile_w, (long long)l->tile_h,
               l->downsample, l->sequential, l->raw, l->compression);
    }
    printf("], ");
}

static int print_info(const wsi_slide *slide)
{
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    printf("{\"driver\": \"%s\", \"vendor\": \"%s\", \"dtype\": \"%s\", \"channels\": %d, \"photometric\": %d, ",
           info->driver, info->vendor, wsi_dtype_name(info->fmt.type), info->fmt.channels, (int)info->photometric);
    print_levels(info);
    printf("\"mpp\": [%.12g, %.12g], \"objective\": %g, \"background\": %g, \"icc\": %zu, \"associated\": [",
           info->mpp_x, info->mpp_y, info->objective, info->background[0], info->icc_size);
    for (int i = 0; i < info->associated_count; i++) {
        const wsi_associated *a = &info->associated[i];
        printf("%s{\"name\": ", i ? ", " : "");
        print_text(a->name);
        printf(", \"w\": %lld, \"h\": %lld}", (long long)a->w, (long long)a->h);
    }
    printf("], \"fingerprint\": \"%s\", \"properties\": {", info->fingerprint);
    for (int i = 0; i < info->property_count; i++) {
        if (i) printf(", ");
        print_text(info->properties[i].key);
        printf(": ");
        print_text(info->properties[i].value);
    }
    printf("}}\n");
    return 0;
}

static int write_image(const wsi_image *im)
{
    const size_t row = (size_t)im->w * wsi_pixfmt_size(im->fmt);
    for (int64_t y = 0; y < im->h; y++) {
        if (fwrite(wsi_image_row(im, y), 1, row, stdout) != row) return 1;
    }
    return 0;
}

static int alloc_image(wsi_image *im, int64_t w, int64_t h, wsi_pixfmt fmt)
{
    *im = (wsi_image){NULL, (ptrdiff_t)((size_t)w * wsi_pixfmt_size(fmt)), w, h, fmt};
    im->data = wsi_calloc((size_t)h, (size_t)im->stride);
    return im->data != NULL;
}

static int dump_level(wsi_slide *slide, int level)
{
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    if (level < 0 || level >= info->level_count) return 2;
    const wsi_level *l = &info->levels[level];
    wsi_error err = {0};
    wsi_image im;
    for (int64_t y = 0; y < l->h; y += l->tile_h) { /* one row of tiles after the other: memory stays small */
        const wsi_rect band = {0, y, l->w, l->tile_h < l->h - y ? l->tile_h : l->h - y};
        if (!alloc_image(&im, band.w, band.h, info->fmt)) return 1;
        const wsi_status status = wsi_slide_decode_rect(slide, level, band, &im, &err);
        const int bad = status != WSI_OK ? fail(&err) : write_image(&im);
        wsi_free(im.data);
        if (bad) return bad;
    }
    return 0;
}

static int dump_associated(wsi_slide *slide, int index)
{
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    wsi_error err = {0};
    wsi_image im;
    if (index < 0 || index >= info->associated_count) return 2;
    const wsi_associated *a = &info->associated[index];
    if (!alloc_image(&im, a->w, a->h, (wsi_pixfmt){WSI_U8, 3})) return 1;
    const int bad = wsi_slide_decode_associated(slide, index, &im, &err) != WSI_OK ? fail(&err) : write_image(&im);
    wsi_free(im.data);
    return bad;
}

/* Decodes every tile of a level as the scheduler does: bytes first where the driver gives them, then pixels. */
static wsi_status decode_level(wsi_slide *slide, int level, wsi_error *err)
{
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    const wsi_level *l = &info->levels[level];
    wsi_image im;
    void *bytes = NULL;
    wsi_status status = WSI_OK;
    if (!alloc_image(&im, l->tile_w < l->w ? l->tile_w : l->w, l->tile_h < l->h ? l->tile_h : l->h, info->fmt)) {
        return wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a tile");
    }
    for (int64_t i = 0; i < l->tiles_x * l->tiles_y && status == WSI_OK; i++) {
        const int64_t tx = i % l->tiles_x, ty = i / l->tiles_x;
        const wsi_rect r = wsi_slide_tile_rect(slide, level, tx, ty);
        const wsi_image dst = wsi_image_crop(&im, (wsi_rect){0, 0, r.w, r.h});
        const wsi_tile_span span = wsi_slide_tile_span(slide, level, tx, ty);
        if (span.size > 0) {
            bytes = wsi_realloc_array(bytes, span.size, 1);
            status = wsi_slide_read_bytes(slide, span.offset, span.size, bytes, err);
        }
        if (status == WSI_OK) {
            status = wsi_slide_read_tile(slide, level, tx, ty, span.size ? bytes : NULL, span.size, &dst, err);
        }
    }
    wsi_free(bytes);
    wsi_free(im.data);
    return status;
}

static void decode_slide(const char *path)
{
    wsi_error err = {0};
    wsi_slide *slide = NULL;
    const double start = wsi_now();
    double pixels = 0;
    wsi_status status = wsi_slide_open(path, NULL, &slide, &err);
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    for (int i = 0; status == WSI_OK && i < info->level_count; i++) {
        status = decode_level(slide, i, &err);
        pixels += (double)info->levels[i].w * (double)info->levels[i].h;
    }
    if (status == WSI_OK) {
        printf("%s: %.1f MPix, %.1f MPix/s\n", path, pixels / 1e6, pixels / 1e6 / (wsi_now() - start));
    } else {
        printf("%s [%s]\n", err.message, wsi_status_name(err.code));
    }
    wsi_slide_close(&slide);
}

int main(int argc, char **argv)
{
    wsi_error err = {0};
    wsi_slide *slide = NULL;
    if (argc < 2) return 2;
    if (strcmp(argv[1], "-b") == 0) {
        for (int i = 2; i < argc; i++) decode_slide(argv[i]);
        return 0;
    }
    if (wsi_slide_open(argv[1], NULL, &slide, &err) != WSI_OK) return fail(&err);
    int status;
    if (argc == 2) {
        status = print_info(slide);
    } else if (argc == 4 && strcmp(argv[2], "associated") == 0) {
        status = dump_associated(slide, (int)strtol(argv[3], NULL, 10));
    } else {
        status = dump_level(slide, (int)strtol(argv[2], NULL, 10));
    }
    wsi_slide_close(&slide);
    return status;
}
