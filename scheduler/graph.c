/* Binding a chain: from steps to nodes with formats, halos, prepared state and kernels. */
#include "graph.h"

#include <string.h>

#include "common/mem.h"

enum { PERIOD_MAX = 1 << 20 }; /* pixels */

/* Where each step ended up: a node, or the node its no-op input is. */
typedef struct binding {
    int node[WSI_STEPS_MAX];
    const wsi_known *known[WSI_STEPS_MAX];
    int step_of[WSI_NODES_MAX]; /* -1: a cast added here */
    unsigned char needed[WSI_STEPS_MAX];
} binding;

static wsi_status select_one(const wsi_chain *chain, const char *name, int *steps, int *count, wsi_error *err)
{
    const int step = wsi_chain_find(chain, name);
    WSI_RETURN_IF(step < 0, WSI_ERR_CHAIN, "--write: '%.80s' names no step of the chain", name);
    for (int i = 0; i < *count; i++)
        WSI_RETURN_IF(steps[i] == step, WSI_ERR_CHAIN, "--write: '%s' is named twice", name);
    WSI_RETURN_IF(*count == WSI_JOB_OUTPUTS_MAX, WSI_ERR_CHAIN, "--write: more than %d results", WSI_JOB_OUTPUTS_MAX);
    steps[(*count)++] = step;
    return WSI_OK;
}

wsi_status wsi_graph_select(const wsi_chain *chain, const char *write, int steps[WSI_JOB_OUTPUTS_MAX], int *count,
                            wsi_error *err)
{
    *count = 0;
    if (!write || !write[0]) {
        steps[(*count)++] = chain->count - 1;
        return WSI_OK;
    }
    for (const char *s = write;;) {
        const size_t n = strcspn(s, ",");
        char name[WSI_NAME_MAX + 1];
        WSI_RETURN_IF(n == 0 || n > WSI_NAME_MAX, WSI_ERR_CHAIN, "--write: '%.80s' is not a list of names", write);
        memcpy(name, s, n);
        name[n] = '\0';
        WSI_FORWARD(select_one(chain, name, steps, count, err));
        if (!s[n]) return WSI_OK;
        s += n + 1;
    }
}

int wsi_graph_images(const wsi_chain *chain, const wsi_known *known, int s)
{
    const wsi_step *step = &chain->steps[s];
    if (!known || known[s].what == WSI_UNKNOWN) return step->inputs;
    if (known[s].what == WSI_KEPT) return 0;
    return step->op->kernel_inputs && step->op->kernel_inputs < step->inputs ? step->op->kernel_inputs : step->inputs;
}

static void mark_inputs(const wsi_step *step, int count, unsigned char *needed)
{
    for (int k = 0; k < count; k++)
        if (step->input[k] >= 0) needed[step->input[k]] = 1;
}

static void mark_needed(const wsi_graph_input *in, unsigned char *needed)
{
    const wsi_step *steps = in->chain->steps;
    for (int i = 0; i < in->step_count; i++) needed[in->steps[i]] = 1;
    for (int i = 0; i < in->tap_count; i++) {
        const int s = in->taps[i].step;
        if (in->taps[i].own)
            needed[s] = 1;
        else
            mark_inputs(&steps[s], steps[s].inputs, needed);
    }
    for (int i = in->chain->count - 1; i >= 0; i--)
        if (needed[i]) mark_inputs(&steps[i], wsi_graph_images(in->chain, in->known, i), needed);
}

static wsi_pixfmt fmt_of(const wsi_graph *g, int node)
{
    return node == WSI_TILER_SOURCE ? g->source : g->nodes[node].fmt;
}

static int same_fmt(wsi_pixfmt a, wsi_pixfmt b)
{
    return a.type == b.type && a.channels == b.channels;
}

static wsi_scale scale_of(const wsi_graph *g, int node)
{
    return node == WSI_TILER_SOURCE || !g->tiler[node].scaled ? WSI_SCALE_ONE : g->tiler[node].total;
}

