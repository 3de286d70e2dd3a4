/* A parsed chain as callers see it: the steps they wrote. Steps that stand for others (opening, canny, ...) are many
 * inside the scheduler; here each of them is one again, whose inputs are what its parts take from outside. */
#include <jansson.h>
#include <string.h>

#include "common/mem.h"
#include "library-private.h"

int wsi_chain_step_count(const wsi_chain *chain)
{
    return chain ? wsi_chain_shown_number(chain, chain->count) - 1 : 0;
}

/* Index of a caller's step in the chain, or -1. */
static int inner_step(const wsi_chain *chain, int index)
{
    for (int i = 0; i < chain->count; i++)
        if (!chain->steps[i].hidden && index-- == 0) return i;
    return -1;
}

int wsi_chain_outer_step(const wsi_chain *chain, int step)
{
    return step < 0 ? WSI_STEP_SOURCE : wsi_chain_shown_number(chain, step) - 1;
}

/* The first of the steps that the one at `last` is made of. */
static int first_part(const wsi_chain *chain, int last)
{
    while (last > 0 && chain->steps[last - 1].hidden) last--;
    return last;
}

static wsi_status add_input(wsi_chain_step *out, int outer, wsi_error *err)
{
    for (int i = 0; i < out->input_count; i++)
        if (out->inputs[i] == outer) return WSI_OK;
    WSI_RETURN_IF(out->input_count == WSI_STEP_INPUTS_MAX, WSI_ERR_INTERNAL, "a step with too many inputs");
    out->inputs[out->input_count++] = outer;
    return WSI_OK;
}

static wsi_status describe_parts(const wsi_chain *chain, int first, int last, wsi_chain_step *out, wsi_error *err)
{
    for (int i = first; i <= last; i++) {
        const wsi_step *part = &chain->steps[i];
        out->global |= wsi_step_is_global(part);
        for (int k = 0; k < part->inputs; k++) {
            if (part->input[k] >= first) continue;
            WSI_FORWARD(add_input(out, wsi_chain_outer_step(chain, part->input[k]), err));
        }
    }
    return WSI_OK;
}

wsi_status wsi_chain_get_step(const wsi_chain *chain, int index, wsi_chain_step *out, wsi_error *err)
{
    WSI_RETURN_IF(!chain || !out, WSI_ERR_USAGE, "wsi_chain_get_step: no chain, or no place for the step");
    const int inner = index < 0 ? -1 : inner_step(chain, index);
    WSI_RETURN_IF(inner < 0, WSI_ERR_USAGE, "the chain has no step %d: there are %d", index,
                  wsi_chain_step_count(chain));
    const wsi_step *step = &chain->steps[inner];
    *out = (wsi_chain_step){.operation = step->shown->name,
                            .summary = step->shown->summary,
                            .text = step->text,
                            .result = wsi_step_result_name(step),
                            .named = step->name[0] != '\0',
                            .table = wsi_step_is_table(step)};
    return describe_parts(chain, first_part(chain, inner), inner, out, err);
}

int wsi_chain_find_step(const wsi_chain *chain, const char *result)
{
    const int inner = chain && result ? wsi_chain_find(chain, result) : -1;
    return inner < 0 ? -1 : wsi_chain_outer_step(chain, inner);
}

/* ---- JSON ---- */

static json_t *step_json(const wsi_chain_step *step)
{
    json_t *inputs = json_array();
    for (int i = 0; i < step->input_count; i++) json_array_append_new(inputs, json_integer(step->inputs[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:o}", "operation", step->operation, "summary", step->summary,
                     "text", step->text, "result", step->result, "named", step->named, "table", step->table, "global",
                     step->global, "inputs", inputs);
}

wsi_status wsi_chain_describe(const wsi_chain *chain, char **json, wsi_error *err)
{
    WSI_RETURN_IF(!json, WSI_ERR_USAGE, "wsi_chain_describe: no place for the text");
    *json = NULL;
    WSI_RETURN_IF(!chain, WSI_ERR_USAGE, "wsi_chain_describe: no chain");
    json_t *steps = json_array();
    wsi_status status = WSI_OK;
    for (int i = 0; i < wsi_chain_step_count(chain) && status == WSI_OK; i++) {
        wsi_chain_step step;
        status = wsi_chain_get_step(chain, i, &step, err);
        if (status == WSI_OK && json_array_append_new(steps, step_json(&step)) != 0)
            status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the description");
    }
    json_t *all = json_pack("{s:s, s:o}", "text", wsi_chain_text(chain), "steps", steps);
    if (status == WSI_OK) *json = all ? json_dumps(all, JSON_INDENT(2)) : NULL;
    json_decref(all);
    if (status == WSI_OK && !*json) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the description");
    return status;
}
