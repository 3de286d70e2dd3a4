/* Saving and loading fits. */
#include "params-file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { VERSION = 1 };

wsi_status wsi_params_parse(const char *text, json_t **out, wsi_error *err)
{
    json_error_t why;
    json_t *root = json_loads(text, 0, &why);
    WSI_RETURN_IF(!root, WSI_ERR_USAGE, "not JSON: line %d: %s", why.line, why.text);
    const json_int_t version = json_integer_value(json_object_get(root, "wsiproc_params"));
    if (version != VERSION || !json_is_array(json_object_get(root, "steps"))) {
        json_decref(root);
        return wsi_error_set(err, WSI_ERR_USAGE,
                             "not a file of parameters: \"wsiproc_params\": %d and \"steps\" are "
                             "expected",
                             VERSION);
    }
    *out = root;
    return WSI_OK;
}

wsi_status wsi_job_check_params(const char *json, wsi_error *err)
{
    json_t *params = NULL;
    const wsi_status status = wsi_params_parse(json, &params, err);
    json_decref(params);
    return status;
}

char *wsi_params_text(const json_t *params)
{
    char *text = json_dumps(params, JSON_COMPACT | JSON_REAL_PRECISION(17)); /* digits that give the same bits again */
    char *line = text ? wsi_asprintf("%s\n", text) : NULL;
    free(text);
    return line;
}

json_t *wsi_params_new(void)
{
    return json_pack("{s:i, s:[]}", "wsiproc_params", VERSION, "steps");
}

static json_t *number_json(double v)
{
    if (isnan(v)) return json_string("nan");
    if (isinf(v)) return json_string(v > 0 ? "inf" : "-inf");
    return json_real(v);
}

static int number_of(const json_t *value, double *out)
{
    const char *text = json_string_value(value);
    *out = json_number_value(value);
    if (json_is_number(value)) return 1;
    if (!text) return 0;
    *out = strcmp(text, "nan") == 0 ? NAN : strcmp(text, "inf") == 0 ? INFINITY : -INFINITY;
    return isnan(*out) || strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0;
}

static json_t *values_json(const wsi_global *g)
{
    wsi_fit_field fields[WSI_FIT_FIELDS_MAX];
    const int n = g->of->op->reduction->fields(&g->call, fields);
    const double *at = g->trial ? g->trial : g->fit;
    json_t *values = json_object();
    for (int i = 0; i < n; i++) {
        json_t *list = json_array();
        for (int64_t k = 0; k < fields[i].count; k++) json_array_append_new(list, number_json(*at++));
        json_object_set_new(values, fields[i].name, list);
    }
    return values;
}

int wsi_params_add(json_t *params, const wsi_global *g)
{
    json_t *step = json_pack("{s:s, s:s, s:o}", "name", wsi_step_result_name(g->of), "operation", g->of->op->name,
                             "values", values_json(g));
    return step && json_array_append_new(json_object_get(params, "steps"), step) == 0;
}

static json_t *find_step(const json_t *params, const wsi_step *of)
{
    size_t i;
    json_t *step;
    json_array_foreach(json_object_get(params, "steps"), i, step)
    {
        const char *name = json_string_value(json_object_get(step, "name"));
        const char *op = json_string_value(json_object_get(step, "operation"));
        if (name && op && strcmp(name, wsi_step_result_name(of)) == 0 && strcmp(op, of->op->name) == 0) return step;
    }
    return NULL;
}

char *wsi_params_reference_text(const json_t *params, const wsi_chain *chain)
{
    json_t *used = wsi_params_new();
    for (int s = 0; used && s < chain->count; s++) {
        const wsi_reduction *red = chain->steps[s].op->reduction;
        json_t *step = red && red->takes_target ? find_step(params, &chain->steps[s]) : NULL;
        if (step) json_array_append(json_object_get(used, "steps"), step);
    }
    char *text = used ? wsi_params_text(used) : NULL;
    json_decref(used);
    return text;
}

static wsi_status take_field(const json_t *values, const wsi_fit_field *field, const wsi_global *g, double *out,
                             wsi_error *err)
{
    const json_t *list = json_object_get(values, field->name);
    const int right = json_is_array(list) && json_array_size(list) == (size_t)field->count;
    WSI_RETURN_IF(!right, WSI_ERR_USAGE, "parameters of '%s': '%s' is not a list of %lld numbers",
                  wsi_step_result_name(g->of), field->name, (long long)field->count);
    for (int64_t k = 0; k < field->count; k++)
        WSI_RETURN_IF(!number_of(json_array_get(list, (size_t)k), &out[k]), WSI_ERR_USAGE,
                      "parameters of '%s': '%s' holds something else than numbers", wsi_step_result_name(g->of),
                      field->name);
    return WSI_OK;
}

wsi_status wsi_params_take(const json_t *params, const wsi_global *g, double *out, int *found, wsi_error *err)
{
    wsi_fit_field fields[WSI_FIT_FIELDS_MAX];
    const json_t *step = find_step(params, g->of);
    *found = step != NULL;
    if (!step) return WSI_OK;
    const int n = g->of->op->reduction->fields(&g->call, fields);
    for (int i = 0; i < n; i++) {
        WSI_FORWARD(take_field(json_object_get(step, "values"), &fields[i], g, out, err));
        out += fields[i].count;
    }
    return WSI_OK;
}
