/* Filling in a slide's description: properties, levels, associated images, background. Used by drivers in open, on
 * one thread; everything is owned by the slide. Text from files is cleaned here, once: valid UTF-8, no control
 * characters. */
#include "reader-private.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/plain-locale.h"

enum { PROPERTIES_MAX = 4096, ASSOCIATED_MAX = 64, PROPERTY_TEXT_MAX = 1 << 20 };

const wsi_log *wsi_slide_log(const wsi_slide *slide)
{
    return slide->has_log ? &slide->log : NULL;
}

wsi_status wsi_slide_keep(wsi_slide *slide, void *p, wsi_error *err)
{
    if (p && slide->kept_count == slide->kept_room) {
        const size_t room = slide->kept_room ? 2 * slide->kept_room : 32;
        void **grown = wsi_realloc_array(slide->kept, room, sizeof *grown);
        if (!grown) {
            wsi_free(p);
            p = NULL;
        } else {
            slide->kept = grown;
            slide->kept_room = room;
        }
    }
    WSI_RETURN_IF(!p, WSI_ERR_NO_MEMORY, "no memory for the slide's description");
    slide->kept[slide->kept_count++] = p;
    return WSI_OK;
}

/* Bytes of the UTF-8 character at s (s[0] >= 0x80), or 0 when it is none. */
static size_t utf8_length(const unsigned char *s)
{
    const size_t n = s[0] >= 0xC2 && s[0] < 0xE0 ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : s[0] >= 0xF0 && s[0] < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) return 0;
    }
    if (n == 3 && ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] >= 0xA0))) return 0;
    if (n == 4 && ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] >= 0x90))) return 0;
    return n;
}

static int is_utf8(const unsigned char *s)
{
    while (*s) {
        const size_t n = *s < 0x80 ? 1 : utf8_length(s);
        if (n == 0) return 0;
        s += n;
    }
    return 1;
}

/* Copy of text with no control characters, in UTF-8. NULL on refusal. */
static char *clean_text(const char *text)
{
    const size_t n = strnlen(text, PROPERTY_TEXT_MAX);
    char *copy = wsi_strndup(text, n);
    if (!copy) return NULL;
    const int latin1 = !is_utf8((const unsigned char *)copy);
    wsi_free(copy);
    unsigned char *out = wsi_calloc(2 * n + 1, 1);
    if (!out) return NULL;
    size_t o = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7F) {
            out[o++] = ' ';
        } else if (c < 0x80 || !latin1) {
            out[o++] = c;
        } else if (c >= 0xA0) {
            out[o++] = (unsigned char)(0xC0 | c >> 6);
            out[o++] = (unsigned char)(0x80 | (c & 0x3F));
        } else {
            out[o++] = '?';
        }
    }
    return (char *)out;
}

wsi_status wsi_slide_add_property(wsi_slide *slide, const char *key, const char *value, wsi_error *err)
{
    const int n = slide->info.property_count;
    if (n >= PROPERTIES_MAX) return WSI_OK;
    wsi_property *grown = wsi_realloc_array(slide->properties, (size_t)n + 1, sizeof *grown);
    WSI_RETURN_IF(!grown, WSI_ERR_NO_MEMORY, "no memory for properties");
    slide->properties = grown;
    slide->info.properties = grown;
    char *k = clean_text(key);
    WSI_FORWARD(wsi_slide_keep(slide, k, err));
    char *v = clean_text(value);
    WSI_FORWARD(wsi_slide_keep(slide, v, err));
    grown[n] = (wsi_property){k, v};
    slide->info.property_count = n + 1;
    return WSI_OK;
}

wsi_status wsi_slide_add_propertyf(wsi_slide *slide, wsi_error *err, const char *key, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    wsi_plain_vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return wsi_slide_add_property(slide, key, text, err);
}

const char *wsi_slide_property(const wsi_slide *slide, const char *key)
{
    if (!slide || !key) return NULL;
    for (int i = 0; i < slide->info.property_count; i++) {
        if (strcmp(slide->properties[i].key, key) == 0) return slide->properties[i].value;
    }
    return NULL;
}

wsi_status wsi_slide_add_associated(wsi_slide *slide, const char *name, int64_t w, int64_t h, wsi_error *err)
{
    const int n = slide->info.associated_count;
    WSI_RETURN_IF(n >= ASSOCIATED_MAX, WSI_ERR_INTERNAL, "too many associated images");
    wsi_associated *grown = wsi_realloc_array(slide->associated, (size_t)n + 1, sizeof *grown);
    WSI_RETURN_IF(!grown, WSI_ERR_NO_MEMORY, "no memory for associated images");
    slide->associated = grown;
    slide->info.associated = grown;
    char *copy = clean_text(name);
    WSI_FORWARD(wsi_slide_keep(slide, copy, err));
    grown[n] = (wsi_associated){copy, w, h};
    slide->info.associated_count = n + 1;
    return WSI_OK;
}

