/* Which slides belong to which shard. Integer arithmetic and byte order alone decide, so that every node finds the
 * same.
 */
#include "shard.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli-text.h"
#include "common/mem.h"
#include "common/thread.h"

/* ---- Which shard ---- */

static wsi_status set_shard(wsi_shard *shard, int64_t index, int64_t count)
{
    shard->index = index;
    shard->count = count;
    snprintf(shard->text, sizeof shard->text, "%" PRId64 "/%" PRId64, index, count);
    return WSI_OK;
}

/* A number that Slurm sets; 0 when it is missing or none. */
static int slurm_number(const char *name, int64_t *value)
{
    const char *text = getenv(name);
    return text && wsi_text_parse_int(text, value) && *value >= 0;
}

static wsi_status parse_array(wsi_shard *shard, wsi_error *err)
{
    int64_t id, min, max, count, step = 1;
    const int known = slurm_number("SLURM_ARRAY_TASK_ID", &id) && slurm_number("SLURM_ARRAY_TASK_MIN", &min) &&
                      slurm_number("SLURM_ARRAY_TASK_MAX", &max) && slurm_number("SLURM_ARRAY_TASK_COUNT", &count);
    WSI_RETURN_IF(!known, WSI_ERR_USAGE,
                  "option --shard: auto is for tasks of a Slurm array (sbatch --array), which this is not: "
                  "SLURM_ARRAY_TASK_ID, _MIN, _MAX or _COUNT is not set");
    if (!slurm_number("SLURM_ARRAY_TASK_STEP", &step) || step < 1) step = 1;
    const int range = min <= id && id <= max && (max - min) / step + 1 == count && (id - min) % step == 0;
    WSI_RETURN_IF(!range || count > WSI_SHARDS_MAX, WSI_ERR_USAGE,
                  "option --shard: auto needs an array whose ids are a range such as 1-8 or 0-14:2, not %" PRId64
                  " ids from %" PRId64 " to %" PRId64 " in steps of %" PRId64 "; give the shard as i/n",
                  count, min, max, step);
    return set_shard(shard, (id - min) / step + 1, count);
}

wsi_status wsi_shard_parse(const char *text, wsi_shard *shard, wsi_error *err)
{
    int64_t index = 0, count = 0;
    *shard = (wsi_shard){0};
    if (!text) return WSI_OK;
    if (strcmp(text, "auto") == 0) return parse_array(shard, err);
    const char *slash = strchr(text, '/');
    char *first = slash ? wsi_strndup(text, (size_t)(slash - text)) : NULL;
    const int parsed = first && wsi_text_parse_int(first, &index) && wsi_text_parse_int(slash + 1, &count);
    wsi_free(first);
    WSI_RETURN_IF(!parsed || count < 1 || count > WSI_SHARDS_MAX || index < 1 || index > count, WSI_ERR_USAGE,
                  "option --shard: '%.100s' is neither i/n, with i from 1 to n, nor auto", text);
    return set_shard(shard, index, count);
}

/* ---- Costs ---- */

uint64_t wsi_shard_file_size(const wsi_input *input)
{
    struct stat st;
    const int known = !wsi_input_is_synthetic(input->path) && stat(input->path, &st) == 0 && S_ISREG(st.st_mode);
    return known && st.st_size > 0 ? (uint64_t)st.st_size : 1;
}

static uint64_t pixels_of(const wsi_input *input, const wsi_job_setup *setup)
{
    uint64_t pixels = 0;
    const wsi_job_spec spec = wsi_job_setup_spec(setup, input, NULL);
    if (input->failure != WSI_OK || wsi_job_pixels(&spec, &pixels, NULL) != WSI_OK) return wsi_shard_file_size(input);
    return pixels ? pixels : 1;
}

typedef struct measuring {
    const wsi_inputs *inputs;
    const wsi_job_setup *setup;
    int open;
    uint64_t *costs;     /* each written by the thread that drew its number */
    _Atomic size_t next; /* number that is drawn next */
} measuring;

