/* Whether an output format can hold what a chain makes, before any slide is opened.
 *
 * The types of results depend on the slide's, so the chain is bound to every kind of slide there is. A format is
 * refused only where some of them suit the chain and the format takes the results of none: labels are labels of any
 * slide. */
#include "graph.h"
#include "scheduler.h"

#include <string.h>

#include "common/mem.h"

enum { EDGE = 1024 }; /* of the slide that is thought of: no type depends on it */

typedef struct request {
    const wsi_job_spec *spec;
    wsi_codec codec;
    int steps[WSI_JOB_OUTPUTS_MAX], count; /* whose images are written */
    wsi_graph *graph;
    wsi_shape *shapes;
} request;

static wsi_status bind(const request *r, wsi_pixfmt source, const wsi_writer *writer, wsi_error *err)
{
    const wsi_graph_input in = {.chain = r->spec->chain,
                                .source = source,
                                .w = EDGE,
                                .h = EDGE,
                                .isa = r->spec->isa,
                                .steps = r->steps,
                                .step_count = r->count,
                                .writer = writer,
                                .codec = r->codec};
    memset(r->graph, 0, sizeof *r->graph);
    memset(r->shapes, 0, WSI_STEPS_MAX * sizeof *r->shapes);
    const wsi_status status = wsi_graph_bind(r->graph, &in, r->shapes, err);
    wsi_graph_clear(r->graph);
    return status;
}

static wsi_status check(const request *r, wsi_error *err)
{
    static const wsi_dtype types[] = {WSI_U8, WSI_U16, WSI_F32};
    static const int channels[] = {3, 1, 4, 2};
    wsi_error refusal = {WSI_OK, ""};
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        for (size_t c = 0; c < sizeof channels / sizeof channels[0]; c++) {
            const wsi_pixfmt source = {types[t], channels[c]};
            wsi_error why = {WSI_OK, ""};
            if (bind(r, source, r->spec->writer, &why) == WSI_OK) return WSI_OK;
            if (refusal.code == WSI_OK && bind(r, source, wsi_writer_find("null"), NULL) == WSI_OK) refusal = why;
        }
    }
    return refusal.code == WSI_OK ? WSI_OK : wsi_error_set(err, refusal.code, "%s", refusal.message);
}

wsi_status wsi_job_check_format(const wsi_job_spec *spec, wsi_error *err)
{
    request r = {.spec = spec, .codec = spec->codec < 0 ? spec->writer->default_codec : (wsi_codec)spec->codec};
    int steps[WSI_JOB_OUTPUTS_MAX], count = 0;
    if (wsi_graph_select(spec->chain, spec->write, steps, &count, NULL) != WSI_OK) return WSI_OK; /* told elsewhere */
    for (int i = 0; i < count; i++)
        if (!wsi_step_is_table(&spec->chain->steps[steps[i]])) r.steps[r.count++] = steps[i];
    if (!r.count) return WSI_OK;
    r.graph = wsi_calloc(1, sizeof *r.graph);
    r.shapes = wsi_calloc(WSI_STEPS_MAX, sizeof *r.shapes);
    const wsi_status status =
        r.graph && r.shapes ? check(&r, err) : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a graph");
    wsi_free(r.graph);
    wsi_free(r.shapes);
    return status;
}