static void size_of(const wsi_graph *g, int node, int64_t *w, int64_t *h)
{
    *w = node == WSI_TILER_SOURCE ? g->w : g->nodes[node].w;
    *h = node == WSI_TILER_SOURCE ? g->h : g->nodes[node].h;
}

/* All inputs of a step lie in one frame. */
static wsi_status check_frames(const wsi_graph *g, const wsi_node *node, wsi_error *err)
{
    int64_t w, h, other_w, other_h;
    size_of(g, node->input[0], &w, &h);
    for (int k = 1; k < node->inputs; k++) {
        size_of(g, node->input[k], &other_w, &other_h);
        const int same = wsi_scale_equal(scale_of(g, node->input[0]), scale_of(g, node->input[k]));
        WSI_RETURN_IF(!same || other_w != w || other_h != h, WSI_ERR_CHAIN,
                      "its images differ in size: one has %lld x %lld pixels, another %lld x %lld", (long long)w,
                      (long long)h, (long long)other_w, (long long)other_h);
    }
    return WSI_OK;
}

/* Scale and size of a node, from its input's. */
static wsi_status add_scale(wsi_graph *g, wsi_node *node, wsi_tiler_node *t, wsi_error *err)
{
    WSI_FORWARD(check_frames(g, node, err));
    size_of(g, node->input[0], &node->w, &node->h);
    const wsi_scale before = scale_of(g, node->input[0]);
    t->step = wsi_op_scale(node->op, node->params);
    t->total = wsi_scale_product(before, t->step);
    const wsi_rect frame = wsi_scale_frame(t->step, (wsi_rect){0, 0, node->w, node->h});
    node->w = frame.w;
    node->h = frame.h;
    /* Down and up again is another frame all the same: its size has been rounded. */
    t->scaled = !wsi_scale_equal(t->step, WSI_SCALE_ONE) ||
                (node->input[0] != WSI_TILER_SOURCE && g->tiler[node->input[0]].scaled);
    WSI_RETURN_IF(t->total.up_x > WSI_SCALE_MAX || t->total.up_y > WSI_SCALE_MAX || t->total.down_x > WSI_SCALE_MAX ||
                      t->total.down_y > WSI_SCALE_MAX,
                  WSI_ERR_CHAIN, "all factors together pass %d", WSI_SCALE_MAX);
    wsi_tiler_period(g->tiler, g->node_count, &g->period_x, &g->period_y);
    WSI_RETURN_IF(g->period_x > PERIOD_MAX || g->period_y > PERIOD_MAX, WSI_ERR_CHAIN,
                  "the factors in this chain meet only every %lld x %lld pixels, %d are allowed",
                  (long long)g->period_x, (long long)g->period_y, PERIOD_MAX);
    return WSI_OK;
}

/* Adds a node whose op, params and inputs are set; resolves its format, frame and halo. */
static wsi_status add_node(wsi_graph *g, const wsi_node *proto, int *index, wsi_error *err)
{
    WSI_RETURN_IF(g->node_count == WSI_NODES_MAX, WSI_ERR_CHAIN, "too many steps");
    wsi_node *node = &g->nodes[g->node_count];
    wsi_tiler_node *t = &g->tiler[g->node_count];
    *node = *proto;
    for (int k = 0; k < node->inputs; k++) node->in_fmt[k] = fmt_of(g, node->input[k]);
    if (node->formats < node->inputs) node->formats = node->inputs;
    *index = g->node_count++;
    WSI_FORWARD(node->op->resolve(node->params, node->in_fmt, node->formats, &node->fmt, err));
    WSI_RETURN_IF(node->fmt.channels < 1 || node->fmt.channels > WSI_CHANNELS_MAX, WSI_ERR_CHAIN,
                  "the result would have %d channels", node->fmt.channels);
    const wsi_halo halo = node->op->halo ? node->op->halo(node->params) : (wsi_halo){0, 0};
    t->inputs = node->inputs;
    memcpy(t->input, node->input, sizeof t->input);
    t->halo_x = halo.x;
    t->halo_y = halo.y;
    return add_scale(g, node, t, err);
}

