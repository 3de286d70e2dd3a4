/* What a chain makes of a slide, before anything is read: the chain bound to a level for its shapes alone. */
#include <string.h>

#include "common/mem.h"
#include "library-private.h"

/* A chain bound to a level. */
typedef struct bound_chain {
    const wsi_chain *chain;
    const wsi_slide_info *info;
    int steps[WSI_JOB_OUTPUTS_MAX], step_count; /* that are asked for, as `write` has them */
    wsi_shape shapes[WSI_STEPS_MAX];
    wsi_graph graph;
} bound_chain;

static wsi_status check(const wsi_chain *chain, const wsi_slide *slide, int level, wsi_error *err)
{
    WSI_RETURN_IF(!chain || !slide, WSI_ERR_USAGE, "no chain or no slide");
    const wsi_slide_info *info = wsi_slide_get_info(slide);
    WSI_RETURN_IF(level < 0 || level >= info->level_count, WSI_ERR_USAGE, "%s: no level %d: there are %d", info->path,
                  level, info->level_count);
    return WSI_OK;
}

/* Every step that is asked for is tapped: nothing is stored, so nothing is converted for a file. */
static wsi_status bind_level(bound_chain *b, int level, const char *write, wsi_error *err)
{
    const wsi_level *l = &b->info->levels[level];
    wsi_tapped_step taps[WSI_JOB_OUTPUTS_MAX];
    WSI_FORWARD(wsi_graph_select(b->chain, write, b->steps, &b->step_count, err));
    for (int i = 0; i < b->step_count; i++) taps[i] = (wsi_tapped_step){.step = b->steps[i], .own = 1};
    const wsi_graph_input in = {.chain = b->chain,
                                .source = b->info->fmt,
                                .w = l->w,
                                .h = l->h,
                                .isa = WSI_ISA_PLAIN,
                                .taps = taps,
                                .tap_count = b->step_count};
    const wsi_status status = wsi_graph_bind(&b->graph, &in, b->shapes, err);
    return status == WSI_OK ? status : wsi_error_prefix(err, "%s: ", b->info->path);
}

static wsi_status bind_new(const wsi_chain *chain, const wsi_slide *slide, int level, const char *write,
                           bound_chain **out, wsi_error *err)
{
    WSI_FORWARD(check(chain, slide, level, err));
    bound_chain *b = wsi_calloc(1, sizeof *b);
    WSI_RETURN_IF(!b, WSI_ERR_NO_MEMORY, "no memory for a graph");
    b->chain = chain;
    b->info = wsi_slide_get_info(slide);
    *out = b;
    return bind_level(b, level, write, err);
}

static void unbind(bound_chain *b)
{
    if (b) wsi_graph_clear(&b->graph);
    wsi_free(b);
}

/* What the table of a step is made from: its first image. */
static wsi_shape first_input(const bound_chain *b, int step)
{
    const wsi_shape *own = &b->shapes[step];
    const int from = b->chain->steps[step].input[0];
    wsi_shape shape = {.fmt = own->in_fmt[0], .w = own->in_w, .h = own->in_h, .total = WSI_SCALE_ONE};
    if (from >= 0) shape.total = b->shapes[from].total;
    return shape;
}

static wsi_chain_output output_of(const bound_chain *b, int step)
{
    const wsi_step *s = &b->chain->steps[step];
    const int table = wsi_step_is_table(s);
    const wsi_shape shape = table ? first_input(b, step) : b->shapes[step];
    return (wsi_chain_output){.name = wsi_step_result_name(s),
                              .step = wsi_chain_outer_step(b->chain, step),
                              .table = table,
                              .format = shape.fmt,
                              .w = shape.w,
                              .h = shape.h,
                              .downsample_x = (double)shape.total.down_x / (double)shape.total.up_x,
                              .downsample_y = (double)shape.total.down_y / (double)shape.total.up_y};
}

wsi_status wsi_chain_outputs(const wsi_chain *chain, const wsi_slide *slide, int level, const char *write,
                             wsi_chain_output outputs[WSI_CHAIN_OUTPUTS_MAX], int *count, wsi_error *err)
{
    bound_chain *b = NULL;
    WSI_NEED_ERROR(err);
    WSI_RETURN_IF(!outputs || !count, WSI_ERR_USAGE, "wsi_chain_outputs: no place for the answer");
    *count = 0;
    const wsi_status status = bind_new(chain, slide, level, write, &b, err);
    for (int i = 0; status == WSI_OK && i < b->step_count; i++) outputs[(*count)++] = output_of(b, b->steps[i]);
    unbind(b);
    return status;
}

wsi_status wsi_chain_halo(const wsi_chain *chain, const wsi_slide *slide, int level, const char *write, int64_t *x,
                          int64_t *y, wsi_error *err)
{
    bound_chain *b = NULL;
    WSI_NEED_ERROR(err);
    WSI_RETURN_IF(!x || !y, WSI_ERR_USAGE, "wsi_chain_halo: no place for the answer");
    *x = *y = 0;
    const wsi_status status = bind_new(chain, slide, level, write, &b, err);
    if (status == WSI_OK) {
        unsigned char wanted[WSI_NODES_MAX] = {0};
        for (int r = 0; r < b->graph.result_count; r++)
            if (b->graph.results[r].node >= 0) wanted[b->graph.results[r].node] = 1;
        wsi_tiler_total_halo(b->graph.tiler, b->graph.node_count, wanted, x, y);
    }
    unbind(b);
    return status;
}

_Static_assert((int)WSI_CHAIN_OUTPUTS_MAX == (int)WSI_JOB_OUTPUTS_MAX, "as many as a job may write");
