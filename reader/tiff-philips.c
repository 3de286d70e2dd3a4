/* Philips TIFF: levels are the tiled directories, padded to whole tiles; the XML in the first description gives every
 * level's pixel spacing, from which its true size follows. Label and macro are pages in strips, named in their own
 * descriptions. */
#include "tiff-levels.h"
#include "tiff-xml.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"

enum { DEPTH_MAX = 64 };

typedef struct spacings {
    int n;
    double x[WSI_LEVELS_MAX], y[WSI_LEVELS_MAX]; /* millimetres a pixel, level by level */
} spacings;

int wsi_tiff_is_philips(const wsi_tiff *t)
{
    const wsi_tiff_dir *d = t->dirs[0];
    return d->tiled && d->description && strstr(d->description, "<DataObject") && strstr(d->description, "DPUfsImport");
}

/* "0.000226891" "0.000226907": down, then across (DICOM's order). */
static int parse_spacing(const char *text, double *x, double *y)
{
    double v[2];
    for (int i = 0; i < 2; i++) {
        text += strcspn(text, "0123456789.");
        v[i] = wsi_parse_number(text);
        text += strspn(text, "0123456789.eE+-");
    }
    *y = v[0];
    *x = v[1];
    return v[0] > 0 && v[1] > 0;
}

static void take_spacing(xmlNode *node, spacings *s)
{
    xmlChar *text = xmlNodeGetContent(node);
    if (text && s->n < WSI_LEVELS_MAX && parse_spacing((const char *)text, &s->x[s->n], &s->y[s->n])) s->n++;
    xmlFree(text);
}

/* Spacings of the pixel data representations, in document order. */
static void collect(xmlNode *node, int inside, int depth, spacings *s)
{
    char name[64];
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE || depth > DEPTH_MAX) continue;
        const int named = wsi_tiff_xml_text(node, "Name", name, sizeof name);
        const int sequence = inside || (named && strcmp(name, "PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE") == 0);
        if (inside && named && strcmp(name, "DICOM_PIXEL_SPACING") == 0) take_spacing(node, s);
        collect(node->children, sequence, depth + 1, s);
    }
}

/* A side by its spacings; as it is where that makes no smaller one. */
static int64_t trimmed(int64_t stored, int64_t base, double spacing0, double spacing)
{
    const double side = (double)base * spacing0 / spacing;
    return side >= 1 && side < (double)stored ? (int64_t)side : stored;
}

/* Cuts the padding off: a level is as large as its spacing says, never larger than what is stored. */
static void trim(wsi_tiff_dir *d, const wsi_tiff_dir *base, const spacings *s, int level)
{
    d->w = trimmed(d->w, base->w, s->x[0], s->x[level]);
    d->h = trimmed(d->h, base->h, s->y[0], s->y[level]);
}

static wsi_status set_levels(wsi_slide *slide, wsi_tiff *t, const spacings *s, wsi_error *err)
{
    int n = 0;
    wsi_tiff_dir **levels = wsi_calloc((size_t)t->chain_count, sizeof *levels);
    WSI_RETURN_IF(!levels, WSI_ERR_NO_MEMORY, "philips: no memory for levels");
    for (int i = 1; i < t->chain_count; i++) {
        if (!t->dirs[i]->tiled) continue;
        levels[n++] = t->dirs[i];
        if (n < s->n) trim(t->dirs[i], t->dirs[0], s, n);
    }
    const wsi_status status = wsi_tiff_set_levels(slide, t, t->dirs[0], levels, n, err);
    wsi_free(levels);
    return status;
}

static wsi_status add_associated(wsi_slide *slide, wsi_tiff *t, wsi_error *err)
{
    for (int i = 1; i < t->chain_count; i++) {
        wsi_tiff_dir *d = t->dirs[i];
        if (d->tiled || !d->description) continue;
        if (strncmp(d->description, "Macro", 5) == 0) WSI_FORWARD(wsi_tiff_add_associated(slide, t, "macro", d, err));
        if (strncmp(d->description, "Label", 5) == 0) WSI_FORWARD(wsi_tiff_add_associated(slide, t, "label", d, err));
    }
    return WSI_OK;
}

wsi_status wsi_tiff_open_philips(wsi_slide *slide, wsi_tiff *t, wsi_error *err)
{
    spacings s = {0};
    xmlDoc *doc = wsi_tiff_xml_parse(t->dirs[0]->description, "DataObject");
    slide->info.vendor = "philips";
    if (doc) collect(xmlDocGetRootElement(doc), 0, 0, &s);
    if (doc) xmlFreeDoc(doc);
    WSI_FORWARD(set_levels(slide, t, &s, err));
    WSI_FORWARD(add_associated(slide, t, err));
    if (s.n > 0) {
        slide->info.mpp_x = 1000 * s.x[0];
        slide->info.mpp_y = 1000 * s.y[0];
    }
    /* The XML holds base64 images of the label: it is no property. */
    return wsi_slide_set_icc(slide, t->dirs[0]->icc, t->dirs[0]->icc_size, err);
}
