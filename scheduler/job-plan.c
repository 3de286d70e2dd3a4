/* The plan of one pass: on the job's GPUs, which are opened for the first that needs them, or on the CPU. */
#include "passes.h"

#include "common/mem.h"

static const uint64_t DEVICE_MEMORY = UINT64_C(8) << 30; /* enough for every slide to run at full speed */

/* Opens the GPUs and fills in the budget of each: given, or a share of what is free on the fullest. */
static wsi_status open_gpus(wsi_slide_job *job, wsi_error *err)
{
    size_t least = SIZE_MAX;
    if (job->gpus.count) return WSI_OK; /* for an earlier pass */
    for (int i = 0; i < job->spec.device_count; i++) {
        size_t free_bytes;
        WSI_FORWARD(wsi_device_open(job->spec.devices[i], &job->gpus.device[i], err));
        job->gpus.count = i + 1;
        WSI_FORWARD(wsi_device_free_memory(job->gpus.device[i], &free_bytes, err));
        if (free_bytes < least) least = free_bytes;
    }
    if (!job->spec.device_memory) {
        const uint64_t share = (uint64_t)((double)least * 0.7);
        job->spec.device_memory = share < DEVICE_MEMORY ? share : DEVICE_MEMORY;
    }
    return WSI_OK;
}

void wsi_job_close_gpus(wsi_slide_job *job)
{
    for (int i = 0; i < job->gpus.count; i++) wsi_device_close(&job->gpus.device[i]);
    job->gpus.count = 0;
}

/* Tells which steps the GPUs leave to the CPU. */
static void log_host_steps(const wsi_slide_job *job, const wsi_graph *graph, const wsi_plan *plan)
{
    for (int i = 0; i < graph->node_count; i++)
        if (plan->gpu.on_host[i] && !graph->nodes[i].kept)
            wsi_log_write(job->spec.log, WSI_LOG_WARNING, "%s: step %s runs on the CPU", job->spec.input,
                          graph->nodes[i].op->name);
}

static wsi_status plan_for_gpus(wsi_slide_job *job, const wsi_plan_input *in, wsi_plan *plan, wsi_error *err)
{
    const wsi_level *l = &job->info->levels[in->level];
    const int jpeg = l->raw && wsi_slide_level_is_jpeg(job->slide, in->level);
    wsi_plan_input gpu = *in;
    gpu.devices = job->gpus.count;
    gpu.device_memory = job->spec.device_memory;
    gpu.streams = job->spec.streams;
    gpu.host_steps = job->spec.host_steps;
    gpu.within = job->spec.within != NULL;
    gpu.gpu_decode = jpeg && job->spec.decoder != WSI_DECODER_CPU;
    WSI_RETURN_IF(job->spec.decoder == WSI_DECODER_GPU && !jpeg, WSI_ERR_INPUT_UNSUPPORTED,
                  "--decoder gpu: the tiles of level %d are %s, GPUs decode JPEG", in->level, l->compression);
    WSI_FORWARD(wsi_plan_make_gpu(&gpu, plan, err));
    WSI_RETURN_IF(job->spec.decoder == WSI_DECODER_GPU && !plan->gpu.decoders, WSI_ERR_NO_MEMORY,
                  "GPU memory: the budget of %llu MiB leaves no room for a decoder (--device-memory)",
                  (unsigned long long)(job->spec.device_memory >> 20));
    log_host_steps(job, in->graph, plan);
    return WSI_OK;
}

/* Opens the GPUs and plans for them. Where the caller leaves it open, the CPU takes over what they have no memory for;
 * spec.device_count is 0 then. */
static wsi_status use_gpus(wsi_slide_job *job, const wsi_plan_input *in, wsi_plan *plan, wsi_error *err)
{
    wsi_error cause = {WSI_OK, ""};
    wsi_status status = open_gpus(job, &cause);
    if (status == WSI_OK) status = plan_for_gpus(job, in, plan, &cause);
    if (status == WSI_OK) return WSI_OK;
    const int left_open = job->spec.devices_optional && (status == WSI_ERR_DEVICE || status == WSI_ERR_NO_MEMORY);
    if (!left_open) return wsi_error_set(err, cause.code, "%s", cause.message);
    wsi_log_write(job->spec.log, WSI_LOG_WARNING, "%s: processed on the CPU: %s", job->spec.input, cause.message);
    wsi_job_close_gpus(job);
    job->spec.device_count = 0;
    return WSI_OK;
}

/* Tells what memory was too short for. */
static void log_plan(const wsi_slide_job *job, const wsi_plan *plan)
{
    if (plan->threads < job->spec.threads)
        wsi_log_write(job->spec.log, WSI_LOG_WARNING, "%s: memory is enough for %d of %d threads", job->spec.input,
                      plan->threads, job->spec.threads);
    if (plan->piece_w < job->spec.tile && plan->piece_w < plan->w)
        wsi_log_write(job->spec.log, WSI_LOG_WARNING, "%s: memory is enough for work tiles of %lld x %lld pixels",
                      job->spec.input, (long long)plan->piece_w, (long long)plan->piece_h);
    if (plan->no_ring && (plan->halo_x || plan->halo_y))
        wsi_log_write(job->spec.log, WSI_LOG_WARNING,
                      "%s: memory is too short to keep rows of the slide: source tiles are decoded more than once",
                      job->spec.input);
}

/* The mask of --within is known, and with it what is needed, when passes are run; not when they are foretold. */
static double worked_on(const wsi_slide_job *job, int level)
{
    return job->within && level == job->spec.level ? wsi_within_share(job->within) : 1;
}

wsi_status wsi_job_make_plan(wsi_slide_job *job, const wsi_graph *graph, int level, int64_t out_tile, int write,
                             wsi_plan *plan, wsi_error *err)
{
    const wsi_plan_input in = {.slide = job->slide,
                               .level = level,
                               .graph = graph,
                               .out_tile = out_tile,
                               .codec = write ? job->codec : WSI_CODEC_NONE,
                               .last_edge = write ? wsi_job_last_edge(&job->spec) : INT64_MAX,
                               .tile = job->spec.tile,
                               .threads = job->spec.threads,
                               .taker = write ? job->spec.taker : NULL,
                               .memory = job->spec.memory,
                               .share = worked_on(job, level)};
    wsi_status status = WSI_OK;
    const int on_gpus = job->spec.device_count && graph->reads_source;
    if (on_gpus) status = use_gpus(job, &in, plan, err);
    if (status == WSI_OK && !(on_gpus && job->spec.device_count)) status = wsi_plan_make(&in, plan, err);
    if (status != WSI_OK) return wsi_error_prefix(err, "%s: ", job->spec.input);
    if (graph->reads_source) log_plan(job, plan);
    return WSI_OK;
}
