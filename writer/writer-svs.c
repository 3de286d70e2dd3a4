/* svs: the pyramid in the layout of Aperio's slides, so that OpenSlide and what builds on it report objective power and
 * microns per pixel of a result. Named after the kind of file, as `tiff` and `ome-tiff` are.
 *
 * The layout, from Aperio's "Digital Slides and Third-Party Data Interchange" (p. 14) and from what readers ask for:
 * level 0 first, then a thumbnail in strips, then the lower levels, tiled like level 0. Every tiled directory is a
 * level, and NewSubfileType is 0 on all of them (tifffile ends the pyramid at a reduced one, Bio-Formats takes others
 * for the label). The lowest level is the one that the thumbnail repeats: Bio-Formats sorts all of them by size and
 * drops the smallest for the thumbnail, so that the thumbnail would stand for a level if there were smaller ones.
 * Descriptions start with "Aperio" (OpenSlide), "Aperio " (tifffile), "Aperio Image" (Bio-Formats), go on with a line
 * of sizes, and then have `key = value` fields between bars; AppMag and MPP are those of level 0 on every page.
 * Bio-Formats takes a page for the label or macro image whose first lines have such a word, so they hold nothing but
 * sizes. OpenSlide opens a file only when its libtiff has the codec of every directory, which for zstd is a matter of
 * how it was built: so there is none here.
 *
 * No scanner wrote these: the first line and the field Converter say who did, Source Vendor what they were made from.
 * Our own facts are the field `wsiproc` of level 0, JSON in which bars are escaped. */
#include "tiff-pyramid.h"

#include "common/mem.h"
#include "number-text.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <wsiproc/version.h>

enum { SVS_CODECS = WSI_TIFF_CODECS & ~(1u << WSI_CODEC_ZSTD), FIELD_MAX = 64 };

/* ---- Scale ---- */

/* MPP and AppMag are one number for both axes: pixels further from square than this have none. */
static const double square_enough = 1.05;
/* AppMag is nominal, and a whole number to many readers (OpenSlide 3 drops others): what is this close to one becomes
 * it.
 */
static const double whole_enough = 0.005;

static int is_square(double x, double y)
{
    return x > 0 && y > 0 && x <= y * square_enough && y <= x * square_enough;
}

/* Micrometres a pixel of level 0; 0: unknown. */
static double mpp_of(const wsi_sink *sink)
{
    const double x = wsi_level_mpp_x(sink, 0, 0), y = wsi_level_mpp_y(sink, 0, 0);
    return is_square(x, y) ? (x + y) / 2 : 0;
}

/* The source's objective, less what its pixels were shrunk by, to four digits; 0: unknown. */
static double magnification_of(const wsi_sink *sink)
{
    const wsi_result_spec *spec = &sink->spec.results[0];
    const double objective = sink->spec.source ? sink->spec.source->objective : 0;
    const double value = objective / spec->downsample[0], whole = round(value);
    if (!(value > 0) || !isfinite(value) || !is_square(1, spec->aspect > 0 ? spec->aspect : 1)) return 0;
    if (fabs(value - whole) <= whole_enough * value) return whole;
    const double digits = pow(10, 3 - floor(log10(value)));
    return round(value * digits) / digits;
}

/* ---- Descriptions ---- */

/* "|KEY = VALUE", or nothing where the value is not known. */
static void number_field(const char *key, double value, char out[FIELD_MAX])
{
    wsi_number_table table;
    char text[WSI_NUMBER_TEXT_MAX + 1];
    out[0] = '\0';
    if (!(value > 0) || !isfinite(value)) return;
    wsi_number_table_fill(&table);
    *wsi_number_double(&table, text, value) = '\0';
    snprintf(out, FIELD_MAX, "|%s = %s", key, text);
}

/* Nothing that would end the field. */
static void vendor_field(const wsi_slide_info *source, char out[FIELD_MAX])
{
    out[0] = '\0';
    if (!source || !source->vendor || !*source->vendor) return;
    const int skip = snprintf(out, FIELD_MAX, "|Source Vendor = %s", source->vendor) - (int)strlen(source->vendor);
    for (char *c = out + skip; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '.' && *c != '_') *c = '-';
}

