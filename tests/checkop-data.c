/* Random pixels and parameters for checkop; values come from the tables' own ranges. */
#include "checkop-data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"

static void type_limits(wsi_dtype type, double *lo, double *hi)
{
    static const double limits[WSI_DTYPE_COUNT][2] = {
        {0, 1},  {0, 255}, {-128, 127}, {0, 65535}, {-32768, 32767}, {0, 4294967295.0}, {-2147483648.0, 2147483647.0},
        {-1, 1}, {-1, 1}};
    *lo = limits[type][0];
    *hi = limits[type][1];
}

static void write_sample(void *at, wsi_dtype type, double v)
{
    switch (type) {
    case WSI_I8:
        *(int8_t *)at = (int8_t)v;
        break;
    case WSI_U16:
        *(uint16_t *)at = (uint16_t)v;
        break;
    case WSI_I16:
        *(int16_t *)at = (int16_t)v;
        break;
    case WSI_U32:
        *(uint32_t *)at = (uint32_t)v;
        break;
    case WSI_I32:
        *(int32_t *)at = (int32_t)v;
        break;
    case WSI_F32:
        *(float *)at = (float)v;
        break;
    case WSI_F64:
        *(double *)at = v;
        break;
    default:
        *(uint8_t *)at = (uint8_t)v;
        break;
    }
}

double read_sample(const wsi_image *im, int64_t x, int64_t y, int c)
{
    const char *at = (const char *)wsi_image_row(im, y) + (size_t)x * wsi_pixfmt_size(im->fmt) +
                     (size_t)c * wsi_dtype_size(im->fmt.type);
    switch (im->fmt.type) {
    case WSI_I8:
        return *(const int8_t *)at;
    case WSI_U16:
        return *(const uint16_t *)at;
    case WSI_I16:
        return *(const int16_t *)at;
    case WSI_U32:
        return *(const uint32_t *)at;
    case WSI_I32:
        return *(const int32_t *)at;
    case WSI_F32:
        return (double)*(const float *)at;
    case WSI_F64:
        return *(const double *)at;
    default:
        return *(const uint8_t *)at;
    }
}

static double random_value(rng *r, wsi_dtype type, fill how)
{
    static const double special[] = {NAN, INFINITY, -INFINITY, -0.0, 1e-40};
    double lo, hi;
    type_limits(type, &lo, &hi);
    const int real = type == WSI_F32 || type == WSI_F64;
    switch (how) {
    case FILL_LOWEST:
        return lo;
    case FILL_HIGHEST:
        return hi;
    case FILL_ZERO:
        return 0;
    case FILL_LEVELS:
        return real ? (double)(rng_below(r, 5) - 2) / 2 : lo + (double)rng_below(r, 2) * (hi - lo);
    case FILL_SPECIAL:
        if (real && rng_below(r, 20) == 0) return special[rng_below(r, 5)];
        break;
    default:
        break;
    }
    return real ? lo + rng_unit(r) * (hi - lo) : floor(lo + rng_unit(r) * (hi - lo + 1));
}

void fill_image(rng *r, const wsi_image *im, fill how)
{
    for (int64_t y = 0; y < im->h; y++)
        for (int64_t i = 0; i < im->w * im->fmt.channels; i++)
            write_sample((char *)wsi_image_row(im, y) + (size_t)i * wsi_dtype_size(im->fmt.type), im->fmt.type,
                         random_value(r, im->fmt.type, how));
}

plane plane_of(const wsi_image *im)
{
    plane p = {im->w, im->h, im->fmt.channels, im->fmt.type, NULL};
    p.v = (double *)wsi_calloc((size_t)(im->w * im->h * im->fmt.channels), sizeof(double));
    for (int64_t y = 0; y < im->h; y++)
        for (int64_t x = 0; x < im->w; x++)
            for (int c = 0; c < im->fmt.channels; c++) *plane_at(&p, x, y, c) = read_sample(im, x, y, c);
    return p;
}

/* A number for a row: within its range (small values where that is long), or, without one, a value of the image. */
static double random_number(rng *r, const wsi_param *row, wsi_dtype type)
{
    if (row->min > row->max) return random_value(r, type, FILL_NOISE);
    const double usual = row->type == WSI_PARAM_INT ? (rng_below(r, 8) == 0 ? 18 : 8) : 6;
    const double span = fmin(row->max - row->min, usual);
    const double from = row->min < -6 ? -1 : row->min;
    if (row->type == WSI_PARAM_INT) return from + (double)rng_below(r, (int64_t)span + 1);
    return rng_below(r, 8) == 0 ? from : from + rng_unit(r) * span;
}