wsi_status wsi_slide_set_icc(wsi_slide *slide, const void *icc, size_t size, wsi_error *err)
{
    if (!icc || size == 0) return WSI_OK;
    void *copy = wsi_calloc(size, 1);
    WSI_FORWARD(wsi_slide_keep(slide, copy, err));
    memcpy(copy, icc, size);
    slide->info.icc = copy;
    slide->info.icc_size = size;
    return WSI_OK;
}

wsi_status wsi_slide_add_level(wsi_slide *slide, const wsi_level *level, wsi_error *err)
{
    wsi_slide_info *info = &slide->info;
    WSI_RETURN_IF(info->level_count >= WSI_LEVELS_MAX, WSI_ERR_INPUT_UNSUPPORTED, "more than %d levels",
                  WSI_LEVELS_MAX);
    WSI_RETURN_IF(level->w <= 0 || level->h <= 0 || level->w > INT32_MAX || level->h > INT32_MAX, WSI_ERR_INPUT_CORRUPT,
                  "impossible level size %lld x %lld", (long long)level->w, (long long)level->h);
    wsi_level *l = &info->levels[info->level_count];
    *l = *level;
    l->tiles_x = (l->w + l->tile_w - 1) / l->tile_w;
    l->tiles_y = (l->h + l->tile_h - 1) / l->tile_h;
    l->downsample = 1;
    if (info->level_count > 0) {
        l->downsample = ((double)info->levels[0].w / (double)l->w + (double)info->levels[0].h / (double)l->h) / 2;
    }
    info->level_count++;
    return WSI_OK;
}

static void put_sample(unsigned char *out, wsi_dtype type, double v)
{
    switch (type) {
    case WSI_F32:
        memcpy(out, &(float){(float)v}, 4);
        break;
    case WSI_F64:
        memcpy(out, &v, 8);
        break;
    default: { /* integers: two's complement, little-endian hosts only (checked by the build) */
        const int64_t i = (int64_t)v;
        memcpy(out, &i, wsi_dtype_size(type));
        break;
    }
    }
}

static void put_background(wsi_slide *slide, int channel, double value)
{
    const wsi_dtype type = slide->info.fmt.type;
    slide->info.background[channel] = value;
    put_sample(slide->background + (size_t)channel * wsi_dtype_size(type), type, value);
}

double wsi_slide_white(wsi_dtype type)
{
    static const double most[WSI_DTYPE_COUNT] = {[WSI_U8] = UINT8_MAX,  [WSI_I8] = INT8_MAX,    [WSI_U16] = UINT16_MAX,
                                                 [WSI_I16] = INT16_MAX, [WSI_U32] = UINT32_MAX, [WSI_I32] = INT32_MAX};
    return most[type];
}

/* Smallest and largest value of a type. */
static void range_of(wsi_dtype type, double *low, double *high)
{
    const int floats = type == WSI_F32 || type == WSI_F64,
              is_signed = type == WSI_I8 || type == WSI_I16 || type == WSI_I32;
    *high = type == WSI_BOOL ? 1 : type == WSI_F32 ? FLT_MAX : type == WSI_F64 ? DBL_MAX : wsi_slide_white(type);
    *low = floats ? -*high : is_signed ? -*high - 1 : 0;
}

wsi_status wsi_slide_set_background(wsi_slide *slide, const double *values, wsi_error *err)
{
    const wsi_dtype type = slide->info.fmt.type;
    double low, high;
    range_of(type, &low, &high);
    for (int c = 0; c < slide->info.fmt.channels; c++) {
        WSI_RETURN_IF(!(values[c] >= low && values[c] <= high), WSI_ERR_USAGE,
                      "background %g of channel %d is no value of %s", values[c], c, wsi_dtype_name(type));
        put_background(slide, c, values[c]);
    }
    return WSI_OK;
}

wsi_status wsi_slide_set_format(wsi_slide *slide, wsi_pixfmt fmt, wsi_photometric photometric, double background,
                                wsi_error *err)
{
    WSI_RETURN_IF(fmt.channels < 1 || fmt.channels > WSI_CHANNELS_MAX, WSI_ERR_INPUT_UNSUPPORTED,
                  "%d channels, at most %d are supported", fmt.channels, WSI_CHANNELS_MAX);
    slide->info.fmt = fmt;
    slide->info.photometric = photometric;
    for (int c = 0; c < fmt.channels; c++) put_background(slide, c, background);
    return WSI_OK;
}

void wsi_slide_fill_background(const wsi_slide *slide, const wsi_image *dst)
{
    wsi_image_fill(dst, slide->background);
}

double wsi_parse_number(const char *text)
{
    const char *digits = text + strspn(text, " \t+-");
    /* strtod would read hexadecimal, too */
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) return 0;
    const double v = wsi_plain_strtod(text, NULL);
    return isfinite(v) ? v : 0;
}
