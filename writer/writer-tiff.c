/* tiff: the generic pyramid, one chain of tiled pages with the reduced-image bit set on the lower levels, as
 * OpenSlide, QuPath, ASAP, libvips and tifffile take it. The description is one JSON object. */
#include "tiff-pyramid.h"

/* ASAP hands a file to other readers when its description contains one of these. */
static const char *const avoided[] = {"xml", "XML", "DICOM"};

static char *describe(const wsi_sink *sink, const json_t *facts, const wsi_tiff_page *page)
{
    (void)sink, (void)page;
    return wsi_tiff_json_avoiding(facts, avoided, sizeof avoided / sizeof avoided[0]);
}

static const wsi_tiff_profile profile = {.format = "tiff", .describe = describe};

static wsi_status open_sink(wsi_sink *sink, wsi_error *err)
{
    return wsi_tiff_open(sink, &profile, err);
}

const wsi_writer wsi_writer_tiff = {
    .name = "tiff",
    .summary = "pyramidal TIFF, one page a level (OpenSlide, QuPath, ASAP, libvips)",
    .extension = ".tif",
    .many_results = 0,
    .is_tiff = 1,
    .codecs = WSI_TIFF_CODECS,
    .default_codec = WSI_CODEC_DEFLATE,
    .default_tile = 256,
    .stored = wsi_tiff_stored,
    .priv_size = sizeof(wsi_tiff_priv),
    .open = open_sink,
    .bound = wsi_tiff_bound,
    .encode = wsi_tiff_encode,
    .encode_bits = wsi_tiff_encode_bits,
    .jpeg = wsi_tiff_jpeg,
    .append = wsi_tiff_append,
    .finish = wsi_tiff_finish,
    .abort = wsi_tiff_abort,
};
