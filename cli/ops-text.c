/* The facts about operations that several documents share, and the two texts for a terminal. */
#include "ops-text.h"

#include <string.h>

#include "cli-text.h"
#include "common/mem.h"

enum { WIDTH = 100 };

const char *wsi_ops_module(int i)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    const char *last = NULL;
    for (int n = 0;; n++) {
        const char *next = NULL; /* the first name behind the last one */
        for (int k = 0; k < count; k++) {
            const char *name = ops[k]->module;
            if ((!last || strcmp(name, last) > 0) && (!next || strcmp(name, next) < 0)) next = name;
        }
        if (!next || n == i) return next;
        last = next;
    }
}

static int has_required(const wsi_op *op)
{
    for (int i = 0; i < op->param_count; i++) {
        if (op->params[i].flags & WSI_PARAM_REQUIRED) return 1;
    }
    return 0;
}

void wsi_op_halo_text(const wsi_op *op, char *buf, size_t size)
{
    if (!op->halo) {
        snprintf(buf, size, "%s",
                 op->expand && !op->kernel ? "that of the steps it stands for"
                 : op->whole               ? "none, it works on the whole slide"
                                           : "none");
        return;
    }
    void *params = wsi_calloc(1, op->params_size);
    if (params && !has_required(op) && wsi_param_defaults(op->params, op->param_count, params, NULL) == WSI_OK) {
        const wsi_halo halo = op->halo(params);
        snprintf(buf, size, "%lld x %lld px with the defaults", (long long)halo.x, (long long)halo.y);
    } else {
        snprintf(buf, size, "depends on the parameters");
    }
    wsi_free(params);
}

void wsi_op_accuracy_text(const wsi_op *op, char *buf, size_t size)
{
    const char *backends = op->backends_exact ? "; the same bits with every instruction set" : "";
    if (op->exactness == WSI_EXACT) {
        snprintf(buf, size, "the same bits as the reference%s", backends);
    } else {
        snprintf(buf, size, "within %g of the reference, relative to max(1, |reference|)%s", op->tolerance, backends);
    }
}

void wsi_ops_list(FILE *out)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    const char *module;
    for (int m = 0; (module = wsi_ops_module(m)) != NULL; m++) {
        wsi_text_table *table = wsi_text_table_create("ll");
        fprintf(out, "%s%s\n", m ? "\n" : "", module);
        for (int i = 0; i < count; i++) {
            if (strcmp(ops[i]->module, module) != 0) continue;
            wsi_text_table_row(table, (const char *[]){ops[i]->name, ops[i]->summary});
        }
        wsi_text_table_print(table, out, 2);
        wsi_text_table_destroy(&table);
    }
}

static void print_param(const wsi_param *row, FILE *out)
{
    char range[512], text[1024];
    const int required = (row->flags & WSI_PARAM_REQUIRED) != 0;
    wsi_param_range(row, range, sizeof range);
    fprintf(out, "  %s (%s%s%s)\n", row->name, wsi_param_type_name(row->type), *row->unit ? ", " : "", row->unit);
    snprintf(text, sizeof text, "%s Takes %s. %s%s.", row->help, range, required ? "Must be given" : "Default: ",
             required    ? ""
             : *row->def ? row->def
                         : "none");
    wsi_text_wrap(out, text, 0, 6, WIDTH);
}

static void fact(FILE *out, const char *name, const char *text)
{
    wsi_text_wrap(out, text, fprintf(out, "%-12s", name), 12, WIDTH);
}

void wsi_ops_help(const wsi_op *op, FILE *out)
{
    char text[256];
    fprintf(out, "%s (%s)\n\n", op->name, op->module);
    wsi_text_wrap(out, op->summary, 0, 0, WIDTH);
    if (op->doc && *op->doc) {
        fputc('\n', out);
        wsi_text_wrap(out, op->doc, 0, 0, WIDTH);
    }
    fputs(op->param_count ? "\nParameters:\n" : "\nNo parameters.\n", out);
    for (int i = 0; i < op->param_count; i++) print_param(&op->params[i], out);
    fputc('\n', out);
    wsi_op_halo_text(op, text, sizeof text);
    fact(out, "Halo", text);
    fact(out, "Edges", op->edge);
    wsi_op_accuracy_text(op, text, sizeof text);
    fact(out, "Accuracy", text);
    fact(out, "Cost", op->complexity);
    fact(out, "Source", op->source);
    fact(out, "Example", op->example);
}
