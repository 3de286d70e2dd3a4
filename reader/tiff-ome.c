/* OME-TIFF: OME-XML in the first directory's description says which directory holds which plane (TiffData), how large a
 * pixel is and what the objective was.
 *
 * The slide is the first Image at z = 0, t = 0. Channels in directories of their own become the channels of one slide
 * when their sizes and types agree. Lower levels are SubIFDs; older writers put them into the main chain. Planes kept
 * in other files are not followed. */
#include "tiff-levels.h"
#include "tiff-xml.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"

enum { PLANES_MAX = 1 << 20, NAME_MAX_BYTES = 128, ID_MAX = 256, IMAGES_MAX = 64 };

typedef struct ome {
    xmlDoc *doc;
    xmlNode *root, *image, *pixels;
    int channels;              /* directories that make up a pixel */
    int size[3];               /* planes along the dimensions, in file order */
    int c_at, z_at, t_at;      /* where C, Z and T stand in that order */
    int ifd[WSI_CHANNELS_MAX]; /* main-chain index of channel c, or -1 */
    unsigned char *used;       /* main-chain directories that hold planes of the first image */
} ome;

int wsi_tiff_is_ome(const wsi_tiff *t)
{
    const char *text = t->dirs[0]->description;
    if (!text || !strstr(text, "<OME") || !strstr(text, "openmicroscopy.org")) return 0;
    xmlDoc *doc = wsi_tiff_xml_parse(text, "OME");
    if (doc) xmlFreeDoc(doc);
    return doc != NULL;
}

/* Whether a TiffData element speaks of another file. A renamed file keeps its UUID. */
static int is_elsewhere(const ome *o, xmlNode *tiff_data, const char *path)
{
    char own[ID_MAX], name[ID_MAX];
    xmlNode *uuid = wsi_tiff_xml_first(tiff_data, "UUID");
    if (!uuid) return 0;
    if (wsi_tiff_xml_text(o->root, "UUID", own, sizeof own)) {
        xmlChar *text = xmlNodeGetContent(uuid);
        const int same = text && strcmp((const char *)text, own) == 0;
        xmlFree(text);
        return !same;
    }
    const char *slash = strrchr(path, '/');
    return wsi_tiff_xml_text(uuid, "FileName", name, sizeof name) && strcmp(name, slash ? slash + 1 : path) != 0;
}

/* Notes that `count` planes from position first on lie in consecutive directories. */
static void map_run(ome *o, const wsi_tiff *t, const int first[3], int ifd, int count)
{
    int at[3] = {first[0], first[1], first[2]};
    for (int i = 0; i < count && ifd < t->chain_count; i++, ifd++) {
        if (at[2] >= o->size[2] || at[o->c_at] >= o->channels) return;
        o->used[ifd] = 1;
        if (at[o->z_at] == 0 && at[o->t_at] == 0) o->ifd[at[o->c_at]] = ifd;
        for (int d = 0; d < 3 && ++at[d] >= o->size[d] && d < 2; d++) at[d] = 0;
    }
}

static void map_planes(ome *o, const wsi_tiff *t, const char *path)
{
    for (int c = 0; c < WSI_CHANNELS_MAX; c++) o->ifd[c] = -1;
    xmlNode *data = wsi_tiff_xml_first(o->pixels, "TiffData");
    if (!data) map_run(o, t, (const int[3]){0, 0, 0}, 0, PLANES_MAX);
    for (; data; data = wsi_tiff_xml_next(data, "TiffData")) {
        int first[3];
        if (is_elsewhere(o, data, path)) continue;
        first[o->c_at] = wsi_tiff_xml_int(data, "FirstC", PLANES_MAX, 0);
        first[o->z_at] = wsi_tiff_xml_int(data, "FirstZ", PLANES_MAX, 0);
        first[o->t_at] = wsi_tiff_xml_int(data, "FirstT", PLANES_MAX, 0);
        if (first[0] >= o->size[0] || first[1] >= o->size[1] || first[2] >= o->size[2]) continue;
        const int ifd = wsi_tiff_xml_int(data, "IFD", WSI_TIFF_DIRS_MAX, -1);
        const int count = wsi_tiff_xml_int(data, "PlaneCount", PLANES_MAX, ifd < 0 ? PLANES_MAX : 1);
        map_run(o, t, first, ifd < 0 ? 0 : ifd, count);
    }
}