static void random_list(rng *r, const wsi_param *row, wsi_dtype type, char *text, size_t size)
{
    const int n = row->min_count + (int)rng_below(r, row->max_count - row->min_count + 1);
    double first = random_number(r, row, type);
    size_t at = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < n && at < size; i++) {
        /* Rising, so that a list may be a range. */
        double v = i ? first + fabs(random_number(r, row, type)) * (row->min > row->max) : first;
        if (row->flags & WSI_PARAM_WHOLE) v = floor(v);
        at += (size_t)snprintf(text + at, size - at, "%s%.9g", i ? "," : "", v);
        first = row->min > row->max ? v : random_number(r, row, type);
    }
    if (at < size) snprintf(text + at, size - at, "]");
}

static void random_word(rng *r, const wsi_param *row, char *text, size_t size)
{
    int n = 0;
    while (row->names[n]) n++;
    snprintf(text, size, "%s", row->names[rng_below(r, n)]);
}

/* Another image: one that the step has already, or one more. */
static int random_image(rng *r, int *images)
{
    if (*images == 1 || (*images < WSI_OP_INPUTS_MAX && rng_below(r, 4))) return (*images)++;
    return 1 + (int)rng_below(r, *images - 1);
}

/* A list has words where it has names. */
static int is_word(rng *r, const wsi_param *row)
{
    return row->names && (row->type == WSI_PARAM_ENUM || rng_below(r, 2));
}

static void random_text(rng *r, const wsi_param *row, wsi_dtype type, char *text, size_t size, int *images)
{
    const int image = row->type == WSI_PARAM_IMAGE || (row->type == WSI_PARAM_OPERAND && rng_below(r, 2));
    if (image)
        snprintf(text, size, "@%d", random_image(r, images));
    else if (is_word(r, row))
        random_word(r, row, text, size);
    else if (row->type == WSI_PARAM_BOOL)
        snprintf(text, size, "%s", rng_below(r, 2) ? "true" : "false");
    else if (row->type == WSI_PARAM_FLOATS)
        random_list(r, row, type, text, size);
    else
        snprintf(text, size, "%.9g", random_number(r, row, type));
}

void random_spec(rng *r, const wsi_op *op, wsi_pixfmt fmt, char *text, size_t size, int *images)
{
    size_t at = (size_t)snprintf(text, size, "%s", op->name);
    char separator = ':';
    *images = 1;
    for (int i = 0; i < op->param_count && at < size; i++) {
        const wsi_param *row = &op->params[i];
        char value[16 * WSI_FLOATS_MAX];
        const int slow = strcmp(row->name, "max_num_iter") == 0; /* by default thousands of steps */
        if (!(row->flags & WSI_PARAM_REQUIRED) && !slow && rng_below(r, 3) == 0) continue; /* its default */
        random_text(r, row, fmt.type, value, sizeof value, images);
        at += (size_t)snprintf(text + at, size - at, "%c%s=%s", separator, row->name, value);
        separator = ',';
    }
}

static int same_samples(const void *a, const void *b, size_t n, wsi_dtype type)
{
    const size_t size = wsi_dtype_size(type);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *x = (const unsigned char *)a + i * size, *y = (const unsigned char *)b + i * size;
        double u = 0, v = 0;
        if (memcmp(x, y, size) == 0) continue;
        if (type == WSI_F32) u = *(const float *)(const void *)x, v = *(const float *)(const void *)y;
        if (type == WSI_F64) u = *(const double *)(const void *)x, v = *(const double *)(const void *)y;
        if (!isnan(u) || !isnan(v)) return 0;
    }
    return 1;
}

int same_images(const wsi_image *a, const wsi_image *b)
{
    for (int64_t y = 0; y < a->h; y++) {
        const size_t n = (size_t)a->w * (size_t)a->fmt.channels;
        if (!same_samples(wsi_image_row(a, y), wsi_image_row(b, y), n, a->fmt.type)) return 0;
    }
    return 1;
}
