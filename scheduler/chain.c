/* The chain language: text to steps.
 *
 *   step  = op [":" key=value {"," key=value}] ["as" NAME]
 *   value = number | word | [v,v,...] | @NAME
 *   chain = step {"|" step}          a newline counts as "|", "#" starts a comment
 *
 * Names refer backwards only, so a chain is a directed acyclic graph in topological order. */
#include "chain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/nearest.h"

/* A piece of the text: [s, e). */
typedef struct span {
    const char *s, *e;
} span;

static span trim(span t)
{
    while (t.s < t.e && isspace((unsigned char)*t.s)) t.s++;
    while (t.e > t.s && isspace((unsigned char)t.e[-1])) t.e--;
    return t;
}

static int span_len(span t)
{
    return (int)(t.e - t.s);
}

static int copy_span(span t, char *out, size_t size)
{
    const size_t n = (size_t)(t.e - t.s);
    if (n >= size) return 0;
    memcpy(out, t.s, n);
    out[n] = '\0';
    return 1;
}

static int valid_name(const char *s)
{
    if (!isalpha((unsigned char)*s) && *s != '_') return 0;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_' && *s != '-') return 0;
    return 1;
}

static int find_named(const wsi_chain *chain, const char *name)
{
    for (int i = 0; i < chain->count; i++)
        if (chain->steps[i].name[0] && strcmp(chain->steps[i].name, name) == 0) return i;
    return -1;
}

/* Names within an expansion are its own: they end in what no other name can hold. */
static int private_name(const wsi_chain *chain, const char *name, char *out, size_t size)
{
    const int n = chain->expansion ? snprintf(out, size, "%s#%d", name, chain->expansion->first)
                                   : snprintf(out, size, "%s", name);
    return n >= 0 && (size_t)n < size;
}

const char *wsi_step_result_name(const wsi_step *step)
{
    return step->name[0] ? step->name : step->shown->name;
}

int wsi_chain_shown_number(const wsi_chain *chain, int step)
{
    int n = 1;
    for (int i = 0; i < step; i++) n += !chain->steps[i].hidden;
    return n;
}

int wsi_chain_find(const wsi_chain *chain, const char *name)
{
    const int named = find_named(chain, name);
    if (named >= 0) return named;
    for (int i = chain->count - 1; i >= 0; i--)
        if (!chain->steps[i].hidden && !chain->steps[i].name[0] && strcmp(chain->steps[i].shown->name, name) == 0)
            return i;
    return -1;
}

/* "@input", or "@input1", ... for the images among the parameters. */
static wsi_status resolve_input(const wsi_expansion *e, const char *text, int *out, wsi_error *err)
{
    const int index = text[6] ? text[6] - '0' : 0;
    WSI_RETURN_IF(index < 0 || index >= e->step->inputs || (text[6] && text[7]), WSI_ERR_INTERNAL,
                  "'%.80s' is no input of %s", text, e->step->op->name);
    *out = e->step->input[index];
    return WSI_OK;
}

/* "@NAME" to a step index or WSI_FROM_SOURCE. */
static wsi_status resolve_ref(const wsi_chain *chain, const char *text, int *out, wsi_error *err)
{
    if (strcmp(text, "@source") == 0) {
        *out = WSI_FROM_SOURCE;
        return WSI_OK;
    }
    char name[WSI_NAME_MAX + 1] = "";
    if (chain->expansion && strncmp(text, "@input", 6) == 0) return resolve_input(chain->expansion, text, out, err);
    *out = private_name(chain, text + 1, name, sizeof name) ? find_named(chain, name) : -1;
    WSI_RETURN_IF(*out < 0, WSI_ERR_CHAIN, "'%.80s' names no earlier step (give one a name with 'as', or use @source)",
                  text);
    return WSI_OK;
}

