/* Runs one operation on raw pixels, for ops_oracle.py:
 *
 *   tool-oprun ISA TILE SPEC OUT [OPTION=VALUE ...] IN:TYPE:WxHxC...
 *
 * SPEC as in the chain language, @1, @2 standing for the second and third input. TILE 0 computes the image in one
 * piece, otherwise in tiles of that edge (of a multiple of 16 for operations on whole images). Options: store=TYPE of
 * the result; for operations on whole images threads=N, seed=N (order of tiles), mpp=X, table=FILE (their table as
 * JSON); for those that learn of the whole image first fit=FILE (what they have learnt as JSON) and
 * reference=IN:TYPE:WxHxC (of each input, in order), what they look at before. Writes raw samples to OUT and prints the
 * result's type, channels (0: a table only), width and height. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "oprun-chain.h"

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

static int write_output(const char *path, const wsi_image *im)
{
    FILE *f = fopen(path, "wb");
    if (!f) return 0;
    const size_t bytes = (size_t)im->h * (size_t)im->stride, put = fwrite(im->data, 1, bytes, f);
    return fclose(f) == 0 && put == bytes;
}

static wsi_image references[WSI_OP_INPUTS_MAX];

/* Options before the inputs; returns the index of the first argument that is none, or 0 for a wrong one. */
static int read_options(int argc, char **argv, int arg, oprun_how *how, const char **table)
{
    int count = 0;
    for (; arg < argc; arg++) {
        char *text = argv[arg], *value = strchr(text, '=') + 1;
        if (strncmp(text, "store=", 6) == 0) {
            if (!wsi_dtype_parse(value, &how->store)) return 0;
        } else if (strncmp(text, "threads=", 8) == 0) {
            how->options.threads = (int)strtol(value, NULL, 10);
        } else if (strncmp(text, "seed=", 5) == 0) {
            how->options.seed = strtoull(value, NULL, 10);
        } else if (strncmp(text, "mpp=", 4) == 0) {
            how->options.mpp_x = how->options.mpp_y = strtod(value, NULL);
        } else if (strncmp(text, "table=", 6) == 0) {
            *table = value;
        } else if (strncmp(text, "fit=", 4) == 0) {
            how->fit = value;
        } else if (strncmp(text, "reference=", 10) == 0) {
            if (count == WSI_OP_INPUTS_MAX || !read_input(value, &references[count++])) return 0;
            how->reference = references;
        } else {
            break;
        }
    }
    return arg;
}

static int write_results(const char *path, const wsi_image *out, const char *table_path, const whole_table *table)
{
    if (out->data && !write_output(path, out)) return 0;
    if (table_path && !whole_table_write(table, table_path)) return 0;
    printf("%s %d %lld %lld\n", wsi_dtype_name(out->fmt.type), out->data ? out->fmt.channels : 0, (long long)out->w,
           (long long)out->h);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 6) return fail("usage: tool-oprun ISA TILE SPEC OUT [OPTION=VALUE ...] IN:TYPE:WxHxC...");
    oprun_how how = {.store = WSI_DTYPE_COUNT, .options = {.tile = strtoll(argv[2], NULL, 10)}};
    if (!wsi_isa_parse(argv[1], &how.isa)) return fail("unknown instruction set");
    if (how.isa > wsi_cpu_best()) return fail("this machine lacks the instruction set");
    wsi_error err = {0};
    wsi_image src[WSI_OP_INPUTS_MAX], out;
    whole_table table;
    const char *table_path = NULL;
    int inputs = 0, arg = read_options(argc, argv, 5, &how, &table_path);
    if (!arg) return fail("wrong option");
    for (; arg < argc && inputs < WSI_OP_INPUTS_MAX; arg++, inputs++)
        if (!read_input(argv[arg], &src[inputs])) return fail("cannot read an input");
    if (oprun_image_of(argv[3], &how, src, inputs, &out, &table, &err) != WSI_OK) return fail(err.message);
    const int written = write_results(argv[4], &out, table_path, &table);
    for (int i = 0; i < inputs; i++) wsi_free(src[i].data);
    for (int i = 0; i < WSI_OP_INPUTS_MAX; i++) wsi_free(references[i].data);
    wsi_free(out.data);
    whole_table_clear(&table);
    return written ? 0 : fail("cannot write the result");
}
