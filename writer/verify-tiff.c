/* TIFF, OME-TIFF and SVS outputs read back with libtiff: links between the levels, sizes, digests, every tile decoded.
 */
#include "verify.h"

#include "common/mem.h"
#include "tiff-pyramid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

/* libtiff's messages for one handle: the first error is the cause. */
typedef struct tiff_messages {
    char first[256];
} tiff_messages;

/* How the levels hang together. */
typedef enum layout { LAYOUT_PAGES = 0, LAYOUT_SUBIFDS, LAYOUT_APERIO } layout;

typedef struct level_buffers {
    unsigned char *encoded, *raw;
    uint64_t encoded_size, raw_size;
} level_buffers;

WSI_PRINTF(4, 0)
static int keep_first(TIFF *tif, void *user, const char *module, const char *fmt, va_list args)
{
    tiff_messages *m = user;
    (void)tif, (void)module;
    if (!m->first[0]) vsnprintf(m->first, sizeof m->first, fmt, args);
    return 1;
}

static int drop_warning(TIFF *tif, void *user, const char *module, const char *fmt, va_list args)
{
    (void)tif, (void)user, (void)module, (void)fmt, (void)args;
    return 1;
}

static TIFF *open_tiff(const char *path, tiff_messages *messages)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_first, messages);
    TIFFOpenOptionsSetWarningHandlerExtR(options, drop_warning, NULL);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)2 * WSI_TILE_BYTES_MAX);
    TIFF *tif = TIFFOpenExt(path, "rmO", options); /* not mapped; tables of tiles read on demand */
    TIFFOpenOptionsFree(options);
    return tif;
}

/* ---- Description ---- */

static xmlNodePtr child(xmlNodePtr parent, const char *name)
{
    for (xmlNodePtr node = parent ? parent->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0) return node;
    return NULL;
}

/* The comment annotation of our namespace in OME-XML, freed with wsi_free. */
static char *ome_facts(const char *text)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE;
    xmlDocPtr doc = xmlReadMemory(text, (int)strnlen(text, INT32_MAX), NULL, NULL, options);
    /* What is ours declares no entities: those of others may stand for far more text than the file has. */
    xmlNodePtr root = doc && !doc->intSubset ? xmlDocGetRootElement(doc) : NULL;
    xmlNodePtr comment = child(child(root, "StructuredAnnotations"), "CommentAnnotation");
    xmlChar *space = comment ? xmlGetProp(comment, BAD_CAST "Namespace") : NULL;
    xmlNodePtr value = space && strcmp((const char *)space, "wsiproc") == 0 ? child(comment, "Value") : NULL;
    xmlChar *content = value ? xmlNodeGetContent(value) : NULL;
    char *facts = content ? wsi_strdup((const char *)content) : NULL;
    xmlFree(content);
    xmlFree(space);
    xmlFreeDoc(doc);
    return facts;
}

/* The JSON in the fields of an Aperio description, freed with wsi_free. */
static char *aperio_facts(const char *text)
{
    const char *field = strstr(text, WSI_SVS_FACTS);
    const char *json = field ? field + strlen(WSI_SVS_FACTS) : NULL;
    return json ? wsi_strndup(json, strcspn(json, "|")) : NULL;
}

static int is_aperio(const char *text)
{
    return strncmp(text, "Aperio ", 7) == 0;
}

static wsi_status read_description(TIFF *tif, json_t **description, int *levels, layout *how, wsi_error *err)
{
    const char *text = NULL;
    WSI_RETURN_IF(!TIFFGetField(tif, TIFFTAG_IMAGEDESCRIPTION, &text) || !text, WSI_ERR_VERIFY,
                  "has no description: not made by wsiproc");
    *how = text[0] == '<' ? LAYOUT_SUBIFDS : is_aperio(text) ? LAYOUT_APERIO : LAYOUT_PAGES;
    if (*how == LAYOUT_PAGES) return wsi_verify_description(text, description, levels, err);
    char *facts = *how == LAYOUT_SUBIFDS ? ome_facts(text) : aperio_facts(text);
    WSI_RETURN_IF(!facts, WSI_ERR_VERIFY, "the description has nothing of wsiproc");
    const wsi_status status = wsi_verify_description(facts, description, levels, err);
    wsi_free(facts);
    return status;
}

/* ---- Tiles ---- */

static wsi_status check_tile(TIFF *tif, uint32_t tile, uint64_t file_size, level_buffers *b, wsi_level_record *record,
                             wsi_error *err)
{
    const uint64_t size = TIFFGetStrileByteCount(tif, tile), offset = TIFFGetStrileOffset(tif, tile);
    WSI_RETURN_IF(size == 0 || offset == 0 || offset > file_size || size > file_size - offset ||
                      size > (uint64_t)3 * WSI_TILE_BYTES_MAX,
                  WSI_ERR_VERIFY, "lies outside the file");
    if (b->encoded_size < size) {
        wsi_free(b->encoded);
        b->encoded = wsi_calloc((size_t)size, 1);
        b->encoded_size = b->encoded ? size : 0;
        WSI_RETURN_IF(!b->encoded, WSI_ERR_NO_MEMORY, "out of memory");
    }
    WSI_RETURN_IF(TIFFReadRawTile(tif, tile, b->encoded, (tmsize_t)size) != (tmsize_t)size, WSI_ERR_VERIFY,
                  "cannot be read");
    WSI_FORWARD(wsi_level_record_add(record, b->encoded, (size_t)size, err));
    WSI_RETURN_IF(!TIFFReadFromUserBuffer(tif, tile, b->encoded, (tmsize_t)size, b->raw, (tmsize_t)b->raw_size),
                  WSI_ERR_VERIFY, "cannot be decoded");
    return WSI_OK;
}

