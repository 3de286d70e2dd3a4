/* Made-up tables: see table-maker.h. */
#include "table-maker.h"

#include "common/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory(size_t n, size_t size)
{
    void *p = wsi_calloc(n, size);
    if (!p) abort();
    return p;
}

static uint64_t next_random(table_maker *m)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return m->random;
}

static double uniform(table_maker *m)
{
    return (double)(next_random(m) >> 11) * 0x1p-53;
}

static void add(table_maker *m, const char *name, const char *unit, wsi_column_type type)
{
    wsi_column *c = &m->columns[m->column_count++];
    snprintf(c->name, sizeof c->name, "%s", name);
    snprintf(c->unit, sizeof c->unit, "%s", unit);
    c->type = type;
}

static void objects(table_maker *m)
{
    static const char *const whole[] = {"label", "num_pixels", "bbox-0", "bbox-1", "bbox-2", "bbox-3", "euler_number"};
    static const char *const pixels[] = {"area",
                                         "centroid-0",
                                         "centroid-1",
                                         "perimeter",
                                         "feret_diameter_max",
                                         "axis_major_length",
                                         "axis_minor_length",
                                         "perimeter_crofton",
                                         "equivalent_diameter_area"};
    static const char *const others[] = {"eccentricity",     "orientation",      "extent",          "intensity_mean-0",
                                         "intensity_mean-1", "intensity_mean-2", "intensity_std-0", "intensity_std-1",
                                         "intensity_std-2",  "solidity",         "area_um2",        "centroid_um-0",
                                         "centroid_um-1",    "perimeter_um"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) add(m, whole[i], "px", WSI_COLUMN_INT);
    for (size_t i = 0; i < sizeof pixels / sizeof pixels[0]; i++) add(m, pixels[i], "px", WSI_COLUMN_FLOAT);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) add(m, others[i], "", WSI_COLUMN_FLOAT);
    add(m, "outline", "px", WSI_COLUMN_OUTLINE);
}

static void fact(table_maker *m, const char *name, double value)
{
    wsi_fact *f = &m->facts[m->fact_count++];
    snprintf(f->name, sizeof f->name, "%s", name);
    f->value = value;
}

static void patches(table_maker *m)
{
    add(m, "x", "px", WSI_COLUMN_INT);
    add(m, "y", "px", WSI_COLUMN_INT);
    add(m, "tissue", "", WSI_COLUMN_FLOAT);
    fact(m, "patch_size", 256);
    fact(m, "patch_size_level0", 512);
    fact(m, "overlap", 0);
    fact(m, "min_tissue", 0.25);
}

void table_maker_open(table_maker *m, wsi_table_kind kind)
{
    memset(m, 0, sizeof *m);
    m->kind = kind;
    m->random = 88172645463325252u;
    if (kind == WSI_TABLE_OBJECTS) objects(m);
    if (kind == WSI_TABLE_PATCHES) patches(m);
    if (kind == WSI_TABLE_POINTS) {
        add(m, "y", "px", WSI_COLUMN_INT);
        add(m, "x", "px", WSI_COLUMN_INT);
        add(m, "a \"name\", with commas", "", WSI_COLUMN_FLOAT);
    }
    for (int c = 0; c < m->column_count; c++)
        m->rows.cells[c] = m->cells[c] =
            memory(TABLE_BATCH, m->columns[c].type == WSI_COLUMN_OUTLINE ? sizeof(wsi_outline) : 8);
    m->xy = memory(TABLE_BATCH, sizeof *m->xy);
    m->points = memory(TABLE_BATCH, sizeof *m->points);
    m->hole = memory(TABLE_BATCH, sizeof *m->hole);
}

/* Corners of pixels around a disk. */
static int32_t ring(table_maker *m, double *xy, double cx, double cy, double radius)
{
    const int steps = 24 + (int)(next_random(m) % 6);
    int32_t n = 0;
    for (int i = 0; i < steps; i++) {
        const double angle = 2 * 3.14159265358979 * i / steps;
        const double x = floor(cx + radius * cos(angle)), y = floor(cy + radius * sin(angle));
        if (n > 0) {
            xy[2 * n] = x;
            xy[2 * n + 1] = xy[2 * n - 1];
            n++;
        }
        xy[2 * n] = x;
        xy[2 * n + 1] = y;
        n++;
    }
    return n;
}

static wsi_outline outline(table_maker *m, int64_t row)
{
    const double cx = 20 + uniform(m) * 90000, cy = 20 + uniform(m) * 90000;
    const int kind = (int)(next_random(m) % 32);
    const int rings = kind == 0 ? 0 : kind == 1 ? 2 : kind == 2 ? 3 : 1;
    int32_t at = 0;
    for (int r = 0; r < rings; r++) {
        m->hole[row][r] = (kind == 1 && r == 1) || (kind == 2 && r == 1);
        m->points[row][r] = ring(m, m->xy[row] + 2 * at, cx + (r == 2 ? 30 : 0), cy, m->hole[row][r] ? 3 : 9);
        at += m->points[row][r];
    }
    return (wsi_outline){rings, m->points[row], m->hole[row], m->xy[row]};
}

static double number(table_maker *m)
{
    const int kind = (int)(next_random(m) % 64);
    if (kind == 0) return NAN;
    if (kind == 1) return -1e-9 * uniform(m);
    if (kind == 2) return (double)(next_random(m) % 1000);
    return uniform(m) * 1000;
}

void table_maker_next(table_maker *m, int64_t n)
{
    for (int64_t row = 0; row < n; row++) {
        for (int c = 0; c < m->column_count; c++) {
            if (m->columns[c].type == WSI_COLUMN_OUTLINE)
                ((wsi_outline *)m->cells[c])[row] = outline(m, row);
            else if (m->columns[c].type == WSI_COLUMN_FLOAT)
                ((double *)m->cells[c])[row] = number(m);
            else
                ((int64_t *)m->cells[c])[row] =
                    c == 0 && m->kind == WSI_TABLE_OBJECTS ? m->made + row + 1 : (int64_t)(next_random(m) % 100000);
        }
    }
    m->rows.count = n;
    m->made += n;
}

void table_maker_close(table_maker *m)
{
    for (int c = 0; c < m->column_count; c++) wsi_free(m->cells[c]);
    wsi_free(m->xy);
    wsi_free(m->points);
    wsi_free(m->hole);
}