/* FirstC counts samples in the model; a directory with several samples holds that many of them. */
static wsi_status read_dimensions(ome *o, const wsi_tiff_dir *d, wsi_error *err)
{
    char order[8] = "XYCZT";
    wsi_tiff_xml_text(o->pixels, "DimensionOrder", order, sizeof order);
    const char *c = strchr(order, 'C'), *z = strchr(order, 'Z'), *t = strchr(order, 'T');
    WSI_RETURN_IF(strlen(order) != 5 || strncmp(order, "XY", 2) != 0 || !c || !z || !t, WSI_ERR_INPUT_CORRUPT,
                  "ome: dimension order %s", order);
    o->c_at = (int)(c - order) - 2;
    o->z_at = (int)(z - order) - 2;
    o->t_at = (int)(t - order) - 2;
    const int samples =
        wsi_tiff_xml_int(wsi_tiff_xml_first(o->pixels, "Channel"), "SamplesPerPixel", 65535, d->samples);
    const int size_c = wsi_tiff_xml_int(o->pixels, "SizeC", PLANES_MAX, 1);
    o->channels = samples > 0 && size_c > samples ? size_c / samples : 1;
    WSI_RETURN_IF(o->channels > WSI_CHANNELS_MAX, WSI_ERR_INPUT_UNSUPPORTED,
                  "ome: %d channels, at most %d are supported", o->channels, WSI_CHANNELS_MAX);
    o->size[o->c_at] = o->channels;
    o->size[o->z_at] = wsi_tiff_xml_int(o->pixels, "SizeZ", PLANES_MAX, 1);
    o->size[o->t_at] = wsi_tiff_xml_int(o->pixels, "SizeT", PLANES_MAX, 1);
    return WSI_OK;
}

static double micrometres(xmlNode *pixels, const char *name, const char *unit_name)
{
    static const struct {
        const char *unit;
        double factor;
    } units[] = {{"\xC2\xB5m", 1}, {"\xCE\xBCm", 1}, {"um", 1}, {"nm", 1e-3}, {"mm", 1e3}, {"cm", 1e4}, {"m", 1e6}};
    char value[64], unit[32] = "um";
    if (!wsi_tiff_xml_text(pixels, name, value, sizeof value)) return 0;
    wsi_tiff_xml_text(pixels, unit_name, unit, sizeof unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].unit, unit) == 0) return wsi_parse_number(value) * units[i].factor;
    }
    return 0;
}

/* Magnification of the objective that the image names, or of the only one there is. */
static double objective(const ome *o)
{
    char wanted[ID_MAX] = "", id[ID_MAX], power[64];
    wsi_tiff_xml_text(wsi_tiff_xml_first(o->image, "ObjectiveSettings"), "ID", wanted, sizeof wanted);
    for (xmlNode *i = wsi_tiff_xml_first(o->root, "Instrument"); i; i = wsi_tiff_xml_next(i, "Instrument")) {
        for (xmlNode *n = wsi_tiff_xml_first(i, "Objective"); n; n = wsi_tiff_xml_next(n, "Objective")) {
            if (wanted[0] && !(wsi_tiff_xml_text(n, "ID", id, sizeof id) && strcmp(id, wanted) == 0)) continue;
            if (wsi_tiff_xml_text(n, "NominalMagnification", power, sizeof power)) return wsi_parse_number(power);
        }
    }
    return 0;
}

/* All channels' directories, if they fit together; else the number is 1 and out[0] the first plane there is. */
static int gather_planes(const wsi_slide *slide, const ome *o, const wsi_tiff *t, wsi_tiff_dir **out)
{
    out[0] = t->dirs[o->ifd[0] >= 0 ? o->ifd[0] : 0];
    for (int c = 1; c < o->channels; c++) {
        wsi_tiff_dir *d = o->ifd[c] >= 0 ? t->dirs[o->ifd[c]] : NULL;
        if (d && wsi_tiff_same_format(out[0], d) && wsi_tiff_same_tiles(out[0], d) &&
            (c + 1) * d->fmt.channels <= WSI_CHANNELS_MAX) {
            out[c] = d;
            continue;
        }
        wsi_log_write(wsi_slide_log(slide), WSI_LOG_WARNING,
                      "%s: channel %d is missing or of another kind than channel 0: only channel 0 is read",
                      slide->info.path, c);
        return 1;
    }
    return o->channels;
}

