/* What the rows of compare and threshold share: a comparison as kernels make it. */
#include "compare.h"

#include <math.h>

#include "op-private.h"

/* Whole numbers x: x >= v is x > ceil(v) - 1, and neither < nor <= is more than the opposite of one. */
static void prepare_level(wsi_compare_state *s, wsi_comparison op, wsi_dtype type, double value)
{
    double lo, hi;
    wsi_type_range(type, &lo, &hi);
    const int ends = op == WSI_GREATER_EQUAL || op == WSI_LESS, equal = op == WSI_EQUAL || op == WSI_NOT_EQUAL;
    const double whole = equal ? value : ends ? ceil(value) - 1 : floor(value);
    s->how = equal ? WSI_HOW_SAME : WSI_HOW_ABOVE;
    s->negate = 0;
    s->flip = op == WSI_LESS || op == WSI_LESS_EQUAL || op == WSI_NOT_EQUAL;
    if (equal)
        s->level = (int64_t)(wsi_holds(type, value) ? whole : hi + 1);
    else
        s->level = (int64_t)(whole < lo - 1 ? lo - 1 : whole > hi ? hi : whole);
}

void wsi_compare_prepare(wsi_compare_state *s, wsi_comparison op, wsi_dtype type, int number, double value)
{
    static const wsi_compare_state how[] = {
        [WSI_GREATER] = {WSI_HOW_ABOVE, 0, 0, 0, 0, 0}, [WSI_GREATER_EQUAL] = {WSI_HOW_AT_LEAST, 0, 0, 0, 0, 0},
        [WSI_LESS] = {WSI_HOW_ABOVE, 0, 1, 0, 0, 0},    [WSI_LESS_EQUAL] = {WSI_HOW_AT_LEAST, 0, 1, 0, 0, 0},
        [WSI_EQUAL] = {WSI_HOW_SAME, 0, 0, 0, 0, 0},    [WSI_NOT_EQUAL] = {WSI_HOW_SAME, 1, 0, 0, 0, 0}};
    *s = how[op];
    s->level_f32 = (float)value;
    s->level_f64 = value;
    if (number && type != WSI_F32 && type != WSI_F64) prepare_level(s, op, type, value);
}
