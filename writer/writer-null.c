/* null: takes everything, keeps nothing. For measuring the rest of the pipeline. */
#include "writer-private.h"

static wsi_status stored(wsi_codec codec, wsi_pixfmt in, wsi_pixfmt *out, wsi_error *err)
{
    (void)codec, (void)err;
    *out = in;
    return WSI_OK;
}

static wsi_status open_sink(wsi_sink *sink, wsi_error *err)
{
    (void)sink, (void)err;
    return WSI_OK;
}

static size_t bound(const wsi_sink *sink, int result)
{
    (void)sink, (void)result;
    return 0;
}

static wsi_status encode(wsi_sink *sink, int result, int level, const wsi_image *tile, void *out, size_t capacity,
                         size_t *size, wsi_error *err)
{
    (void)sink, (void)result, (void)level, (void)tile, (void)out, (void)capacity, (void)err;
    *size = 0;
    return WSI_OK;
}

static wsi_status append(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                         wsi_error *err)
{
    (void)sink, (void)result, (void)level, (void)tx, (void)ty, (void)bytes, (void)size, (void)err;
    return WSI_OK;
}

static wsi_status finish(wsi_sink *sink, wsi_error *err)
{
    (void)sink, (void)err;
    return WSI_OK;
}

static void abort_sink(wsi_sink *sink)
{
    (void)sink;
}

const wsi_writer wsi_writer_null = {
    .name = "null",
    .summary = "takes every tile and keeps nothing, for measurements",
    .extension = "",
    .many_results = 1,
    .discards = 1,
    .codecs = 1u << WSI_CODEC_NONE,
    .default_codec = WSI_CODEC_NONE,
    .default_tile = 256,
    .stored = stored,
    .priv_size = 0,
    .open = open_sink,
    .bound = bound,
    .encode = encode,
    .append = append,
    .finish = finish,
    .abort = abort_sink,
};