/* A step whose whole result is there: a node without inputs. */
static wsi_status add_kept(wsi_graph *g, const wsi_step *step, const wsi_known *known, int *index, wsi_error *err)
{
    WSI_RETURN_IF(g->node_count == WSI_NODES_MAX, WSI_ERR_CHAIN, "too many steps");
    wsi_node *node = &g->nodes[g->node_count];
    wsi_tiler_node *t = &g->tiler[g->node_count];
    *node = (wsi_node){
        .op = step->op, .params = step->params, .kept = known->kept, .read = known->read, .fmt = known->shape->fmt};
    node->w = known->shape->w;
    node->h = known->shape->h;
    *t = (wsi_tiler_node){.step = WSI_SCALE_ONE, .total = known->shape->total, .scaled = known->shape->scaled};
    t->frame_w = node->w;
    t->frame_h = node->h;
    t->level_w = g->w;
    t->level_h = g->h;
    *index = g->node_count++;
    wsi_tiler_period(g->tiler, g->node_count, &g->period_x, &g->period_y);
    return WSI_OK;
}

static wsi_status add_step(wsi_graph *g, const wsi_graph_input *in, int s, const binding *b, int *index, wsi_error *err)
{
    const wsi_step *step = &in->chain->steps[s];
    const wsi_known *known = in->known ? &in->known[s] : NULL;
    if (known && known->what == WSI_KEPT) return add_kept(g, step, known, index, err);
    wsi_node node = {.op = step->op, .params = step->params, .inputs = wsi_graph_images(in->chain, in->known, s)};
    for (int k = 0; k < node.inputs; k++)
        node.input[k] = step->input[k] < 0 ? WSI_TILER_SOURCE : b->node[step->input[k]];
    if (known && known->what == WSI_FITTED) {
        node.formats = known->shape->inputs;
        memcpy(node.in_fmt, known->shape->in_fmt, sizeof node.in_fmt);
    }
    return add_node(g, &node, index, err);
}

/* Puts before a failure of step s which one that is. */
static wsi_status of_step(const wsi_chain *chain, int s, wsi_error *err)
{
    const wsi_step *step = &chain->steps[s];
    const int hidden = step->shown != step->op || step->hidden;
    return wsi_error_prefix(err, "chain: step %d: %s%s", wsi_chain_shown_number(chain, s), step->shown->name,
                            hidden ? ", " : ": ");
}

static wsi_status bind_step(wsi_graph *g, const wsi_graph_input *in, int s, binding *b, wsi_error *err)
{
    const wsi_step *step = &in->chain->steps[s];
    if (add_step(g, in, s, b, &b->node[s], err) != WSI_OK) return of_step(in->chain, s, err);
    const wsi_node *added = &g->nodes[b->node[s]];
    b->known[s] = in->known ? &in->known[s] : NULL;
    b->step_of[b->node[s]] = s;
    if (strcmp(step->op->name, "cast") == 0 && same_fmt(added->fmt, added->in_fmt[0])) {
        b->node[s] = added->input[0];
        g->node_count--;
    }
    return WSI_OK;
}