/* Levels of a single directory: its SubIFDs; without any, reduced copies in the main chain that hold no other plane. */
static wsi_status set_levels(wsi_slide *slide, wsi_tiff *t, const ome *o, wsi_tiff_dir *base, wsi_error *err)
{
    int n, fitting = 0;
    wsi_tiff_dir *const *candidates = wsi_tiff_sub_dirs(t, base, &n);
    const int in_chain = n == 0;
    if (in_chain) candidates = t->dirs, n = t->chain_count;
    wsi_tiff_dir **list = wsi_calloc((size_t)n + 1, sizeof *list);
    WSI_RETURN_IF(!list, WSI_ERR_NO_MEMORY, "ome: no memory for levels");
    for (int i = 0; i < n; i++) {
        if (in_chain && (o->used[i] || candidates[i]->tiled != base->tiled)) continue;
        if (wsi_tiff_is_reduction(base, candidates[i])) list[fitting++] = candidates[i];
    }
    const wsi_status status = wsi_tiff_set_levels(slide, t, base, list, fitting, err);
    wsi_free(list);
    return status;
}

/* Further images (label, macro, overview) are associated ones, by their names. */
static wsi_status add_associated(wsi_slide *slide, wsi_tiff *t, const ome *o, wsi_error *err)
{
    int number = 1;
    xmlNode *image = wsi_tiff_xml_next(o->image, "Image");
    for (; image && number < IMAGES_MAX; image = wsi_tiff_xml_next(image, "Image"), number++) {
        char name[NAME_MAX_BYTES];
        xmlNode *data = wsi_tiff_xml_first(wsi_tiff_xml_first(image, "Pixels"), "TiffData");
        const int ifd = wsi_tiff_xml_int(data, "IFD", t->chain_count - 1, -1);
        if (ifd < 0 || o->used[ifd] || is_elsewhere(o, data, slide->info.path)) continue;
        if (wsi_tiff_is_level(slide, t, t->dirs[ifd])) continue;
        if (!wsi_tiff_xml_text(image, "Name", name, sizeof name) || !name[0]) {
            snprintf(name, sizeof name, "image-%d", number);
        }
        WSI_FORWARD(wsi_tiff_add_associated(slide, t, name, t->dirs[ifd], err));
    }
    return WSI_OK;
}

static wsi_status add_channel_names(wsi_slide *slide, const ome *o, wsi_error *err)
{
    int c = 0;
    for (xmlNode *n = wsi_tiff_xml_first(o->pixels, "Channel"); n && c < o->channels; c++) {
        char key[32], name[NAME_MAX_BYTES];
        snprintf(key, sizeof key, "ome.channel[%d]", c);
        if (wsi_tiff_xml_text(n, "Name", name, sizeof name)) WSI_FORWARD(wsi_slide_add_property(slide, key, name, err));
        n = wsi_tiff_xml_next(n, "Channel");
    }
    return WSI_OK;
}

static wsi_status describe(wsi_slide *slide, wsi_tiff *t, ome *o, wsi_error *err)
{
    wsi_tiff_dir *planes[WSI_CHANNELS_MAX];
    WSI_FORWARD(read_dimensions(o, t->dirs[0], err));
    map_planes(o, t, slide->info.path);
    const int n = gather_planes(slide, o, t, planes);
    if (n > 1) {
        WSI_FORWARD(wsi_tiff_set_planes(slide, t, planes, n, err));
    } else {
        WSI_FORWARD(set_levels(slide, t, o, planes[0], err));
    }
    WSI_FORWARD(add_associated(slide, t, o, err));
    WSI_FORWARD(add_channel_names(slide, o, err));
    slide->info.mpp_x = micrometres(o->pixels, "PhysicalSizeX", "PhysicalSizeXUnit");
    slide->info.mpp_y = micrometres(o->pixels, "PhysicalSizeY", "PhysicalSizeYUnit");
    slide->info.objective = objective(o);
    return wsi_tiff_common_properties(slide, planes[0], err);
}

wsi_status wsi_tiff_open_ome(wsi_slide *slide, wsi_tiff *t, wsi_error *err)
{
    ome o = {.doc = wsi_tiff_xml_parse(t->dirs[0]->description, "OME")};
    slide->info.vendor = "ome";
    o.root = o.doc ? xmlDocGetRootElement(o.doc) : NULL;
    o.image = wsi_tiff_xml_first(o.root, "Image");
    o.pixels = wsi_tiff_xml_first(o.image, "Pixels");
    o.used = wsi_calloc((size_t)t->chain_count, 1);
    wsi_status status;
    if (!o.used) {
        status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "ome: no memory");
    } else if (!o.pixels) { /* metadata kept in a companion file: the pixels are still a TIFF */
        status = wsi_tiff_open_generic(slide, t, err);
    } else {
        status = describe(slide, t, &o, err);
    }
    wsi_free(o.used);
    if (o.doc) xmlFreeDoc(o.doc);
    return status;
}
