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
    WSI_TIFF_WRITER,
    .name = "tiff",
    .summary = "pyramidal TIFF, one page a level (OpenSlide, QuPath, ASAP, libvips)",
    .extension = ".tif",
    .codecs = WSI_TIFF_CODECS,
    .stored = wsi_tiff_stored,
    .open = open_sink,
};
