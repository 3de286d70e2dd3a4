/* Facts about a result as JSON; level digests. No times, hosts, paths or thread counts: reruns give the same bytes. */
#include "describe.h"

#include "encode.h"

#include <wsiproc/version.h>

wsi_status wsi_level_records_open(const wsi_sink *sink, int result, wsi_level_record *levels, wsi_error *err)
{
    for (int l = 0; l < sink->spec.results[result].level_count; l++)
        WSI_FORWARD(wsi_digest_create(WSI_DIGEST_SHA256, &levels[l].digest, err));
    return WSI_OK;
}

wsi_status wsi_level_record_add(wsi_level_record *level, const void *bytes, size_t size, wsi_error *err)
{
    level->bytes += size;
    return wsi_digest_update(level->digest, bytes, size, err);
}

wsi_status wsi_level_records_close(const wsi_sink *sink, int result, wsi_level_record *levels, wsi_error *err)
{
    for (int l = 0; l < sink->spec.results[result].level_count; l++)
        WSI_FORWARD(wsi_digest_hex(levels[l].digest, levels[l].sha256, err));
    return WSI_OK;
}

void wsi_level_records_destroy(wsi_level_record *levels)
{
    for (int l = 0; l < WSI_LEVELS_MAX; l++) wsi_digest_destroy(&levels[l].digest);
}

static const char *subsampling_name(wsi_subsampling s)
{
    return s == WSI_SUBSAMPLING_444 ? "4:4:4" : s == WSI_SUBSAMPLING_422 ? "4:2:2" : "4:2:0";
}

double wsi_level_mpp_x(const wsi_sink *sink, int result, int level)
{
    return sink->spec.source ? sink->spec.source->mpp_x * sink->spec.results[result].downsample[level] : 0;
}

double wsi_level_mpp_y(const wsi_sink *sink, int result, int level)
{
    const wsi_result_spec *r = &sink->spec.results[result];
    const double aspect = r->aspect > 0 ? r->aspect : 1;
    return sink->spec.source ? sink->spec.source->mpp_y * r->downsample[level] * aspect : 0;
}

const void *wsi_result_icc(const wsi_sink *sink, int result, size_t *size)
{
    const wsi_pixfmt fmt = sink->spec.results[result].fmt;
    const wsi_slide_info *source = sink->spec.source;
    if (!source || !source->icc || source->icc_size == 0 || fmt.type != WSI_U8 || fmt.channels != 3) return NULL;
    *size = source->icc_size;
    return source->icc;
}

/* The compression as an object: codec, level or quality and subsampling. */
static json_t *codec_json(const wsi_sink *sink)
{
    const wsi_sink_spec *spec = &sink->spec;
    if (spec->codec == WSI_CODEC_JPEG)
        return json_pack("{s:s,s:i,s:s}", "codec", "jpeg", "quality", spec->quality, "subsampling",
                         subsampling_name(spec->subsampling));
    const int level = wsi_encode_level(spec->codec, spec->level);
    if (level) return json_pack("{s:s,s:i}", "codec", wsi_codec_name(spec->codec), "level", level);
    return json_pack("{s:s}", "codec", wsi_codec_name(spec->codec));
}

static json_t *describe_level(const wsi_sink *sink, int result, int l, const wsi_level_record *record)
{
    const wsi_result_spec *spec = &sink->spec.results[result];
    const wsi_sink_level *level = wsi_sink_level_of(sink, result, l);
    return json_pack("{s:I,s:I,s:I,s:I,s:f,s:I,s:s}", "width", (json_int_t)spec->level_w[l], "height",
                     (json_int_t)spec->level_h[l], "tile", (json_int_t)sink->spec.tile, "tiles",
                     (json_int_t)(level->tiles_x * level->tiles_y), "downsample", spec->downsample[l], "bytes",
                     (json_int_t)record->bytes, "sha256", record->sha256);
}

static int set_parsed(json_t *object, const char *key, const char *text)
{
    return text ? json_object_set_new(object, key, json_loads(text, 0, NULL)) : 0;
}

json_t *wsi_describe(const wsi_sink *sink, int result, const wsi_level_record *levels)
{
    const wsi_result_spec *spec = &sink->spec.results[result];
    const char *dtype = wsi_dtype_name(spec->fmt.type);
    json_t *list = json_array();
    for (int l = 0; l < spec->level_count; l++)
        json_array_append_new(list, describe_level(sink, result, l, &levels[l]));
    json_t *json =
        json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:i,s:s,s:o,s:o}", "wsiproc", WSI_VERSION_STRING, "format_version",
                  WSI_FORMAT_VERSION, "result", spec->name, "chain", spec->chain ? spec->chain : "", "dtype", dtype,
                  "stored", spec->fmt.type == WSI_BOOL ? "uint8, true is 255" : dtype, "channels", spec->fmt.channels,
                  "downsampling", spec->nearest ? "nearest" : "mean", "compression", codec_json(sink), "levels", list);
    if (!json) return NULL;
    if (set_parsed(json, "provenance", sink->spec.provenance_json) != 0 ||
        set_parsed(json, "fingerprint", sink->spec.fingerprint_json) != 0 ||
        set_parsed(json, "bad_tiles", sink->bad_tiles) != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}
