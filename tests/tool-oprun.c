/* Runs one operation on raw pixels, for ops_oracle.py:
 *
 *   tool-oprun ISA TILE SPEC OUT [store=TYPE] IN:TYPE:WxHxC...
 *
 * SPEC as in the chain language, @1, @2 standing for the second and third input. TILE 0 computes the image in one
 * piece, otherwise in tiles of that edge. Writes raw samples to OUT and prints the result's type, channels, width and
 * height. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "oprun.h"

static int fail(const char *what)
{
    fprintf(stderr, "tool-oprun: %s\n", what);
    return 2;
}

/* PATH:TYPE:WxHxC */
static int read_input(char *text, wsi_image *out)
{
    char *shape = strrchr(text, ':');
    if (!shape) return 0;
    *shape++ = '\0';
    char *type = strrchr(text, ':');
    if (!type) return 0;
    *type++ = '\0';
    long long w, h;
    wsi_pixfmt fmt;
    if (sscanf(shape, "%lldx%lldx%d", &w, &h, &fmt.channels) != 3 || !wsi_dtype_parse(type, &fmt.type)) return 0;
    *out = oprun_image(fmt, w, h);
    FILE *f = fopen(text, "rb");
    if (!f) return 0;
    const size_t bytes = (size_t)h * (size_t)out->stride, got = fread(out->data, 1, bytes, f);
    fclose(f);
    return got == bytes;
}

static void run_tiles(oprun *run, wsi_isa isa, int64_t tile, const wsi_image *src, const wsi_image *dst)
{
    const int64_t edge = tile > 0 ? tile : (dst->w > dst->h ? dst->w : dst->h);
    for (int64_t y = 0; y < dst->h; y += edge)
        for (int64_t x = 0; x < dst->w; x += edge) {
            const wsi_rect rect = wsi_rect_intersect((wsi_rect){x, y, edge, edge}, (wsi_rect){0, 0, dst->w, dst->h});
            const wsi_image part = wsi_image_crop(dst, rect);
            oprun_tile(run, isa, src, rect, NULL, &part);
        }
}

static int write_output(const char *path, const wsi_image *im)
{
    FILE *f = fopen(path, "wb");
    if (!f) return 0;
    const size_t bytes = (size_t)im->h * (size_t)im->stride, put = fwrite(im->data, 1, bytes, f);
    return fclose(f) == 0 && put == bytes;
}

int main(int argc, char **argv)
{
    if (argc < 6) return fail("usage: tool-oprun ISA TILE SPEC OUT [store=TYPE] IN:TYPE:WxHxC...");
    wsi_isa isa;
    if (!wsi_isa_parse(argv[1], &isa)) return fail("unknown instruction set");
    if (isa > wsi_cpu_best()) return fail("this machine lacks the instruction set");
    oprun run = {0};
    wsi_error err = {0};
    wsi_image src[WSI_OP_INPUTS_MAX];
    wsi_pixfmt in[WSI_OP_INPUTS_MAX];
    wsi_dtype store = WSI_DTYPE_COUNT;
    int arg = 5, inputs = 0;
    if (strncmp(argv[arg], "store=", 6) == 0 && !wsi_dtype_parse(argv[arg++] + 6, &store)) return fail("unknown type");
    for (; arg < argc && inputs < WSI_OP_INPUTS_MAX; arg++, inputs++) {
        if (!read_input(argv[arg], &src[inputs])) return fail("cannot read an input");
        in[inputs] = src[inputs].fmt;
    }
    if (oprun_parse(&run, argv[3], &err) != WSI_OK || oprun_prepare(&run, in, inputs, &err) != WSI_OK)
        return fail(err.message);
    if (store != WSI_DTYPE_COUNT) run.out.type = store;
    const wsi_rect frame = oprun_frame(&run, &src[0]);
    const wsi_image dst = oprun_image(run.out, frame.w, frame.h);
    run_tiles(&run, isa, strtoll(argv[2], NULL, 10), src, &dst);
    const int written = write_output(argv[4], &dst);
    if (written)
        printf("%s %d %lld %lld\n", wsi_dtype_name(run.out.type), run.out.channels, (long long)dst.w, (long long)dst.h);
    for (int i = 0; i < inputs; i++) wsi_free(src[i].data);
    wsi_free(dst.data);
    oprun_clear(&run);
    return written ? 0 : fail("cannot write the result");
}
