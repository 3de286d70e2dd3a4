/* The array of all operations, sorted by name. Adding one is its op-NAME.c and one line in ops-list.h. */
#include "op.h"

#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"

#define WSI_OP(name) extern const wsi_op wsi_op_##name;
#include "ops-list.h"
#undef WSI_OP

#define WSI_OP(name) &wsi_op_##name,
static const wsi_op *const ops[] = {
#include "ops-list.h"
};
#undef WSI_OP

enum { OP_COUNT = sizeof ops / sizeof ops[0] };

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

static const char *name_at(const void *context, int i)
{
    (void)context;
    return i < OP_COUNT ? ops[i]->name : NULL;
}

const char *wsi_op_suggest(const char *name)
{
    return wsi_text_nearest(name, name_at, NULL);
}
