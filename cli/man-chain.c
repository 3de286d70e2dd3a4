/* wsiproc-chain(7): the chain language, and every operation with its parameters. The grammar is that of
 * scheduler/chain.c. */
#include <string.h>

#include "documents.h"
#include "man-text.h"
#include "ops-text.h"

static const char synopsis[] = "  chain = step {\"|\" step}\n"
                               "  step  = operation [\":\" key=value {\",\" key=value}] [\"as\" NAME]\n"
                               "  value = number | word | [v,v,...] | @NAME\n";

static const char description[] =
    "A chain says what is computed of a slide: steps, each an operation of the list below with its parameters. It is "
    "given as --chain CHAIN, or as --chain-file FILE, where a newline separates steps as well and # begins a "
    "comment.\n\n"
    "A step works on the result of the step before it, the first on the slide's pixels. With from=@NAME it works on "
    "the "
    "result of that name instead; @source is the slide itself. An operation with more than one image takes the others "
    "as parameters, as in measure:intensity=@h. So a chain is a graph without cycles: a name must stand before its "
    "use.\n\n"
    "A step that ends in \"as NAME\" gives its result that name. A result without one answers to its operation's name. "
    "Names are letters, digits, hyphens and underscores, a letter or an underscore first. --write NAME,... says which "
    "results "
    "become outputs; without it, the last one does.\n\n"
    "Parameters are scikit-image's in name, default and meaning. One that is left out has its default; in a value with "
    "several numbers they stand in brackets: sigmas=[1,2,4]. Steps that must see the whole slide first, such as "
    "thresholds, labels and tables of objects, make a run go over the slide more than once; wsiproc plan shows how. "
    "wsiproc ops NAME tells everything about one operation: types, units, ranges, edges, accuracy.";

static const char examples[] = "wsiproc run a.svs -o out --chain 'rgb2gray | gaussian:sigma=2'\n\n"
                               "wsiproc run a.svs -o out --write nuclei,table --chain '\n"
                               "  rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold_otsu |\n"
                               "  opening:footprint=disk,radius=3 | remove_small_objects:max_size=64 |\n"
                               "  label as nuclei | measure:intensity=@h as table'\n";

static void print_param(FILE *out, const wsi_param *row, int first)
{
    fputs(first ? " \\fI" : ", \\fI", out);
    wsi_man_inline(out, row->name);
    fputs("\\fR=", out);
    if (row->flags & WSI_PARAM_REQUIRED) {
        fputs("...", out);
    } else {
        wsi_man_inline(out, row->def);
    }
}

static void print_op(FILE *out, const wsi_op *op)
{
    fputs(".TP\n\\fB", out);
    wsi_man_inline(out, op->name);
    fputs("\\fR", out);
    for (int i = 0; i < op->param_count; i++) print_param(out, &op->params[i], i == 0);
    fputc('\n', out);
    wsi_man_paragraphs(out, op->summary);
}

void wsi_man_chain(FILE *out)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    const char *module;
    wsi_man_begin(out, "wsiproc-chain", 7, "the chain language of wsiproc, and its operations");
    wsi_man_heading(out, "Synopsis");
    wsi_man_paragraphs(out, synopsis);
    wsi_man_heading(out, "Description");
    wsi_man_paragraphs(out, description);
    wsi_man_heading(out, "Operations");
    wsi_man_paragraphs(out, "Parameters stand with their defaults; those with three dots must be given.");
    for (int m = 0; (module = wsi_ops_module(m)) != NULL; m++) {
        fprintf(out, ".SS %s\n", module);
        for (int i = 0; i < count; i++) {
            if (strcmp(ops[i]->module, module) == 0) print_op(out, ops[i]);
        }
    }
    wsi_man_heading(out, "Examples");
    wsi_man_lines(out, examples);
    wsi_man_see_also(out, "wsiproc-chain");
}
