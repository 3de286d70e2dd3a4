/* Keeping or computing again. What a pass computes and a later one needs as well is either computed again, from the
 * slide's tiles on, or kept in a scratch file. Costs are estimates in nanoseconds of one thread for a pixel of the
 * level, from a few machines; they decide about time alone, never about results. */
#include "passes.h"

#include <string.h>
#include <sys/statvfs.h>

#include "common/mem.h"

static const double WRITE_NS = 0.6, READ_NS = 0.4; /* a byte in the system's cache */
static const double DISK_NS = 2.5;                 /* a byte that has to go to the disk and back, each way */

/* ---- What a pass computes ---- */

static void mark_step(int step, unsigned char *computed, int *source)
{
    if (step < 0)
        *source = 1;
    else
        computed[step] = 1;
}

/* Steps that a pass computes, and whether it reads the slide. */
static void find_computed(const wsi_passes *p, const wsi_pass *pass, unsigned char *computed, int *source)
{
    memset(computed, 0, WSI_STEPS_MAX);
    *source = 0;
    for (int i = 0; i < pass->tap_count; i++) {
        const wsi_step *step = &p->chain->steps[pass->taps[i]];
        for (int k = 0; k < step->inputs; k++) mark_step(step->input[k], computed, source);
    }
    for (int i = 0; pass->write && i < p->job->step_count; i++) computed[p->job->steps[i]] = 1;
    for (int s = p->chain->count - 1; s >= 0; s--) {
        if (computed[s] && p->known[s].what == WSI_KEPT) computed[s] = 0;
        const int images = wsi_graph_images(p->chain, p->known, s);
        for (int k = 0; computed[s] && k < images; k++) mark_step(p->chain->steps[s].input[k], computed, source);
    }
}

/* Of a sample. */
static double sample_cost(const wsi_step *step)
{
    const wsi_op *op = step->op;
    const wsi_halo halo = op->halo ? op->halo(step->params) : (wsi_halo){0, 0};
    if (op->cost > 0) return op->cost * (op->repeats ? op->repeats(step->params) : 1);
    return 0.5 + 0.15 * (double)wsi_min64(halo.x, 32);
}

static double step_cost(const wsi_passes *p, int s)
{
    const wsi_step *step = &p->chain->steps[s];
    const wsi_shape *shape = &p->shapes[s];
    const double share = (double)shape->w * (double)shape->h / ((double)p->shapes[s].in_w * (double)p->shapes[s].in_h);
    return (share < 1 ? share : 1) * shape->fmt.channels * sample_cost(step);
}

/* Showing a global step its images. What a reduction has of its kernel's costs does not count here. */
static double tap_cost(const wsi_passes *p, int s)
{
    const wsi_op *op = p->chain->steps[s].op;
    if (op->reduction && op->repeats) return 1;
    return p->shapes[s].fmt.channels * (op->cost > 0 ? sample_cost(&p->chain->steps[s]) : op->whole ? 1.5 : 0.7);
}

static double decode_cost(const wsi_passes *p)
{
    const char *codec = p->job->info->levels[p->level].compression;
    return strstr(codec, "2000") ? 60 : strstr(codec, "jpeg") ? 5.5 : 2;
}

static double cost_of(const wsi_passes *p, const unsigned char *computed, int source)
{
    double ns = source ? decode_cost(p) : 0.2;
    for (int s = 0; s < p->chain->count; s++)
        if (computed[s]) ns += step_cost(p, s);
    return ns;
}

/* A byte of a result, by what becomes of it. Runs of alike samples, as masks and labels have, go much faster. */
static double encode_cost(wsi_codec codec, int nearest)
{
    if (nearest) return codec == WSI_CODEC_NONE ? 0.3 : 2;
    switch (codec) {
    case WSI_CODEC_DEFLATE:
        return 12;
    case WSI_CODEC_LZW:
        return 25;
    case WSI_CODEC_ZSTD:
    case WSI_CODEC_JPEG:
        return 2.5;
    case WSI_CODEC_NONE:
        break;
    }
    return 0.3;
}

