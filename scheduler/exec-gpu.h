/* The GPU half of the executor.
 *
 * How it moves. A strip is a stretch of the slide in a device's memory: the source rows of one block row, as wide as
 * the level. Strips are dealt to devices in order, as their memory gets free. Source tiles are decoded once, by
 * whichever decoder is free: a device's own, straight into the strip, or a CPU worker, into pinned memory and then
 * copied. Rows that two strips share are taken over from the upper one when it is complete ("carried"), on the device
 * or between two. Blocks are computed from views of a complete strip by a device's slots, each with a thread, a
 * stream, an arena and pinned memory, and encoded there where tiles become JPEG; the CPU workers encode the others,
 * halve all of them, and they go the way of all tiles from there: so files have the same bytes whatever computed them.
 *
 * Nothing is allocated and no device is synchronised while it runs: threads wait for events of their own stream.
 * It cannot deadlock: strips are dealt in order, and the block whose tile is the next to be written may always start;
 * a strip is freed when its blocks are read and the next one, which then is the lowest, has its memory. */
#ifndef WSI_EXEC_GPU_H
#define WSI_EXEC_GPU_H

#include "exec-private.h"
#include "kernels/device-jpeg-encode.h"

typedef enum wsi_carry { WSI_CARRY_WAITING = 0, WSI_CARRY_RUNNING, WSI_CARRY_DONE } wsi_carry;

typedef struct wsi_strip {
    struct wsi_gpu *gpu;
    char *memory;
    /* set when it is dealt */
    int64_t by;         /* block row; -1 = free */
    int64_t y0;         /* level row at the start of memory */
    int64_t first_unit; /* of its own; rows above are carried */
    /* lock */
    int64_t units_left;  /* own units that are not decoded */
    wsi_carry carry;     /* from the strip above */
    int64_t next_bx;     /* next block to start */
    int64_t blocks_left; /* not yet read */
} wsi_strip;

/* Intervals of one stage on one device, milliseconds after gpu->base; under lock. */
typedef struct wsi_spans {
    struct wsi_span {
        float begin, end;
    } * at;
    size_t count, capacity;
} wsi_spans;

typedef enum wsi_gpu_stage {
    WSI_GPU_DECODE = 0,
    WSI_GPU_UPLOAD,
    WSI_GPU_COMPUTE,
    WSI_GPU_ENCODE,
    WSI_GPU_DOWNLOAD,
    WSI_GPU_STAGES
} wsi_gpu_stage;

/* A stream with what its thread needs to wait and to measure. */
typedef struct wsi_queue {
    struct wsi_gpu *gpu;
    wsi_stream *stream;
    wsi_event *mark[4];
    wsi_trace_lane *lane[WSI_GPU_STAGES];
    int64_t x, y; /* of what is queued, for the trace: block, or first tile and unit */
} wsi_queue;

typedef enum wsi_slot_state { WSI_SLOT_FREE = 0, WSI_SLOT_RUNNING, WSI_SLOT_HOST, WSI_SLOT_ENCODING } wsi_slot_state;

typedef struct wsi_gpu_slot {
    struct wsi_gpu *gpu;
    wsi_thread thread;
    wsi_queue queue;
    char *arena;                                        /* device memory */
    char *pinned;                                       /* results and exports */
    wsi_device_jpeg_encoder *jpeg[WSI_JOB_OUTPUTS_MAX]; /* of each result; NULL: the workers encode */
    size_t jpeg_pinned[WSI_JOB_OUTPUTS_MAX];            /* bytes charged for it */
    int encodes;                                        /* its thread's own: an encoder is in use */
    wsi_trace_lane *lane;
    pthread_cond_t encoded; /* tiles_left reached 0 */
    double busy;            /* seconds of its stream; lock */
    /* lock */
    wsi_slot_state state;
    wsi_task task; /* the block; task.reserved: not yet handed to an encoding task */
    wsi_rect export_rect[WSI_NODES_MAX + 1];
    int64_t tiles, tiles_next, tiles_left;    /* of the block */
    int64_t pieces_next, pieces, pieces_left; /* of steps on the host */
} wsi_gpu_slot;

typedef struct wsi_gpu_decoder {
    struct wsi_gpu *gpu;
    wsi_thread thread;
    wsi_queue queue;
    wsi_device_jpeg *jpeg;
    wsi_batch *batches;
    int batch_count, batch_capacity;
    struct wsi_tile_ref {
        int batch, index;
    } * added;         /* the i-th tile in the decoder's batch */
    wsi_worker worker; /* of those: pinned staging and a stream */
    uint64_t bytes;    /* compressed, of the batches in hand */
    double busy;       /* lock */
    double rate;       /* tiles a second, smoothed; 0 = not measured; lock */
    uint64_t tiles;    /* its thread's own until joined */
} wsi_gpu_decoder;

typedef struct wsi_gpu {
    wsi_exec *exec;
    int number; /* in exec->gpus */
    wsi_device *device;
    wsi_event *base;
    double base_time; /* wsi_now() at base */
    void *state[WSI_NODES_MAX];
    wsi_strip strips[WSI_GPU_STRIPS_MAX];
    wsi_gpu_slot slots[WSI_GPU_SLOTS_MAX];
    wsi_gpu_decoder decoders[WSI_GPU_DECODERS_MAX];
    int strip_count, slot_count, decoder_count, slots_started, decoders_started;
    uint64_t bytes;
    wsi_thread warm_thread;
    wsi_error warm_error; /* the thread's until joined */
    int warming;
    pthread_cond_t slot_work, decode_work;
    /* lock */
    int slots_waiting, decoders_waiting;
    wsi_spans spans[WSI_GPU_STAGES];
    uint64_t bytes_up, bytes_down, blocks;
} wsi_gpu;