/* A cast node to the stored type. */
static wsi_status add_cast(wsi_graph *g, int input, wsi_dtype type, int *index, wsi_error *err)
{
    const wsi_op *op = wsi_op_find("cast");
    WSI_RETURN_IF(!op, WSI_ERR_INTERNAL, "no cast operation");
    const int row = wsi_param_find(op->params, op->param_count, "dtype");
    wsi_node node = {.op = op, .inputs = 1, .input = {input}};
    node.own_params = wsi_calloc(1, op->params_size + 1);
    WSI_RETURN_IF(!node.own_params, WSI_ERR_NO_MEMORY, "no memory for parameters");
    node.params = node.own_params;
    wsi_status status = wsi_param_defaults(op->params, op->param_count, node.own_params, err);
    if (status == WSI_OK) status = wsi_param_parse(&op->params[row], wsi_dtype_name(type), node.own_params, err);
    if (status != WSI_OK) {
        wsi_free(node.own_params);
        return status;
    }
    return add_node(g, &node, index, err);
}

static int consumers(const wsi_graph *g, int node)
{
    int n = 0;
    for (int i = node + 1; i < g->node_count; i++)
        for (int k = 0; k < g->nodes[i].inputs; k++) n += g->nodes[i].input[k] == node;
    return n;
}

/* Makes the result's node deliver the stored type: by the kernel itself where it can and nobody else reads it. */
static wsi_status store_as(wsi_graph *g, wsi_result *r, int shared, wsi_error *err)
{
    if (same_fmt(r->natural, r->stored)) return WSI_OK;
    const int fused = r->node >= 0 && g->nodes[r->node].op->stores_any && !shared && consumers(g, r->node) == 0;
    if (!fused) return add_cast(g, r->node, r->stored.type, &r->node, err);
    g->nodes[r->node].fmt = r->stored;
    return WSI_OK;
}

/* Takes over where the result comes from. */
static void place_result(const wsi_graph *g, wsi_result *r, int node)
{
    r->node = node;
    r->natural = fmt_of(g, node);
    r->stored = r->natural;
    r->nearest = r->natural.type == WSI_BOOL;
    r->scale = scale_of(g, node);
    size_of(g, node, &r->w, &r->h);
}

static wsi_status bind_result(wsi_graph *g, const wsi_graph_input *in, int step, const binding *b, wsi_error *err)
{
    wsi_result *r = &g->results[g->result_count++];
    const char *name = wsi_step_result_name(&in->chain->steps[step]);
    for (int i = 0; i < g->result_count - 1; i++)
        WSI_RETURN_IF(strcmp(g->results[i].name, name) == 0, WSI_ERR_CHAIN,
                      "two written results are called '%s': name them with 'as'", name);
    memcpy(r->name, name, strlen(name) + 1);
    place_result(g, r, b->node[step]);
    r->nearest |= in->chain->steps[step].op->whole && r->natural.type == WSI_U32; /* labels */
    r->chain = wsi_chain_text_to(in->chain, step);
    WSI_RETURN_IF(!r->chain, WSI_ERR_NO_MEMORY, "no memory for the chain");
    const wsi_status status = in->writer->stored(in->codec, r->natural, &r->stored, err);
    if (status != WSI_OK) return wsi_error_prefix(err, "result %s: ", name);
    return WSI_OK;
}

/* The images of a tapped step, in a row. */
static wsi_status bind_tap(wsi_graph *g, const wsi_graph_input *in, const wsi_tapped_step *t, const binding *b,
                           wsi_error *err)
{
    const wsi_step *step = &in->chain->steps[t->step];
    const int count = t->own ? 1 : step->inputs;
    for (int k = 0; k < count; k++) {
        WSI_RETURN_IF(g->result_count == WSI_JOB_OUTPUTS_MAX, WSI_ERR_CHAIN, "too many results in one pass");
        wsi_result *r = &g->results[g->result_count++];
        const int from = t->own ? t->step : step->input[k];
        place_result(g, r, from < 0 ? WSI_TILER_SOURCE : b->node[from]);
        r->tapped = 1;
        if (k + 1 < count) continue;
        r->tap = t->tap;
        r->tap_images = count;
    }
    return WSI_OK;
}