/* Nanoseconds that the results take to be encoded, their levels as well. */
static double results_cost(const wsi_slide_job *job)
{
    double ns = 0;
    for (int i = 0; i < job->output_count && *job->spec.writer->extension; i++)
        for (int k = 0; k < job->outputs[i].result_count; k++) {
            const wsi_result_spec *r = &job->outputs[i].specs[k];
            for (int level = 0; level < r->level_count; level++)
                ns += (double)r->level_w[level] * (double)r->level_h[level] * (double)wsi_pixfmt_size(r->fmt) *
                      encode_cost(job->codec, r->nearest);
        }
    return ns;
}

double wsi_passes_seconds(const wsi_passes *p, const wsi_pass *pass, int threads)
{
    unsigned char computed[WSI_STEPS_MAX];
    int source;
    const wsi_level *l = &p->job->info->levels[p->level];
    find_computed(p, pass, computed, &source);
    double ns = cost_of(p, computed, source);
    for (int i = 0; i < pass->tap_count; i++) ns += tap_cost(p, pass->taps[i]);
    ns *= (double)l->w * (double)l->h;
    return (ns + (pass->write ? results_cost(p->job) : 0)) * 1e-9 / threads;
}

/* ---- What is worth keeping ---- */

/* 1 when a step that is not computed now reads s in the later pass, or a tap or a result does. */
static int is_border(const wsi_passes *p, const wsi_pass *later, int s, const unsigned char *again,
                     const unsigned char *there)
{
    for (int c = s + 1; c < p->chain->count; c++) {
        const int images = wsi_graph_images(p->chain, p->known, c);
        for (int k = 0; there[c] && !again[c] && k < images; k++)
            if (p->chain->steps[c].input[k] == s) return 1;
    }
    for (int i = 0; i < later->tap_count; i++)
        for (int k = 0; k < p->chain->steps[later->taps[i]].inputs; k++)
            if (p->chain->steps[later->taps[i]].input[k] == s) return 1;
    for (int i = 0; later->write && i < p->job->step_count; i++)
        if (p->job->steps[i] == s) return 1;
    return 0;
}

/* Something else in the later pass needs the slide's own pixels. */
static int needs_slide(const wsi_passes *p, const wsi_pass *later, const unsigned char *again,
                       const unsigned char *there)
{
    for (int c = 0; c < p->chain->count; c++) {
        const int images = wsi_graph_images(p->chain, p->known, c);
        for (int k = 0; there[c] && !again[c] && k < images; k++)
            if (p->chain->steps[c].input[k] < 0) return 1;
    }
    for (int i = 0; i < later->tap_count; i++)
        for (int k = 0; k < p->chain->steps[later->taps[i]].inputs; k++)
            if (p->chain->steps[later->taps[i]].input[k] < 0) return 1;
    return 0;
}

/* The next pass that reads the slide; 0: none does. Supposes passes until then. */
static int next_reader(wsi_passes *p, wsi_pass *later, unsigned char *there)
{
    int elsewhere, source;
    while (wsi_passes_next(p, later, &elsewhere)) {
        if (elsewhere >= 0) *later = (wsi_pass){.taps = {elsewhere}, .tap_count = 1};
        find_computed(p, later, there, &source);
        if (source && elsewhere < 0) return 1;
        wsi_passes_suppose(p, later);
    }
    return 0;
}

/* Of the nearest folder that exists: plans are made before outputs' folders are. */
static int file_system(const char *folder, struct statvfs *fs)
{
    char *path = wsi_strdup(folder);
    size_t n = path ? strlen(path) : 0;
    int found = path && statvfs(path, fs) == 0;
    while (path && !found && n) {
        while (n && path[n - 1] == '/') n--;
        while (n && path[n - 1] != '/') n--;
        path[n] = 0;
        found = statvfs(n ? path : ".", fs) == 0;
    }
    wsi_free(path);
    return found;
}

/* Bytes that may go to the scratch file, and whether the system's memory will hold them. */
static uint64_t scratch_room(const wsi_slide_job *job, uint64_t *cached)
{
    struct statvfs fs;
    *cached = wsi_available_memory() / 2;
    if (!file_system(job->scratch, &fs)) return 0;
    return (uint64_t)fs.f_bavail * fs.f_frsize / 2;
}