/* ---- exec-gpu.c ---- */

wsi_status wsi_gpu_create(wsi_exec *x, int number, wsi_error *err);
wsi_status wsi_gpu_start(wsi_gpu *gpu, wsi_error *err);
void wsi_gpu_join(wsi_gpu *gpu);
/* Waits for everything queued on the device, whatever came of it. All threads of the run have ended. */
void wsi_gpu_drain(wsi_gpu *gpu);
/* Every device is drained: they may have used each other's memory. */
void wsi_gpu_destroy(wsi_gpu *gpu);
/* A CPU worker's staging, and a stream to the GPU, or (only == NULL) to each; put back with wsi_gpu_worker_clear. what,
 * number: its name in the trace. */
wsi_status wsi_gpu_worker_init(wsi_worker *w, struct wsi_gpu *only, const char *what, int number, wsi_error *err);
void wsi_gpu_worker_clear(wsi_worker *w);

wsi_status wsi_queue_mark(wsi_queue *q, int i, wsi_error *err);
/* Waits for mark i. */
wsi_status wsi_queue_wait(wsi_queue *q, int i, wsi_error *err);
/* Notes the interval between two marks that were waited for; adds its seconds to *busy. Takes the lock. */
wsi_status wsi_queue_note(wsi_queue *q, wsi_gpu_stage stage, int from, int to, double *busy, wsi_error *err);
/* Fills x->stats.gpus and overlap; the threads have ended. */
void wsi_gpu_collect_stats(wsi_exec *x);

/* ---- exec-gpu-strip.c; all under lock ---- */

/* Tables of strips: which block row owns a unit. */
wsi_status wsi_strips_init(wsi_exec *x, wsi_error *err);
void wsi_strips_clear(wsi_exec *x);
/* Deals free strips to the next block rows. */
void wsi_strips_deal(wsi_exec *x);
/* Strip that a unit is decoded into, or NULL: it is not dealt yet. */
wsi_strip *wsi_strip_of_unit(wsi_exec *x, int64_t unit);
void wsi_strip_unit_done(wsi_exec *x, int64_t unit);
void wsi_strip_block_read(wsi_strip *s);
/* Rows from the strip above have arrived. */
void wsi_strip_carried(wsi_strip *s);
int wsi_strip_complete(const wsi_strip *s);
/* Where a rectangle of the level lies in a strip. */
wsi_image wsi_strip_view(const wsi_strip *s, wsi_rect r);

/* ---- exec-gpu-block.c ---- */

void *wsi_gpu_slot_main(void *arg);
/* Under lock: wakes a slot of each device that has something to do for one now. */
void wsi_gpu_wake_slots(wsi_exec *x);
/* Under lock: next tiles of a finished block for a CPU worker, or steps of it that run on the host. */
int wsi_gpu_next_encode(wsi_exec *x, wsi_task *task);
void wsi_gpu_encode_done(wsi_exec *x, const wsi_task *task);
wsi_status wsi_gpu_encode(wsi_worker *w, wsi_task *task, wsi_error *err);

/* Queues the kernels of a block's first piece. */
wsi_status wsi_gpu_queue_piece(wsi_gpu_slot *s, const wsi_strip *strip, wsi_rect block, wsi_error *err);

/* ---- exec-gpu-warm.c ---- */

/* Starts loading the run's kernels; strips, slots and the steps' state are there. */
wsi_status wsi_gpu_warm(wsi_gpu *gpu, wsi_error *err);
/* Waits until they are loaded, or have failed. Before anything is decoded. */
wsi_status wsi_gpu_warmed(wsi_gpu *gpu, wsi_error *err);

/* ---- exec-gpu-upload.c ---- */

/* Decodes a batch on a CPU worker, into pinned memory, and starts its copy to the strip: task->uploading. */
wsi_status wsi_gpu_decode_on_cpu(wsi_worker *w, wsi_task *task, wsi_error *err);
/* Waits for the copy that a worker started last, if there is one: its batch is decoded then. Takes the lock. */
wsi_status wsi_gpu_settle_upload(wsi_worker *w, wsi_error *err);
/* Rectangle r of a worker's pinned memory, and its copy to a strip, which is waited for. */
wsi_image wsi_gpu_staging(const wsi_worker *w, wsi_rect r);
wsi_status wsi_gpu_upload(wsi_worker *w, const wsi_strip *s, wsi_rect r, wsi_error *err);
/* wsi_strip_of_unit for those who do not hold the lock. */
wsi_strip *wsi_gpu_strip_of_unit(wsi_exec *x, int64_t unit);

/* ---- exec-gpu-decode.c ---- */

void *wsi_gpu_decoder_main(void *arg);
/* Compares a tile on both decoders before any thread starts; without agreement devices do not decode. */
wsi_status wsi_gpu_check_decoder(wsi_exec *x, wsi_error *err);
/* Under lock: wakes a decoder of each device that has something to do for one now. */
void wsi_gpu_wake_decoders(wsi_exec *x);
/* Under lock: is the next batch better decoded by a CPU worker, now? */
int wsi_gpu_leaves_batch(const wsi_exec *x);

#endif