/* Zeroed; none where there is nothing to hold. */
static wsi_status make_state(wsi_node *n, size_t size, wsi_error *err)
{
    n->state_size = size;
    if (!size) return WSI_OK;
    n->state = wsi_calloc(1, size);
    WSI_RETURN_IF(!n->state, WSI_ERR_NO_MEMORY, "no memory for the state of %s", n->op->name);
    return WSI_OK;
}

/* State from the fit that is known. */
static wsi_status prepare_fit(wsi_node *n, const wsi_known *known, wsi_error *err)
{
    const wsi_reduction *red = n->op->reduction;
    const wsi_fit_call call = {.params = n->params,
                               .in = n->in_fmt,
                               .inputs = n->formats,
                               .w = known->shape->in_w,
                               .h = known->shape->in_h,
                               .fit = known->fit,
                               .target = known->target};
    if (!known->fit) return WSI_OK; /* this is a plan */
    WSI_FORWARD(make_state(n, red->state_size ? red->state_size(&call) : n->op->state_size, err));
    return n->state ? red->prepare(&call, n->state, err) : WSI_OK;
}

static wsi_status prepare_state(const wsi_graph *g, wsi_node *n, const wsi_known *known, wsi_error *err)
{
    if (n->op->reduction) return prepare_fit(n, known, err);
    WSI_FORWARD(make_state(n, n->op->state_size, err));
    if (!n->state) return WSI_OK;
    if (n->op->prepare) WSI_FORWARD(n->op->prepare(n->params, n->in_fmt, n->inputs, n->state, err));
    int64_t w, h;
    size_of(g, n->input[0], &w, &h);
    return n->op->prepare_size ? n->op->prepare_size(n->params, w, h, n->state, err) : WSI_OK;
}

static wsi_status finish_node(const wsi_graph *g, wsi_node *n, const wsi_known *known, wsi_isa isa, wsi_error *err)
{
    if (n->kept) return WSI_OK;
    const int open = n->op->whole || (n->op->reduction && (!known || known->what != WSI_FITTED));
    WSI_RETURN_IF(open || !n->op->kernel, WSI_ERR_INTERNAL, "%s is bound before its pass", n->op->name);
    n->kernel = n->op->kernel(isa);
    return prepare_state(g, n, known, err);
}

/* Prepares state, picks kernels, finds last uses. */
static wsi_status finish_nodes(wsi_graph *g, const wsi_graph_input *in, const binding *b, wsi_error *err)
{
    for (int i = 0; i < g->node_count; i++) {
        wsi_node *n = &g->nodes[i];
        n->last_use = -1;
        for (int k = 0; k < n->inputs; k++) {
            if (n->input[k] >= 0) g->nodes[n->input[k]].last_use = i;
            g->reads_source |= n->input[k] < 0;
        }
        const int s = b->step_of[i];
        const wsi_status status = finish_node(g, n, s < 0 ? NULL : b->known[s], in->isa, err);
        if (status != WSI_OK) return s < 0 ? status : of_step(in->chain, s, err);
    }
    for (int r = 0; r < g->result_count; r++) {
        g->reads_source |= g->results[r].node < 0;
        if (g->results[r].node < 0) continue;
        g->written[g->results[r].node] = 1;
        g->nodes[g->results[r].node].last_use = g->node_count;
    }
    return WSI_OK;
}

/* Makes every written result deliver what is stored. */
static wsi_status store_results(wsi_graph *g, int written, binding *b, wsi_error *err)
{
    for (int i = 0; i < written; i++) {
        const int before = g->node_count;
        int shared = 0;
        for (int j = 0; j < g->result_count; j++) shared |= j != i && g->results[j].node == g->results[i].node;
        WSI_FORWARD(store_as(g, &g->results[i], shared, err));
        if (g->node_count > before) b->step_of[before] = -1;
    }
    return WSI_OK;
}

