/* Aperio SVS: the description of the first directory says "Aperio", a size line, then key = value fields between bars.
 * Levels are the tiled directories; what comes in strips is the thumbnail (second directory), the label or the macro,
 * named by the first word of its description's second line. */
#include "tiff-levels.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"

enum { KEY_MAX = 64, VALUE_MAX = 512 };

int wsi_tiff_is_aperio(const wsi_tiff *t)
{
    const wsi_tiff_dir *d = t->dirs[0];
    return d->tiled && d->description && strncmp(d->description, "Aperio", 6) == 0;
}

/* Copies text[0 .. n) without blanks around it; 0 when it does not fit or nothing is left. */
static int trimmed(const char *text, size_t n, char *out, size_t room)
{
    while (n > 0 && strchr(" \t\r\n", text[0])) text++, n--;
    while (n > 0 && strchr(" \t\r\n", text[n - 1])) n--;
    if (n == 0 || n >= room) return 0;
    memcpy(out, text, n);
    out[n] = 0;
    return 1;
}

static wsi_status add_field(wsi_slide *slide, const char *field, size_t n, wsi_error *err)
{
    char key[KEY_MAX], value[VALUE_MAX], name[KEY_MAX + 8];
    const char *equals = memchr(field, '=', n);
    if (!equals) return WSI_OK;
    const size_t key_size = (size_t)(equals - field);
    if (!trimmed(field, key_size, key, sizeof key)) return WSI_OK;
    if (!trimmed(equals + 1, n - key_size - 1, value, sizeof value)) return WSI_OK;
    snprintf(name, sizeof name, "aperio.%s", key);
    return wsi_slide_add_property(slide, name, value, err);
}

static wsi_status add_fields(wsi_slide *slide, const char *description, wsi_error *err)
{
    for (const char *p = strchr(description, '|'); p; p = strchr(p, '|')) {
        p++;
        WSI_FORWARD(add_field(slide, p, strcspn(p, "|"), err));
    }
    return WSI_OK;
}

static void set_scale(wsi_slide *slide)
{
    const char *mpp = wsi_slide_property(slide, "aperio.MPP"), *power = wsi_slide_property(slide, "aperio.AppMag");
    if (mpp) slide->info.mpp_x = slide->info.mpp_y = wsi_parse_number(mpp);
    if (power) slide->info.objective = wsi_parse_number(power);
}

/* "Aperio Image Library v10.0.50\nlabel 387x463": the name is "label". */
static int name_of(const wsi_tiff_dir *d, char *out, size_t room)
{
    const char *line = d->description ? strchr(d->description, '\n') : NULL;
    if (!line) return 0;
    line += strspn(line, " \t\r\n");
    return trimmed(line, strcspn(line, " \t\r\n"), out, room);
}

static wsi_status add_associated(wsi_slide *slide, wsi_tiff *t, wsi_error *err)
{
    for (int i = 1; i < t->chain_count; i++) {
        char name[KEY_MAX];
        wsi_tiff_dir *d = t->dirs[i];
        if (wsi_tiff_is_level(slide, t, d) || d->tiled) continue;
        if (i == 1) {
            snprintf(name, sizeof name, "thumbnail");
        } else if (!name_of(d, name, sizeof name)) {
            continue;
        }
        WSI_FORWARD(wsi_tiff_add_associated(slide, t, name, d, err));
    }
    return WSI_OK;
}

wsi_status wsi_tiff_open_aperio(wsi_slide *slide, wsi_tiff *t, wsi_error *err)
{
    int n = 0;
    slide->info.vendor = "aperio";
    wsi_tiff_dir **levels = wsi_calloc((size_t)t->dir_count, sizeof *levels);
    WSI_RETURN_IF(!levels, WSI_ERR_NO_MEMORY, "tiff: no memory for levels");
    for (int i = 1; i < t->chain_count; i++) {
        if (t->dirs[i]->tiled) levels[n++] = t->dirs[i];
    }
    const wsi_status status = wsi_tiff_set_levels(slide, t, t->dirs[0], levels, n, err);
    wsi_free(levels);
    if (status != WSI_OK) return status;
    WSI_FORWARD(add_associated(slide, t, err));
    WSI_FORWARD(add_fields(slide, t->dirs[0]->description, err));
    set_scale(slide);
    return wsi_tiff_common_properties(slide, t->dirs[0], err);
}