/* Adds an extra input for an image parameter. */
static wsi_status add_image(const wsi_chain *chain, wsi_step *step, const wsi_param *row, const char *text,
                            wsi_error *err)
{
    int from;
    WSI_FORWARD(resolve_ref(chain, text, &from, err));
    WSI_RETURN_IF(step->inputs == WSI_OP_INPUTS_MAX, WSI_ERR_CHAIN, "too many images");
    const wsi_operand op = {step->inputs, 0};
    memcpy((char *)step->params + row->offset, &op, sizeof op);
    step->input[step->inputs++] = from;
    return WSI_OK;
}

/* The parameters of an operation, and then "from". */
static const char *key_at(const void *op_, int i)
{
    const wsi_op *op = (const wsi_op *)op_;
    return i < op->param_count ? op->params[i].name : i == op->param_count ? "from" : NULL;
}

static wsi_status unknown_key(const wsi_op *op, const char *key, wsi_error *err)
{
    const char *near = wsi_text_nearest(key, key_at, op), *name;
    char list[512] = "";
    size_t at = 0;
    for (int i = 0; (name = key_at(op, i)) && at < sizeof list; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", name);
    return wsi_error_set(err, WSI_ERR_CHAIN, "no parameter '%.60s'%s%s%s; it takes %s", key,
                         near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "", list);
}

/* One key=value. `given` has a bit for each table row, and the last for "from". */
static wsi_status set_pair(const wsi_chain *chain, wsi_step *step, const char *key, const char *value, uint64_t *given,
                           wsi_error *err)
{
    const wsi_op *op = step->op;
    const int from = strcmp(key, "from") == 0;
    const int row = from ? 63 : wsi_param_find(op->params, op->param_count, key);
    if (row < 0) return unknown_key(op, key, err);
    WSI_RETURN_IF(*given >> row & 1, WSI_ERR_CHAIN, "parameter %s is given twice", key);
    *given |= UINT64_C(1) << row;
    if (from) {
        WSI_RETURN_IF(value[0] != '@', WSI_ERR_CHAIN,
                      "parameter from: '%.80s' is not allowed: @NAME of an earlier step, or @source", value);
        return resolve_ref(chain, value, &step->input[0], err);
    }
    const wsi_param *p = &op->params[row];
    if (value[0] == '@' && (p->type == WSI_PARAM_IMAGE || p->type == WSI_PARAM_OPERAND)) {
        const wsi_status status = add_image(chain, step, p, value, err);
        return status == WSI_OK ? status : wsi_error_prefix(err, "parameter %s: ", key);
    }
    return wsi_param_parse(p, value, step->params, err);
}

/* End of one key=value: the next comma outside brackets. */
static const char *pair_end(const char *s, const char *e)
{
    int depth = 0;
    for (; s < e; s++) {
        if (*s == '[') depth++;
        if (*s == ']') depth--;
        if (*s == ',' && depth <= 0) return s;
    }
    return e;
}

/* Characters of a parameter's value: a list of the most numbers. */
enum { VALUE_MAX = 26 * WSI_FLOATS_MAX };

static wsi_status parse_pair(const wsi_chain *chain, wsi_step *step, span pair, uint64_t *given, wsi_error *err)
{
    char key[64], value[VALUE_MAX];
    const char *eq = memchr(pair.s, '=', (size_t)(pair.e - pair.s));
    WSI_RETURN_IF(!eq, WSI_ERR_CHAIN, "'%.*s' is not key=value", span_len(pair) > 80 ? 80 : span_len(pair), pair.s);
    WSI_RETURN_IF(!copy_span(trim((span){pair.s, eq}), key, sizeof key) ||
                      !copy_span(trim((span){eq + 1, pair.e}), value, sizeof value),
                  WSI_ERR_CHAIN, "parameter text is too long");
    return set_pair(chain, step, key, value, given, err);
}

static wsi_status parse_params(const wsi_chain *chain, wsi_step *step, span text, uint64_t *out_given, wsi_error *err)
{
    uint64_t given = 0;
    for (const char *s = text.s; s < text.e || s == text.s;) {
        const char *end = pair_end(s, text.e);
        WSI_FORWARD(parse_pair(chain, step, trim((span){s, end}), &given, err));
        if (end == text.e) break;
        s = end + 1;
    }
    *out_given = given;
    return WSI_OK;
}

static wsi_status check_required(const wsi_op *op, uint64_t given, wsi_error *err)
{
    for (int i = 0; i < op->param_count; i++)
        WSI_RETURN_IF((op->params[i].flags & WSI_PARAM_REQUIRED) && !(given >> i & 1), WSI_ERR_CHAIN,
                      "parameter %s must be given", op->params[i].name);
    return WSI_OK;
}

/* Splits "... as NAME" off the end of a step. */
static wsi_status parse_name(const wsi_chain *chain, span *step_text, char *name, wsi_error *err)
{
    name[0] = '\0';
    const char *s = step_text->s, *e = step_text->e, *word = e;
    while (word > s && !isspace((unsigned char)word[-1])) word--;
    const char *as = word;
    while (as > s && isspace((unsigned char)as[-1])) as--;
    if (as - s < 3 || memcmp(as - 2, "as", 2) != 0 || !isspace((unsigned char)as[-3])) return WSI_OK;
    WSI_RETURN_IF(!copy_span((span){word, e}, name, WSI_NAME_MAX + 1) || !valid_name(name), WSI_ERR_CHAIN,
                  "'%.*s' is not a name: letters, digits, '_' and '-', at most %d",
                  (int)(e - word > 80 ? 80 : e - word), word, WSI_NAME_MAX);
    WSI_RETURN_IF(strcmp(name, "source") == 0, WSI_ERR_CHAIN, "the name 'source' means the slide's own pixels");
    char own[WSI_NAME_MAX + 1];
    WSI_RETURN_IF(!private_name(chain, name, own, sizeof own), WSI_ERR_INTERNAL, "the name '%s' is too long", name);
    memcpy(name, own, sizeof own);
    WSI_RETURN_IF(find_named(chain, name) >= 0, WSI_ERR_CHAIN, "the name '%s' is taken by an earlier step", name);
    *step_text = trim((span){s, as - 2});
    return WSI_OK;
}

static wsi_status find_op(span name, const wsi_op **out, wsi_error *err)
{
    char text[64];
    if (!copy_span(name, text, sizeof text)) snprintf(text, sizeof text, "%.60s", name.s);
    *out = wsi_op_find(text);
    if (*out) return WSI_OK;
    const char *near = wsi_op_suggest(text);
    return wsi_error_set(err, WSI_ERR_CHAIN, "no operation '%s'%s%s%s (see 'wsiproc ops')", text,
                         near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Appends " key=value" texts in table order. */
static char *canonical(const wsi_chain *chain, const wsi_step *step, int index)
{
    char buf[VALUE_MAX + 4096];
    size_t at = (size_t)snprintf(buf, sizeof buf, "%s", step->op->name);
    const char *sep = ":";
    if (step->input[0] != index - 1) {
        const char *from = step->input[0] == WSI_FROM_SOURCE ? "source" : chain->steps[step->input[0]].name;
        at += (size_t)snprintf(buf + at, sizeof buf - at, "%sfrom=@%s", sep, from);
        sep = ",";
    }
    for (int i = 0; i < step->op->param_count && at < sizeof buf; i++) {
        const wsi_param *p = &step->op->params[i];
        char value[VALUE_MAX];
        wsi_param_format(p, step->params, value, sizeof value);
        if (p->type == WSI_PARAM_IMAGE || p->type == WSI_PARAM_OPERAND) {
            const wsi_operand *op = (const void *)((const char *)step->params + p->offset);
            if (op->image < 0 && p->type == WSI_PARAM_IMAGE) continue; /* an image that need not be given */
            if (op->image > 0) {
                const int from = step->input[op->image];
                snprintf(value, sizeof value, "@%s", from == WSI_FROM_SOURCE ? "source" : chain->steps[from].name);
            }
        }
        at += (size_t)snprintf(buf + at, sizeof buf - at, "%s%s=%s", sep, p->name, value);
        sep = ",";
    }
    if (step->name[0] && at < sizeof buf) snprintf(buf + at, sizeof buf - at, " as %s", step->name);
    return wsi_strdup(buf);
}

static wsi_status parse_step_body(wsi_chain *chain, wsi_step *step, span text, wsi_error *err)
{
    WSI_FORWARD(parse_name(chain, &text, step->name, err));
    const char *colon = memchr(text.s, ':', (size_t)(text.e - text.s));
    const span op_name = trim((span){text.s, colon ? colon : text.e});
    WSI_FORWARD(find_op(op_name, &step->op, err));
    step->params = wsi_calloc(1, step->op->params_size + 1);
    WSI_RETURN_IF(!step->params, WSI_ERR_NO_MEMORY, "no memory for parameters");
    WSI_FORWARD(wsi_param_defaults(step->op->params, step->op->param_count, step->params, err));
    step->inputs = 1;
    step->input[0] = chain->count - 1; /* WSI_FROM_SOURCE for the first */
    if (chain->expansion && chain->expansion->first == chain->count) step->input[0] = chain->expansion->step->input[0];
    step->shown = step->op;
    step->hidden = chain->expansion != NULL;
    uint64_t given = 0;
    wsi_status status = colon ? parse_params(chain, step, trim((span){colon + 1, text.e}), &given, err) : WSI_OK;
    if (status == WSI_OK) status = check_required(step->op, given, err);
    if (status == WSI_OK && step->op->check) status = step->op->check(step->params, err);
    if (status != WSI_OK) return wsi_error_prefix(err, "%s: ", step->op->name);
    step->text = chain->expansion ? wsi_strdup("") : canonical(chain, step, chain->count);
    WSI_RETURN_IF(!step->text, WSI_ERR_NO_MEMORY, "no memory for the chain");
    return WSI_OK;
}

static wsi_status parse_steps(wsi_chain *chain, const char *text, wsi_error *err);

/* Replaces a parsed step, not yet counted, by the steps it stands for; the last one takes its name and text. */
static wsi_status expand(wsi_chain *chain, wsi_error *err)
{
    wsi_step step = chain->steps[chain->count];
    const wsi_expansion expansion = {&step, chain->count}, *outer = chain->expansion;
    char text[VALUE_MAX];
    const int n = step.op->expand(step.params, text, sizeof text);
    if (n == 0) { /* with these parameters it stands for itself */
        chain->count++;
        return WSI_OK;
    }
    memset(&chain->steps[chain->count], 0, sizeof step);
    chain->expansion = &expansion;
    const wsi_status status = n < 0 || (size_t)n >= sizeof text
                                  ? wsi_error_set(err, WSI_ERR_INTERNAL, "the steps of %s are too long", step.op->name)
                                  : parse_steps(chain, text, err);
    chain->expansion = outer;
    wsi_free(step.params);
    if (status != WSI_OK) {
        wsi_free(step.text);
        return status;
    }
    wsi_step *last = &chain->steps[chain->count - 1];
    wsi_free(last->text);
    last->text = step.text;
    last->shown = step.shown;
    last->hidden = step.hidden;
    memcpy(last->name, step.name, sizeof last->name);
    return WSI_OK;
}

static wsi_status parse_step(wsi_chain *chain, span text, wsi_error *err)
{
    WSI_RETURN_IF(chain->count == WSI_STEPS_MAX, WSI_ERR_CHAIN, "chain: more than %d steps", WSI_STEPS_MAX);
    WSI_RETURN_IF(text.s == text.e, WSI_ERR_CHAIN, "chain: step %d is empty",
                  wsi_chain_shown_number(chain, chain->count));
    wsi_step *step = &chain->steps[chain->count];
    const wsi_status status = parse_step_body(chain, step, text, err);
    if (status == WSI_OK && step->op->expand) return expand(chain, err);
    if (status == WSI_OK) {
        chain->count++;
        return WSI_OK;
    }
    wsi_free(step->params);
    wsi_free(step->text);
    memset(step, 0, sizeof *step);
    return chain->expansion ? status
                            : wsi_error_prefix(err, "chain: step %d: ", wsi_chain_shown_number(chain, chain->count));
}

/* End of a step: '|', newline, or '#' (whose comment the caller skips). */
static const char *step_end(const char *s)
{
    return s + strcspn(s, "|\n#");
}

/* Walks the text. An empty piece is fine where a newline borders it (blank lines, a '|' at the end of a line). */
static wsi_status parse_steps(wsi_chain *chain, const char *text, wsi_error *err)
{
    int after_bar = 0; /* a '|' since the last step: another must come */
    for (const char *s = text;;) {
        const char *end = step_end(s);
        const span piece = trim((span){s, end});
        if (piece.s < piece.e) {
            WSI_FORWARD(parse_step(chain, piece, err));
            after_bar = 0;
        } else if (*end == '|' && (after_bar || chain->count == 0)) {
            return wsi_error_set(err, WSI_ERR_CHAIN, "chain: step %d is empty",
                                 wsi_chain_shown_number(chain, chain->count));
        }
        if (*end == '#') end += strcspn(end, "\n");
        if (*end == '|') after_bar = 1;
        if (*end == '\0') break;
        s = end + 1;
    }
    WSI_RETURN_IF(chain->count == 0, WSI_ERR_CHAIN, "chain: no steps");
    WSI_RETURN_IF(after_bar, WSI_ERR_CHAIN, "chain: step %d is empty", wsi_chain_shown_number(chain, chain->count));
    return WSI_OK;
}

static char *join(const wsi_chain *chain, const unsigned char *wanted)
{
    char *text = wsi_strdup("");
    for (int i = 0; i < chain->count && text; i++) {
        if (!wanted[i] || !chain->steps[i].text[0]) continue;
        char *longer = wsi_asprintf("%s%s%s", text, text[0] ? " | " : "", chain->steps[i].text);
        wsi_free(text);
        text = longer;
    }
    return text;
}

char *wsi_chain_text_to(const wsi_chain *chain, int step)
{
    if (step == WSI_FROM_SOURCE) return wsi_strdup("@source");
    unsigned char wanted[WSI_STEPS_MAX] = {0};
    wanted[step] = 1;
    for (int i = step; i >= 0; i--)
        for (int k = 0; wanted[i] && k < chain->steps[i].inputs; k++)
            if (chain->steps[i].input[k] >= 0) wanted[chain->steps[i].input[k]] = 1;
    return join(chain, wanted);
}

wsi_status wsi_chain_parse(const char *text, wsi_chain **out, wsi_error *err)
{
    WSI_NEED_ERROR(err);
    WSI_RETURN_IF(!out, WSI_ERR_USAGE, "wsi_chain_parse: no place for the chain");
    *out = NULL;
    WSI_RETURN_IF(!text, WSI_ERR_USAGE, "wsi_chain_parse: no text");
    wsi_chain *chain = wsi_calloc(1, sizeof *chain);
    WSI_RETURN_IF(!chain, WSI_ERR_NO_MEMORY, "no memory for the chain");
    wsi_status status = parse_steps(chain, text, err);
    if (status == WSI_OK) {
        unsigned char all[WSI_STEPS_MAX];
        memset(all, 1, sizeof all);
        chain->text = join(chain, all);
        if (!chain->text) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for the chain");
    }
    if (status != WSI_OK) wsi_chain_destroy(&chain);
    *out = chain;
    return status;
}

void wsi_chain_destroy(wsi_chain **chain)
{
    if (!chain || !*chain) return;
    wsi_chain *c = *chain;
    for (int i = 0; i < c->count; i++) {
        wsi_free(c->steps[i].params);
        wsi_free(c->steps[i].text);
    }
    wsi_free(c->text);
    wsi_free(c);
    *chain = NULL;
}

const char *wsi_chain_text(const wsi_chain *chain)
{
    return chain ? chain->text : NULL;
}