/* Tapped images that are results already need no memory of their own. Masks may leave GPUs as bits: each for itself. */
static void share_results(wsi_graph *g)
{
    for (int r = 0; r < g->result_count; r++) {
        g->results[r].same_as = -1;
        for (int j = r - 1; j >= 0 && g->results[r].tapped && g->results[r].stored.type != WSI_BOOL; j--)
            if (g->results[j].node == g->results[r].node && same_fmt(g->results[j].stored, g->results[r].stored))
                g->results[r].same_as = j;
    }
}

static void tell_shapes(const wsi_graph *g, const wsi_chain *chain, const binding *b, wsi_shape *shapes)
{
    for (int s = 0; s < chain->count; s++) {
        wsi_shape *shape = &shapes[s];
        if (!b->needed[s]) continue;
        const wsi_step *step = &chain->steps[s];
        for (int k = 0; k < step->inputs; k++)
            shape->in_fmt[k] = fmt_of(g, step->input[k] < 0 ? WSI_TILER_SOURCE : b->node[step->input[k]]);
        shape->inputs = step->inputs;
        shape->fmt = fmt_of(g, b->node[s]);
        size_of(g, step->input[0] < 0 ? WSI_TILER_SOURCE : b->node[step->input[0]], &shape->in_w, &shape->in_h);
        size_of(g, b->node[s], &shape->w, &shape->h);
        shape->total = scale_of(g, b->node[s]);
        shape->scaled = b->node[s] >= 0 && g->tiler[b->node[s]].scaled;
    }
}

static int any_global(const wsi_graph *g)
{
    for (int i = 0; i < g->node_count; i++)
        if (g->nodes[i].op->reduction || g->nodes[i].op->whole) return 1;
    return 0;
}

static wsi_status bind(wsi_graph *g, const wsi_graph_input *in, binding *b, wsi_shape *shapes, wsi_error *err)
{
    g->source = in->source;
    g->w = in->w;
    g->h = in->h;
    g->period_x = g->period_y = 1;
    mark_needed(in, b->needed);
    for (int s = 0; s < in->chain->count; s++)
        if (b->needed[s]) WSI_FORWARD(bind_step(g, in, s, b, err));
    if (shapes) tell_shapes(g, in->chain, b, shapes);
    for (int i = 0; i < in->step_count; i++) WSI_FORWARD(bind_result(g, in, in->steps[i], b, err));
    for (int i = 0; i < in->tap_count; i++) WSI_FORWARD(bind_tap(g, in, &in->taps[i], b, err));
    WSI_FORWARD(store_results(g, in->step_count, b, err));
    share_results(g);
    if (!in->known && any_global(g)) return WSI_OK;
    WSI_FORWARD(finish_nodes(g, in, b, err));
    wsi_tiler_total_halo(g->tiler, g->node_count, g->written, &g->halo_x, &g->halo_y);
    return WSI_OK;
}

wsi_status wsi_graph_bind(wsi_graph *g, const wsi_graph_input *in, wsi_shape *shapes, wsi_error *err)
{
    binding *b = wsi_calloc(1, sizeof *b);
    WSI_RETURN_IF(!b, WSI_ERR_NO_MEMORY, "no memory for the chain");
    const wsi_status status = bind(g, in, b, shapes, err);
    wsi_free(b);
    return status;
}

wsi_rect wsi_graph_share(const wsi_graph *g, int r, wsi_rect core)
{
    const wsi_result *result = &g->results[r];
    if (result->node == WSI_TILER_SOURCE || !g->tiler[result->node].scaled) return core;
    return wsi_scale_share(result->scale, core, (wsi_rect){0, 0, g->w, g->h}, (wsi_rect){0, 0, result->w, result->h});
}

void wsi_graph_clear(wsi_graph *g)
{
    for (int i = 0; i < g->node_count; i++) {
        wsi_free(g->nodes[i].own_params);
        wsi_free(g->nodes[i].state);
    }
    for (int i = 0; i < g->result_count; i++) wsi_free(g->results[i].chain);
    memset(g, 0, sizeof *g);
}