static wsi_status check_tiles(TIFF *tif, uint64_t file_size, uint32_t tiles_x, wsi_level_record *record, wsi_error *err)
{
    const uint32_t tiles = TIFFNumberOfTiles(tif);
    level_buffers b = {NULL, NULL, 0, TIFFTileSize64(tif)};
    WSI_RETURN_IF(b.raw_size == 0 || b.raw_size > WSI_TILE_BYTES_MAX, WSI_ERR_VERIFY, "has impossible tiles");
    b.raw = wsi_calloc((size_t)b.raw_size, 1);
    WSI_RETURN_IF(!b.raw, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_status status = WSI_OK;
    for (uint32_t tile = 0; tile < tiles && status == WSI_OK; tile++) {
        status = check_tile(tif, tile, file_size, &b, record, err);
        if (status != WSI_OK)
            (void)wsi_error_prefix(err, "tile (%" PRIu32 ",%" PRIu32 "): ", tile % tiles_x, tile / tiles_x);
    }
    wsi_free(b.encoded);
    wsi_free(b.raw);
    return status;
}

/* ---- Levels ---- */

/* What every page must be, and the decoder set up for it. */
static wsi_status check_page(TIFF *tif, layout how, int level, wsi_error *err)
{
    uint32_t subfile = 0;
    uint16_t codec = 0;
    const char *text = NULL;
    const uint32_t reduced = how != LAYOUT_APERIO && level > 0 ? FILETYPE_REDUCEDIMAGE : 0u;
    TIFFGetFieldDefaulted(tif, TIFFTAG_SUBFILETYPE, &subfile);
    WSI_RETURN_IF(subfile != reduced, WSI_ERR_VERIFY, "has subfile type %" PRIu32, subfile);
    WSI_RETURN_IF(how == LAYOUT_APERIO &&
                      (!TIFFGetField(tif, TIFFTAG_IMAGEDESCRIPTION, &text) || !text || !is_aperio(text)),
                  WSI_ERR_VERIFY, "has no description of Aperio's kind");
    TIFFGetFieldDefaulted(tif, TIFFTAG_COMPRESSION, &codec);
    WSI_RETURN_IF(!TIFFIsCODECConfigured(codec), WSI_ERR_VERIFY, "libtiff has no decoder for compression %d", codec);
    if (codec == COMPRESSION_JPEG) TIFFSetField(tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    return WSI_OK;
}

static wsi_status check_level(TIFF *tif, layout how, int level, const json_t *description, uint64_t file_size,
                              wsi_verify_counts *counts, wsi_error *err)
{
    uint32_t w = 0, h = 0, tile_w = 0, tile_h = 0;
    wsi_level_record record = {NULL, "", 0};
    WSI_RETURN_IF(!TIFFIsTiled(tif) || !TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &w) ||
                      !TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &h) || !TIFFGetField(tif, TIFFTAG_TILEWIDTH, &tile_w) ||
                      !TIFFGetField(tif, TIFFTAG_TILELENGTH, &tile_h) || w == 0 || h == 0 || tile_w == 0 ||
                      tile_h == 0 || tile_w > w + 16384 || tile_h > h + 16384,
                  WSI_ERR_VERIFY, "is not a tiled image");
    WSI_FORWARD(check_page(tif, how, level, err));
    WSI_FORWARD(wsi_digest_create(WSI_DIGEST_SHA256, &record.digest, err));
    wsi_status status = check_tiles(tif, file_size, (w - 1) / tile_w + 1, &record, err);
    if (status == WSI_OK) status = wsi_digest_hex(record.digest, record.sha256, err);
    wsi_digest_destroy(&record.digest);
    WSI_FORWARD(status);
    counts->levels++;
    counts->tiles += TIFFNumberOfTiles(tif);
    counts->bytes += record.bytes;
    return wsi_verify_level(description, level, w, h, TIFFNumberOfTiles(tif), record.bytes, record.sha256, err);
}

/* Offsets of the lower levels of an OME-TIFF; there must be `count` of them. */
static wsi_status read_subifds(TIFF *tif, int count, uint64_t offsets[WSI_LEVELS_MAX], wsi_error *err)
{
    uint16_t n = 0;
    const uint64_t *list = NULL;
    if (count == 0) return WSI_OK;
    WSI_RETURN_IF(!TIFFGetField(tif, TIFFTAG_SUBIFD, &n, &list) || n != count || !list, WSI_ERR_VERIFY,
                  "has %d levels below the first instead of %d", n, count);
    memcpy(offsets, list, (size_t)count * sizeof *offsets);
    return WSI_OK;
}

