/* Reads a region of a slide into memory and writes it as a PPM picture.
 *
 * usage: read_region SLIDE LEVEL X Y WIDTH HEIGHT OUTPUT.ppm      (X, Y in pixels of the level; outside is background)
 */
#include <stdio.h>
#include <stdlib.h>

#include <wsiproc/wsiproc.h>

static void print_levels(const wsi_slide_info *info)
{
    printf("%s: %d x %s, %.4g um/px\n", info->vendor, info->fmt.channels, wsi_dtype_name(info->fmt.type), info->mpp_x);
    for (int i = 0; i < info->level_count; i++)
        printf("level %d: %lld x %lld, downsample %g\n", i, (long long)info->levels[i].w, (long long)info->levels[i].h,
               info->levels[i].downsample);
}

static int write_ppm(const char *path, const unsigned char *rgb, const wsi_rect *r)
{
    FILE *file = fopen(path, "wb");
    if (!file) return 0;
    fprintf(file, "P6\n%lld %lld\n255\n", (long long)r->w, (long long)r->h);
    const size_t done = fwrite(rgb, (size_t)(3 * r->w), (size_t)r->h, file);
    return (fclose(file) == 0) & (done == (size_t)r->h);
}

/* Eight bits of red, green and blue, whatever the slide has. */
static wsi_status read_rgb(wsi_slide *slide, int level, const wsi_rect *r, unsigned char *rgb, wsi_error *err)
{
    const wsi_pixfmt format = {WSI_U8, 3};
    const wsi_array pixels = wsi_array_packed(rgb, format, r->w, r->h);
    return wsi_slide_read_region(slide, level, *r, &pixels, err);
}

int main(int argc, char **argv)
{
    if (argc != 8) return fprintf(stderr, "usage: read_region SLIDE LEVEL X Y WIDTH HEIGHT OUTPUT.ppm\n"), 2;
    const wsi_rect r = {atoll(argv[3]), atoll(argv[4]), atoll(argv[5]), atoll(argv[6])};
    const int sane = r.w > 0 && r.h > 0 && r.w < 65536 && r.h < 65536;
    unsigned char *rgb = sane ? malloc((size_t)(3 * r.w * r.h)) : NULL;
    wsi_slide *slide = NULL;
    wsi_error err;
    int done = 0;
    if (!rgb)
        fprintf(stderr, "no picture of that size\n");
    else if (wsi_slide_open(argv[1], NULL, &slide, &err) != WSI_OK ||
             read_rgb(slide, atoi(argv[2]), &r, rgb, &err) != WSI_OK)
        fprintf(stderr, "%s\n", err.message);
    else if (!(done = write_ppm(argv[7], rgb, &r)))
        fprintf(stderr, "%s cannot be written\n", argv[7]);
    if (done) print_levels(wsi_slide_get_info(slide));
    wsi_slide_close(&slide);
    free(rgb);
    return done ? 0 : 1;
}