static void *measure(void *arg)
{
    measuring *m = arg;
    for (size_t i; (i = atomic_fetch_add(&m->next, 1)) < m->inputs->count;) {
        const wsi_input *input = &m->inputs->items[i];
        const int open = m->open || wsi_input_is_synthetic(input->path);
        m->costs[i] = open ? pixels_of(input, m->setup) : wsi_shard_file_size(input);
    }
    return NULL;
}

/* A thread that cannot be started leaves its part to the others. */
static void measure_all(measuring *m)
{
    enum { THREADS_MAX = 16 };
    wsi_thread threads[THREADS_MAX];
    int wanted = m->setup->threads ? m->setup->threads : wsi_default_threads(), count = 0;
    if (wanted > THREADS_MAX) wanted = THREADS_MAX;
    if (!m->open || m->inputs->count < 2) wanted = 1;
    while (count < wanted - 1 && wsi_thread_start(&threads[count], "wsi-cost", measure, m, NULL) == WSI_OK) count++;
    measure(m);
    for (int i = 0; i < count; i++) wsi_thread_join(threads[i]);
}

void wsi_shard_costs(const wsi_inputs *inputs, const wsi_job_setup *setup, int open, uint64_t *costs)
{
    int given = 1;
    for (size_t i = 0; i < inputs->count; i++) given &= inputs->items[i].cost > 0;
    measuring m = {.inputs = inputs, .setup = setup, .open = open, .costs = costs};
    if (!given) measure_all(&m);
    for (size_t i = 0; i < inputs->count && given; i++) costs[i] = inputs->items[i].cost;
}

/* ---- Dealing ---- */

typedef struct card {
    const wsi_input *input;
    uint64_t cost;
    size_t index;
} card;

static int compare_cards(const void *a, const void *b)
{
    const card *x = a, *y = b;
    if (x->cost != y->cost) return x->cost > y->cost ? -1 : 1;
    const int base = strcmp(x->input->base, y->input->base);
    if (base) return base;
    const int path = strcmp(x->input->path, y->input->path);
    return path ? path : (x->index > y->index) - (x->index < y->index);
}

static void deal(const card *cards, size_t card_count, uint64_t *loads, int64_t count, int64_t *shard_of)
{
    for (size_t i = 0; i < card_count; i++) {
        int64_t least = 0;
        for (int64_t s = 1; s < count && loads[least]; s++) {
            if (loads[s] < loads[least]) least = s;
        }
        loads[least] += cards[i].cost < UINT64_MAX - loads[least] ? cards[i].cost : UINT64_MAX - loads[least];
        shard_of[cards[i].index] = least + 1;
    }
}

wsi_status wsi_shard_deal(const wsi_inputs *inputs, const uint64_t *costs, int64_t count, int64_t *shard_of,
                          wsi_error *err)
{
    card *cards = wsi_calloc(inputs->count + 1, sizeof *cards);
    uint64_t *loads = wsi_calloc((size_t)count, sizeof *loads);
    for (size_t i = 0; cards && i < inputs->count; i++) cards[i] = (card){&inputs->items[i], costs[i], i};
    if (cards && loads) {
        if (inputs->count) qsort(cards, inputs->count, sizeof *cards, compare_cards);
        deal(cards, inputs->count, loads, count, shard_of);
    }
    const int enough = cards && loads;
    wsi_free(cards);
    wsi_free(loads);
    return enough ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
}

wsi_status wsi_shard_take(const wsi_shard *shard, wsi_inputs *inputs, uint64_t *costs, wsi_error *err)
{
    size_t kept = 0;
    if (!shard->count) return WSI_OK;
    int64_t *shard_of = wsi_calloc(inputs->count + 1, sizeof *shard_of);
    WSI_RETURN_IF(!shard_of, WSI_ERR_NO_MEMORY, "out of memory");
    const wsi_status status = wsi_shard_deal(inputs, costs, shard->count, shard_of, err);
    for (size_t i = 0; i < inputs->count && status == WSI_OK; i++) {
        const wsi_input item = inputs->items[i];
        if (shard_of[i] == shard->index) {
            costs[kept] = costs[i];
            inputs->items[kept++] = item;
        } else {
            wsi_input_clear(&inputs->items[i]);
        }
    }
    if (status == WSI_OK) inputs->count = kept;
    wsi_free(shard_of);
    return status;
}
