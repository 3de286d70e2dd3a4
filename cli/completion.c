/* Words and the tables of the chain language as shells read them. */
#include "completion.h"

#include <string.h>

#include "kernels/op.h"

void wsi_completion_words(FILE *out, wsi_value value)
{
    const char *word;
    for (int i = 0; (word = value.word(i)) != NULL; i++) fprintf(out, "%s%s", i ? " " : "", word);
}

const char *wsi_completion_param_word(const wsi_param *row, int i)
{
    static const char *const boolean[] = {"false", "true", NULL};
    if (row->type == WSI_PARAM_BOOL) return boolean[i];
    return row->names ? row->names[i] : NULL;
}

void wsi_completion_param_cases(FILE *out, const char *prefix)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    for (int i = 0; i < count; i++) {
        fprintf(out, "    %s) %s", ops[i]->name, prefix);
        for (int p = 0; p < ops[i]->param_count; p++) fprintf(out, " %s=", ops[i]->params[p].name);
        fputs(" from= ;;\n", out);
    }
}

static void word_case(FILE *out, const char *op, const wsi_param *row, const char *prefix)
{
    const char *word;
    if (!wsi_completion_param_word(row, 0)) return;
    fprintf(out, "    %s:%s) %s", op, row->name, prefix);
    for (int i = 0; (word = wsi_completion_param_word(row, i)) != NULL; i++) fprintf(out, " %s", word);
    fputs(" ;;\n", out);
}

void wsi_completion_word_cases(FILE *out, const char *prefix)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    for (int i = 0; i < count; i++) {
        for (int p = 0; p < ops[i]->param_count; p++) word_case(out, ops[i]->name, &ops[i]->params[p], prefix);
    }
}
