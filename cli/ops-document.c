/* The registry as JSON and as docs/ops.md. */
#include <string.h>

#include "cli-json.h"
#include "ops-text.h"

/* ---- JSON ---- */

static void add_limits(json_t *json, const wsi_param *row)
{
    const int numeric = row->type == WSI_PARAM_INT || row->type == WSI_PARAM_FLOAT || row->type == WSI_PARAM_FLOATS ||
                        row->type == WSI_PARAM_OPERAND;
    if (!numeric || row->min > row->max) return;
    json_object_set_new(json, "min", json_real(row->min));
    json_object_set_new(json, "max", json_real(row->max));
    json_object_set_new(json, "min_open", json_boolean(row->flags & WSI_PARAM_MIN_OPEN));
    json_object_set_new(json, "max_open", json_boolean(row->flags & WSI_PARAM_MAX_OPEN));
}

static json_t *param_json(const wsi_param *row)
{
    char range[512];
    const int required = (row->flags & WSI_PARAM_REQUIRED) != 0;
    json_t *json = json_object();
    wsi_param_range(row, range, sizeof range);
    json_object_set_new(json, "name", json_string(row->name));
    json_object_set_new(json, "type", json_string(wsi_param_type_name(row->type)));
    json_object_set_new(json, "unit", json_string(row->unit));
    json_object_set_new(json, "required", json_boolean(required));
    json_object_set_new(json, "default", required ? json_null() : json_string(row->def));
    json_object_set_new(json, "range", json_string(range));
    add_limits(json, row);
    if (row->names) {
        json_t *values = json_array();
        for (int i = 0; row->names[i]; i++) json_array_append_new(values, json_string(row->names[i]));
        json_object_set_new(json, "values", values);
    }
    if (row->type == WSI_PARAM_FLOATS) {
        json_object_set_new(json, "min_count", json_integer(row->min_count));
        json_object_set_new(json, "max_count", json_integer(row->max_count));
    }
    json_object_set_new(json, "help", json_string(row->help));
    return json;
}

json_t *wsi_op_json(const wsi_op *op)
{
    char halo[128];
    json_t *json = json_object(), *params = json_array();
    wsi_op_halo_text(op, halo, sizeof halo);
    for (int i = 0; i < op->param_count; i++) json_array_append_new(params, param_json(&op->params[i]));
    json_object_set_new(json, "name", json_string(op->name));
    json_object_set_new(json, "module", json_string(op->module));
    json_object_set_new(json, "summary", json_string(op->summary));
    json_object_set_new(json, "doc", wsi_cli_json_text(op->doc));
    json_object_set_new(json, "source", wsi_cli_json_text(op->source));
    json_object_set_new(json, "edge", wsi_cli_json_text(op->edge));
    json_object_set_new(json, "halo", json_string(halo));
    json_object_set_new(json, "complexity", wsi_cli_json_text(op->complexity));
    json_object_set_new(json, "exact", json_boolean(op->exactness == WSI_EXACT));
    json_object_set_new(json, "tolerance", json_real(op->exactness == WSI_EXACT ? 0 : op->tolerance));
    json_object_set_new(json, "backends_exact", json_boolean(op->backends_exact));
    json_object_set_new(json, "example", wsi_cli_json_text(op->example));
    json_object_set_new(json, "parameters", params);
    return json;
}

/* ---- Markdown ---- */

/* Text in a table cell: a '|' would end it. */
static void print_cell(FILE *out, const char *text)
{
    fputc(' ', out);
    for (; *text; text++) {
        if (*text == '|') fputc('\\', out);
        fputc(*text == '\n' ? ' ' : *text, out);
    }
    fputs(" |", out);
}

static void print_param_row(const wsi_param *row, FILE *out)
{
    char range[512], name[128], def[160];
    const int required = (row->flags & WSI_PARAM_REQUIRED) != 0;
    wsi_param_range(row, range, sizeof range);
    snprintf(name, sizeof name, "`%s`", row->name);
    if (required) {
        snprintf(def, sizeof def, "must be given");
    } else if (*row->def) {
        snprintf(def, sizeof def, "`%s`", row->def);
    } else {
        snprintf(def, sizeof def, "none");
    }
    fputc('|', out);
    print_cell(out, name);
    print_cell(out, wsi_param_type_name(row->type));
    print_cell(out, row->unit);
    print_cell(out, def);
    print_cell(out, range);
    print_cell(out, row->help);
    fputc('\n', out);
}

static void print_op(const wsi_op *op, FILE *out)
{
    char text[256];
    fprintf(out, "### %s\n\n%s\n\n", op->name, op->summary);
    if (op->doc && *op->doc) fprintf(out, "%s\n\n", op->doc);
    if (op->param_count) {
        fputs("| parameter | type | unit | default | range | |\n| --- | --- | --- | --- | --- | --- |\n", out);
        for (int i = 0; i < op->param_count; i++) print_param_row(&op->params[i], out);
        fputc('\n', out);
    }
    wsi_op_halo_text(op, text, sizeof text);
    fprintf(out, "- Halo: %s\n- Edges: %s\n", text, op->edge);
    wsi_op_accuracy_text(op, text, sizeof text);
    fprintf(out, "- Accuracy: %s\n- Cost: %s\n- Source: %s\n\n", text, op->complexity, op->source);
    fprintf(out, "```\n%s\n```\n\n", op->example);
}

/* What holds for all operations, and for scikit-image's parameters that none of them has. */
static const char introduction[] =
    "Written by `wsiproc ops --markdown` from the registry; do not edit.\n\n"
    "A step of a chain is `NAME:parameter=value,...`; `from=@NAME` gives it another input than the step before it, and "
    "`as NAME` names its result (`man wsiproc-chain`). Names, parameters and defaults are scikit-image 0.26's wherever "
    "it has the operation; \"the reference\" below is that function. What is a tuple in Python is a list `[a,b]` here, "
    "an array its numbers row by row, and None a parameter left out, or the value that the table names.\n\n"
    "- **Halo**: pixels that a tile needs beyond each of its sides, across x down. Results never depend on tiles.\n"
    "- **Edges**: how an operation extends its input beyond the slide's edges. `reflect` is d c b a | a b c d, "
    "`mirror` "
    "d c b | a b c d, `nearest` a a a | a b c d, `constant` the value `cval`. `wrap`, which needs the opposite side of "
    "the slide, is not offered. Of an image several times smaller than a footprint or kernel, SciPy reads memory that "
    "is not the image's; here the definition holds.\n"
    "- **Accuracy**: against the reference in float64. Integers are brought to 0..1 where the reference does so; on "
    "other scales (preserve_range=true, operations that keep an image's own, floats beyond 0..1) errors are relative "
    "to the image's largest value.\n"
    "- **Cost**: operations a pixel of the input.\n"
    "- **Left out everywhere**: `channel_axis` (channels always come last; which operations take one channel alone is "
    "said there), `out`, `workers` and `num_threads` (`--threads`). A footprint is named by its shape and that shape's "
    "numbers instead of an array.\n\n";

void wsi_ops_markdown(FILE *out)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    const char *module;
    fprintf(out, "# Operations\n\n%s", introduction);
    for (int m = 0; (module = wsi_ops_module(m)) != NULL; m++) {
        fprintf(out, "## %s\n\n", module);
        for (int i = 0; i < count; i++) {
            if (strcmp(ops[i]->module, module) == 0) print_op(ops[i], out);
        }
    }
}
