/* The array of all operations, sorted by name. Adding one is its op-NAME.c and one line in ops-list.h. */
#include "op.h"

#include <stdlib.h>
#include <string.h>

#define WSI_OP(name) extern const wsi_op wsi_op_##name;
#include "ops-list.h"
#undef WSI_OP

#define WSI_OP(name) &wsi_op_##name,
static const wsi_op *const ops[] = {
#include "ops-list.h"
};
#undef WSI_OP

enum { OP_COUNT = sizeof ops / sizeof ops[0], NAME_MAX_LEN = 63 };

const wsi_op *const *wsi_ops(int *count)
{
    *count = OP_COUNT;
    return ops;
}

static int by_name(const void *key, const void *item)
{
    return strcmp((const char *)key, (*(const wsi_op *const *)item)->name);
}

const wsi_op *wsi_op_find(const char *name)
{
    const wsi_op *const *hit = (const wsi_op *const *)bsearch(name, ops, OP_COUNT, sizeof ops[0], by_name);
    return hit ? *hit : NULL;
}

/* Levenshtein distance of two names of at most NAME_MAX_LEN characters. */
static int distance(const char *a, const char *b)
{
    int row[NAME_MAX_LEN + 1];
    const int n = (int)strlen(b);
    for (int j = 0; j <= n; j++) row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            const int change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            const int shift = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = change < shift ? change : shift;
        }
    }
    return row[n];
}

const char *wsi_op_suggest(const char *name)
{
    const char *best = NULL;
    int best_distance = 4; /* further away it is a different word, not a slip */
    if (strlen(name) > NAME_MAX_LEN) return NULL;
    for (int i = 0; i < OP_COUNT; i++) {
        const int d = distance(name, ops[i]->name);
        if (d >= best_distance || d >= (int)strlen(ops[i]->name)) continue;
        best = ops[i]->name;
        best_distance = d;
    }
    return best;
}
