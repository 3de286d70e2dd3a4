/* What the writers make: to be verified, and to be read as slides. */
#include "fuzz-seeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader-maker.h"
#include "writer-pattern.h"

static void write_output(const char *writer, wsi_codec codec, const char *path)
{
    const wsi_slide_info info = {.mpp_x = 0.5, .mpp_y = 0.5, .objective = 20};
    wsi_result_spec r = {.name = "one", .fmt = {WSI_U8, 3}, .chain = "gaussian:sigma=1"};
    wsi_error err = {WSI_OK, ""};
    pattern_levels(&r, 60, 40, 32, 2);
    wsi_sink_spec spec = {.path = path, .codec = codec, .quality = 90, .tile = 32, .source = &info, .results = &r};
    spec.result_count = 1;
    spec.fingerprint_json = "{\"source\":\"0123456789\"}";
    spec.provenance_json = "{\"chain\":\"gaussian:sigma=1\"}";
    if (pattern_file(wsi_writer_find(writer), &spec, &err) == WSI_OK) return;
    fprintf(stderr, "fuzz-seeds: %s\n", err.message);
    exit(1);
}

void seed_outputs(void)
{
    static const struct {
        const char *writer;
        wsi_codec codec;
        int is_slide;
    } outputs[] = {{"tiff", WSI_CODEC_JPEG, 1},    {"tiff", WSI_CODEC_DEFLATE, 0}, {"tiff", WSI_CODEC_NONE, 0},
                   {"ome-tiff", WSI_CODEC_LZW, 1}, {"svs", WSI_CODEC_JPEG, 1},     {"md5", WSI_CODEC_NONE, 0},
                   {"hdf5", WSI_CODEC_DEFLATE, 0}, {"hdf5", WSI_CODEC_ZSTD, 0},    {"ome-tiff", WSI_CODEC_ZSTD, 0}};
    for (int i = 0; i < (int)(sizeof outputs / sizeof *outputs); i++) {
        const char *path = maker_path(2);
        char name[64];
        for (int how = 0; how < 2; how++) {
            write_output(outputs[i].writer, outputs[i].codec, path);
            snprintf(name, sizeof name, "%s-%d-%d", outputs[i].writer, i, how);
            seed_move("verify", name, how, path);
        }
        if (!outputs[i].is_slide) continue;
        write_output(outputs[i].writer, outputs[i].codec, path);
        seed_move("slide", name, -1, path);
    }
    /* As fuzz-verify.c takes it apart. */
    seed_text("verify", "table", 2, "{\"rows\":2,\"result\":\"things\",\"columns\":[]}\n\na,b\n1,2\n3,4\n");
}
