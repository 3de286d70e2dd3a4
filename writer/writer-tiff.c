/* tiff: the generic pyramid, one chain of tiled pages with the reduced-image bit set on the lower levels, as
 * OpenSlide, QuPath, ASAP, libvips and tifffile take it. The description is one JSON object. */
#include "tiff-pyramid.h"

#include "common/mem.h"
#include "trailer.h"

#include <string.h>

/* ASAP hands a file to other readers when its description contains one of these; their last letter is written as a
 * JSON escape. (The letter is no hexadecimal digit and never follows a backslash, so no escape is torn.) */
static const char *const avoided[] = {"xml", "XML", "DICOM"};

static size_t avoided_length(const char *text)
{
    for (size_t i = 0; i < sizeof avoided / sizeof avoided[0]; i++)
        if (strncmp(text, avoided[i], strlen(avoided[i])) == 0) return strlen(avoided[i]);
    return 0;
}

static char *describe(const wsi_sink *sink, const json_t *facts)
{
    (void)sink;
    char *text = wsi_json_text(facts, 0);
    char *out = text ? wsi_calloc(strlen(text) + 1, 3) : NULL; /* three letters grow to eight at most */
    char *to = out;
    for (const char *from = text; out && *from;) {
        const size_t n = avoided_length(from);
        if (n == 0) {
            *to++ = *from++;
            continue;
        }
        static const char digits[] = "0123456789abcdef";
        const unsigned char last = (unsigned char)from[n - 1];
        memcpy(to, from, n - 1);
        memcpy(to + n - 1, "\\u00", 4);
        to[n + 3] = digits[last >> 4];
        to[n + 4] = digits[last & 15];
        to += n + 5;
        from += n;
    }
    wsi_free(text);
    return out;
}

static const wsi_tiff_profile profile = {"tiff", 0, 0, describe};

static wsi_status open_sink(wsi_sink *sink, wsi_error *err)
{
    return wsi_tiff_open(sink, &profile, err);
}

const wsi_writer wsi_writer_tiff = {
    .name = "tiff",
    .summary = "pyramidal TIFF, one page a level (OpenSlide, QuPath, ASAP, libvips)",
    .extension = ".tif",
    .many_results = 0,
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