static char *fields_of(const wsi_sink *sink)
{
    char power[FIELD_MAX], mpp[FIELD_MAX], vendor[FIELD_MAX];
    number_field("AppMag", magnification_of(sink), power);
    number_field("MPP", mpp_of(sink), mpp);
    vendor_field(sink->spec.source, vendor);
    return wsi_asprintf("%s%s|Converter = wsiproc " WSI_VERSION_STRING "%s", power, mpp, vendor);
}

/* What a page is of, and how its tiles are stored. */
static char *sizes_of(const wsi_sink *sink, const wsi_tiff_page *page)
{
    const wsi_result_spec *spec = &sink->spec.results[0];
    const int64_t w = spec->level_w[0], h = spec->level_h[0], tile = sink->spec.tile;
    const char *colours = spec->fmt.channels == 1 ? "grey" : "RGB";
    char level[2 * FIELD_MAX] = "", quality[FIELD_MAX] = "";
    if (page->thumbnail)
        return wsi_asprintf("%" PRId64 "x%" PRId64 " -> %" PRId64 "x%" PRId64 " - ", w, h, page->thumbnail->pixels.w,
                            page->thumbnail->pixels.h);
    if (page->level > 0)
        snprintf(level, sizeof level, "-> %" PRId64 "x%" PRId64 " (%" PRId64 "x%" PRId64 ") ",
                 spec->level_w[page->level], spec->level_h[page->level], tile, tile);
    if (sink->spec.codec == WSI_CODEC_JPEG) snprintf(quality, sizeof quality, " Q=%d", sink->spec.quality);
    return wsi_asprintf(
        "%" PRId64 "x%" PRId64 " [0,0 %" PRId64 "x%" PRId64 "] (%" PRId64 "x%" PRId64 ") %s%s/%s%s", w, h, w, h, tile,
        tile, level, sink->spec.codec == WSI_CODEC_JPEG ? "JPEG" : wsi_codec_name(sink->spec.codec), colours, quality);
}

static char *describe(const wsi_sink *sink, const json_t *facts, const wsi_tiff_page *page)
{
    static const char *const bar[] = {"|"};
    const int first = page->level == 0 && !page->thumbnail;
    char *sizes = sizes_of(sink, page), *fields = fields_of(sink);
    char *json = first ? wsi_tiff_json_avoiding(facts, bar, 1) : wsi_strdup("");
    char *out = sizes && fields && json
                    ? wsi_asprintf("Aperio Image Library layout, written by wsiproc " WSI_VERSION_STRING "\n%s%s%s%s",
                                   sizes, fields, first ? WSI_SVS_FACTS : "", json)
                    : NULL;
    wsi_free(sizes);
    wsi_free(fields);
    wsi_free(json);
    return out;
}

/* ---- Driver ---- */

static wsi_status stored(wsi_codec codec, wsi_pixfmt in, wsi_pixfmt *out, wsi_error *err)
{
    const int picture = in.type == WSI_U8 && (in.channels == 1 || in.channels == 3);
    const int mask = in.type == WSI_BOOL && in.channels == 1;
    WSI_RETURN_IF(!picture && !mask, WSI_ERR_USAGE,
                  "svs holds masks and uint8 of 1 or 3 channels, not %s of %d; use tiff, ome-tiff or hdf5, or end with "
                  "cast:dtype=uint8",
                  wsi_dtype_name(in.type), in.channels);
    return wsi_tiff_stored(codec, in, out, err);
}

static const wsi_tiff_profile profile = {.format = "svs", .thumbnail = 1, .describe = describe};

static wsi_status open_sink(wsi_sink *sink, wsi_error *err)
{
    return wsi_tiff_open(sink, &profile, err);
}

const wsi_writer wsi_writer_svs = {
    WSI_TIFF_WRITER,
    .name = "svs",
    .summary = "pyramidal TIFF as Aperio lays it out: grey, RGB and masks (OpenSlide, QuPath, Bio-Formats)",
    .extension = ".svs",
    .codecs = SVS_CODECS,
    .last_edge = WSI_TIFF_THUMBNAIL_EDGE,
    .stored = stored,
    .open = open_sink,
    .seen_level = wsi_tiff_seen_level,
    .see = wsi_tiff_see,
};