/* Costs against each other: `passes` more passes that would compute `again` again, or writing and reading bytes. */
static int worth_keeping(const wsi_passes *p, const unsigned char *again, double bytes, int passes, double already)
{
    const wsi_level *l = &p->job->info->levels[p->level];
    const double pixels = (double)l->w * (double)l->h;
    uint64_t cached;
    const uint64_t room = scratch_room(p->job, &cached);
    if (p->job->spec.keep != WSI_KEEP_ALWAYS && (bytes + already) * pixels > (double)room) return 0;
    const int fast = (bytes + already) * pixels <= (double)cached;
    const double threads = p->job->spec.threads;
    const double way = fast ? WRITE_NS : DISK_NS * threads, back = fast ? READ_NS : DISK_NS * threads;
    if (p->job->spec.keep == WSI_KEEP_ALWAYS) return 1;
    return bytes * (way + passes * back) < passes * cost_of(p, again, 1);
}

/* Looks ahead; p is a copy that may be spoilt. */
static void look_ahead(wsi_passes *p, const wsi_pass *pass, const unsigned char *now, double already, int *keeps,
                       int *count)
{
    unsigned char there[WSI_STEPS_MAX], again[WSI_STEPS_MAX];
    wsi_pass later, unused;
    double bytes = 0;
    int passes = 1;
    wsi_passes_suppose(p, pass);
    if (!next_reader(p, &later, there)) return;
    for (int s = 0; s < WSI_STEPS_MAX; s++) again[s] = now[s] & there[s];
    if (needs_slide(p, &later, again, there)) return;
    for (int s = 0; s < p->chain->count; s++) {
        if (!again[s] || !is_border(p, &later, s, again, there)) continue;
        const wsi_shape *shape = &p->shapes[s];
        const wsi_level *l = &p->job->info->levels[p->level];
        keeps[(*count)++] = s;
        bytes +=
            (double)wsi_pixfmt_size(shape->fmt) * (double)shape->w * (double)shape->h / ((double)l->w * (double)l->h);
    }
    wsi_passes_suppose(p, &later);
    for (; next_reader(p, &unused, there); wsi_passes_suppose(p, &unused)) passes++;
    if (*count == 0 || !worth_keeping(p, again, bytes, passes, already)) *count = 0;
}

/* What has been supposed is taken back. */
typedef struct memory {
    wsi_known known[WSI_STEPS_MAX];
    int rounds[WSI_STEPS_MAX], on_trial[WSI_STEPS_MAX];
    int written, count;
} memory;

static void remember(const wsi_passes *p, memory *m)
{
    memcpy(m->known, p->known, sizeof m->known);
    for (int i = 0; i < p->global_count; i++) {
        m->rounds[i] = p->globals[i].call.round;
        m->on_trial[i] = p->globals[i].on_trial;
    }
    m->written = p->written;
    m->count = p->count;
}

static void recall(wsi_passes *p, const memory *m)
{
    memcpy(p->known, m->known, sizeof p->known);
    for (int i = 0; i < p->global_count; i++) {
        p->globals[i].call.round = m->rounds[i];
        p->globals[i].on_trial = m->on_trial[i];
    }
    p->written = m->written;
    p->count = m->count;
}

int wsi_passes_expected(wsi_passes *p)
{
    wsi_pass pass;
    int elsewhere;
    memory m;
    remember(p, &m);
    while (wsi_passes_next(p, &pass, &elsewhere)) {
        if (elsewhere >= 0) pass = (wsi_pass){.taps = {elsewhere}, .tap_count = 1};
        wsi_passes_suppose(p, &pass);
    }
    const int count = p->count;
    recall(p, &m);
    return count;
}

void wsi_passes_choose_keeps(wsi_passes *p, wsi_pass *pass)
{
    unsigned char now[WSI_STEPS_MAX];
    int source;
    memory m;
    if (p->goal >= 0 || p->job->spec.device_count || p->job->spec.keep == WSI_KEEP_NEVER)
        return; /* GPUs compute faster than disks read */
    find_computed(p, pass, now, &source);
    if (!source) return;
    double already = 0;
    for (int s = 0; s < p->chain->count; s++)
        if (p->stores[s]) already += (double)wsi_pixfmt_size(p->shapes[s].fmt);
    remember(p, &m);
    look_ahead(p, pass, now, already, pass->keeps, &pass->keep_count);
    recall(p, &m);
}
