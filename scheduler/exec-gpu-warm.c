/* The driver loads a kernel when it is launched first: tens of milliseconds for a chain, with every slot waiting. So
 * the kernels of a run are launched once on blank pixels, by a thread of its own, while decoders and staging are made.
 */
#include "exec-gpu.h"

enum { BLOCKS_WORTH_IT = 4 };

/* One block at the level's corner, one inside: kernels for either may differ. */
static wsi_status launch_all(wsi_gpu *gpu, wsi_error *err)
{
    const wsi_plan *p = gpu->exec->plan;
    wsi_gpu_slot *s = &gpu->slots[0];
    /* Decoders are compared in the first strip's memory. What else the last one has is dealt meanwhile. */
    wsi_strip blank = {.gpu = gpu, .memory = gpu->strips[gpu->strip_count - 1].memory, .by = -1};
    WSI_FORWARD(wsi_fill_on_device(s->queue.stream, blank.memory, 0, p->gpu.strip_bytes, err));
    for (int64_t b = 0; b < 2 && (b == 0 || (p->blocks_x > 2 && p->blocks_y > 2)); b++) {
        blank.y0 = wsi_max64(0, b * p->block_h - p->halo_y);
        WSI_FORWARD(wsi_gpu_queue_piece(s, &blank, wsi_exec_block_rect(p, b, b), err));
    }
    return wsi_stream_finish(s->queue.stream, err);
}

static void *warm_main(void *arg)
{
    wsi_gpu *gpu = arg;
    (void)launch_all(gpu, &gpu->warm_error);
    return NULL;
}

wsi_status wsi_gpu_warm(wsi_gpu *gpu, wsi_error *err)
{
    const wsi_plan *p = gpu->exec->plan;
    if (p->blocks_x * p->blocks_y < BLOCKS_WORTH_IT || gpu->strip_count < 2) return WSI_OK;
    WSI_FORWARD(wsi_thread_start(&gpu->warm_thread, "wsi-gpu-warm", warm_main, gpu, err));
    gpu->warming = 1;
    return WSI_OK;
}

wsi_status wsi_gpu_warmed(wsi_gpu *gpu, wsi_error *err)
{
    if (gpu->warming) wsi_thread_join(gpu->warm_thread);
    gpu->warming = 0;
    const wsi_error *e = &gpu->warm_error;
    return e->code == WSI_OK ? WSI_OK : wsi_error_set(err, e->code, "%s", e->message);
}