/* The page that is no level: in strips, small, and decodable. */
static wsi_status check_thumbnail(TIFF *tif, wsi_error *err)
{
    uint32_t w = 0, h = 0;
    WSI_RETURN_IF(TIFFIsTiled(tif) || !TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &w) ||
                      !TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &h) || w == 0 || h == 0 || w > WSI_TIFF_THUMBNAIL_EDGE ||
                      h > WSI_TIFF_THUMBNAIL_EDGE,
                  WSI_ERR_VERIFY, "is not a small image in strips");
    WSI_FORWARD(check_page(tif, LAYOUT_APERIO, 0, err));
    const tmsize_t size = TIFFStripSize(tif);
    WSI_RETURN_IF(size <= 0 || size > WSI_TILE_BYTES_MAX, WSI_ERR_VERIFY, "has impossible strips");
    unsigned char *strip = wsi_calloc((size_t)size, 1);
    WSI_RETURN_IF(!strip, WSI_ERR_NO_MEMORY, "out of memory");
    const uint32_t strips = TIFFNumberOfStrips(tif);
    uint32_t good = 0;
    while (good < strips && TIFFReadEncodedStrip(tif, good, strip, size) > 0) good++;
    wsi_free(strip);
    WSI_RETURN_IF(good < strips, WSI_ERR_VERIFY, "strip %" PRIu32 " cannot be decoded", good);
    return WSI_OK;
}

/* From level 0 to what follows it in Aperio's order. */
static wsi_status pass_thumbnail(TIFF *tif, wsi_error *err)
{
    const wsi_status status = TIFFReadDirectory(tif) ? check_thumbnail(tif, err)
                                                     : wsi_error_set(err, WSI_ERR_VERIFY, "is missing or damaged");
    if (status != WSI_OK) (void)wsi_error_prefix(err, "thumbnail: ");
    return status;
}

static wsi_status go_to_level(TIFF *tif, int level, layout how, const uint64_t *subifds, wsi_error *err)
{
    if (level == 0) return WSI_OK;
    const int found = how == LAYOUT_SUBIFDS ? TIFFSetSubDirectory(tif, subifds[level - 1]) : TIFFReadDirectory(tif);
    WSI_RETURN_IF(!found, WSI_ERR_VERIFY, "level %d is missing or damaged", level);
    return WSI_OK;
}

static wsi_status check_levels(TIFF *tif, const json_t *description, int levels, layout how, uint64_t file_size,
                               wsi_verify_counts *counts, wsi_error *err)
{
    uint64_t subifds[WSI_LEVELS_MAX] = {0};
    const int pages = how != LAYOUT_SUBIFDS;
    if (!pages) WSI_FORWARD(read_subifds(tif, levels - 1, subifds, err));
    WSI_RETURN_IF(!pages && !TIFFLastDirectory(tif), WSI_ERR_VERIFY, "has more than one image");
    for (int l = 0; l < levels; l++) {
        WSI_FORWARD(go_to_level(tif, l, how, subifds, err));
        const wsi_status status = check_level(tif, how, l, description, file_size, counts, err);
        if (status != WSI_OK) {
            (void)wsi_error_prefix(err, "level %d: ", l);
            return status;
        }
        if (l == 0 && how == LAYOUT_APERIO) WSI_FORWARD(pass_thumbnail(tif, err));
    }
    WSI_RETURN_IF(pages && !TIFFLastDirectory(tif), WSI_ERR_VERIFY, "has more than %d pages",
                  levels + (how == LAYOUT_APERIO));
    return WSI_OK;
}

static wsi_status check_open(TIFF *tif, uint64_t file_size, json_t *results, wsi_verify_counts *counts, wsi_error *err)
{
    json_t *description = NULL;
    int levels = 0;
    layout how = LAYOUT_PAGES;
    WSI_FORWARD(read_description(tif, &description, &levels, &how, err));
    const wsi_status status = check_levels(tif, description, levels, how, file_size, counts, err);
    if (status == WSI_OK) json_array_append(results, json_object_get(description, "result"));
    json_decref(description);
    return status;
}

wsi_status wsi_verify_tiff(int fd, const char *path, json_t *results, wsi_verify_counts *counts, wsi_error *err)
{
    struct stat st;
    tiff_messages messages = {""};
    WSI_RETURN_IF(fstat(fd, &st) != 0, WSI_ERR_OUTPUT, "cannot read");
    TIFF *tif = open_tiff(path, &messages);
    const wsi_status status = tif ? check_open(tif, (uint64_t)st.st_size, results, counts, err)
                                  : wsi_error_set(err, WSI_ERR_VERIFY, "cannot be opened as TIFF");
    if (tif) TIFFClose(tif);
    if (status != WSI_OK && err && messages.first[0]) {
        char what[WSI_ERROR_MESSAGE_MAX];
        snprintf(what, sizeof what, "%s", err->message);
        return wsi_error_set(err, status, "%s (%s)", what, messages.first);
    }
    return status;
}
