/* Writes the test picture through any driver: tool-writedemo PATH WRITER CODEC DTYPE CHANNELS W H TILE [KEY=VALUE...]
 * Keys: quality, subsampling (444, 422, 420), level, big (0, 1), levels, mpp, objective, icc (bytes), results,
 * nearest. Prints the summary of wsi_output_verify. For tests/writer_oracle.py. */
#include "writer-pattern.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct demo {
    wsi_sink_spec spec;
    wsi_slide_info source;
    wsi_result_spec results[4];
    const wsi_writer *writer;
    int levels_max;
} demo;

static int parse_key(demo *d, const char *text)
{
    const char *value = strchr(text, '=');
    if (!value) return 0;
    const size_t n = (size_t)(value++ - text);
    const double number = strtod(value, NULL);
    if (strncmp(text, "quality", n) == 0)
        d->spec.quality = (int)number;
    else if (strncmp(text, "subsampling", n) == 0)
        d->spec.subsampling = number == 444   ? WSI_SUBSAMPLING_444
                              : number == 422 ? WSI_SUBSAMPLING_422
                                              : WSI_SUBSAMPLING_420;
    else if (strncmp(text, "levels", n) == 0 && n == 6)
        d->levels_max = (int)number;
    else if (strncmp(text, "level", n) == 0)
        d->spec.level = (int)number;
    else if (strncmp(text, "big", n) == 0)
        d->spec.force_bigtiff = (int)number;
    else if (strncmp(text, "mpp", n) == 0)
        d->source.mpp_x = d->source.mpp_y = number;
    else if (strncmp(text, "objective", n) == 0)
        d->source.objective = number;
    else if (strncmp(text, "icc", n) == 0)
        d->source.icc_size = (size_t)number;
    else if (strncmp(text, "results", n) == 0)
        d->spec.result_count = (int)number;
    else
        return 0;
    return 1;
}

static int parse(demo *d, int argc, char **argv)
{
    static const char *const names[] = {"result", "second", "third", "fourth"};
    wsi_pixfmt fmt;
    if (argc < 9) return 0;
    d->spec.path = argv[1];
    d->writer = wsi_writer_find(argv[2]);
    if (!d->writer || !wsi_codec_parse(argv[3], &d->spec.codec) || !wsi_dtype_parse(argv[4], &fmt.type)) return 0;
    fmt.channels = (int)strtol(argv[5], NULL, 10);
    const int64_t w = strtoll(argv[6], NULL, 10), h = strtoll(argv[7], NULL, 10);
    d->spec.tile = strtoll(argv[8], NULL, 10);
    d->spec.quality = 90;
    d->spec.result_count = 1;
    d->levels_max = WSI_LEVELS_MAX;
    for (int i = 9; i < argc; i++)
        if (!parse_key(d, argv[i])) return 0;
    if (d->spec.result_count < 1 || d->spec.result_count > 4) return 0;
    for (int r = 0; r < d->spec.result_count; r++) {
        d->results[r].name = names[r];
        d->results[r].fmt = fmt;
        d->results[r].chain = "gaussian:sigma=2 | xml & XML <DICOM>";
        pattern_levels(&d->results[r], w, h, d->spec.tile, d->levels_max);
    }
    return 1;
}

int main(int argc, char **argv)
{
    static demo d;
    wsi_error err = {WSI_OK, ""};
    if (!parse(&d, argc, argv)) {
        fprintf(stderr, "usage: tool-writedemo PATH WRITER CODEC DTYPE CHANNELS W H TILE [KEY=VALUE...]\n");
        return 2;
    }
    unsigned char *icc = wsi_calloc(d.source.icc_size + 1, 1);
    for (size_t i = 0; icc && i < d.source.icc_size; i++) icc[i] = (unsigned char)(i * 7);
    d.source.icc = d.source.icc_size ? icc : NULL;
    d.spec.source = &d.source;
    d.spec.results = d.results;
    d.spec.fingerprint_json = "{\"chain\":\"gaussian\",\"source\":\"0123\"}";
    d.spec.provenance_json = "{\"note\":\"an xml, XML and DICOM free text <&>\"}";
    wsi_status status = pattern_file(d.writer, &d.spec, &err);
    char *summary = NULL;
    if (status == WSI_OK && d.writer->extension[0]) status = wsi_output_verify(d.spec.path, &summary, &err);
    wsi_free(icc);
    if (status != WSI_OK) {
        fprintf(stderr, "%s: %s\n", wsi_status_name(status), err.message);
        return 1;
    }
    printf("%s\n", summary ? summary : "{}");
    wsi_free(summary);
    return 0;
}
