/* The executor's plan and state: one slide level streamed through a bound graph into sinks.
 *
 * How it moves. Decoded source rows live in a ring as wide as the level ("the band"). Blocks, whose edges are
 * multiples of the output tile, are computed from views of the ring, encoded while they are in cache and halved into
 * the next pyramid level's rows; a finished row of those is encoded and halved in turn. Encoded tiles go to one
 * writer thread a sink, which appends them in one canonical order (wsi_pyramid_order), so files have the same bytes
 * whatever computed them. A reader thread fetches compressed tiles ahead, in file order.
 *
 * Results are kept in ladders, one for each scale that steps of the chain leave them in. Blocks are whole output tiles
 * of the level; what a block has of a result of another scale is a piece that is no whole number of tiles, so it is put
 * into rows of level 0, and complete rows are encoded and halved like those of the levels above.
 *
 * Choosing the next task is serial and cheap (wsi_exec_next, under one lock), everything else is parallel. Memory is
 * bounded because a source row is decoded only into ring rows that no unfinished block needs, and a block starts only
 * when its encoded tiles, as expected, fit the space left for them; those that turn out larger and do not fit wait in a
 * scratch file (exec-spill.c). Neither can deadlock: blocks start in order, and the task whose tile is the next to be
 * written may always start. That holds for tile rows that are put together from blocks too: in
 * the order of writing a row comes after the tiles of the first cells that complete it (wsi_pyramid_order), so when it
 * is next all blocks of its last block row have started; and the rows that are kept hold all that a block row gives.
 *
 * Where memory is too short for a ring, each block decodes the source tiles it reads by itself: slower, since tiles on
 * the borders of blocks are decoded again (decode_amplification says how often), but the same bytes. */
#ifndef WSI_EXEC_H
#define WSI_EXEC_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/pool.h"
#include "common/team.h"
#include "common/thread.h"
#include "graph.h"
#include "within.h"
#include "kernels/device-fuse.h"
#include "kernels/device-jpeg.h"
#include "tiler/tiler.h"

enum { WSI_PYRAMID_MAX = 64, WSI_BATCH_MAX = 64, WSI_READ_ROUND_MAX = 8, WSI_THREADS_MAX = 1024 };
enum { WSI_GPU_SLOTS_MAX = 16, WSI_GPU_DECODERS_MAX = 8, WSI_GPU_STRIPS_MAX = 12, WSI_GPU_ALIGN = 32 };

/* Where the buffers of one piece of work lie, from the start of an arena. */
typedef struct wsi_arena {
    size_t node_offset[WSI_NODES_MAX], node_stride[WSI_NODES_MAX];
    size_t scratch_offset;
    size_t result_offset[WSI_JOB_OUTPUTS_MAX], result_stride[WSI_JOB_OUTPUTS_MAX]; /* of a whole block */
    size_t result_bytes[WSI_JOB_OUTPUTS_MAX];
    size_t bytes;
} wsi_arena;

/* Sizes and counts on GPUs; what they mean is told in exec-gpu.h. */
typedef struct wsi_gpu_plan {
    int devices;                 /* 0: the CPU alone */
    int slots, strips, decoders; /* of each device */
    int depth;                   /* block rows whose pyramid rows fit at a time */
    int64_t strip_rows;
    size_t strip_stride, strip_bytes;
    unsigned char on_host[WSI_NODES_MAX];   /* 1: this step runs on the CPU */
    int host_nodes;                         /* number of such */
    int group[WSI_NODES_MAX];               /* steps from this one on that run as one kernel; 0: part of one, or host */
    unsigned char no_buffer[WSI_NODES_MAX]; /* 1: on the host, or within a group: no device memory */
    int64_t host_piece_w, host_piece_h;     /* they are computed in these pieces, from plan->arena */
    wsi_arena arena;                        /* of a slot, in device memory */
    /* Masks that a device cuts into tiles of bits before they come to the host. */
    unsigned char as_bits[WSI_JOB_OUTPUTS_MAX];
    size_t tiles_offset[WSI_JOB_OUTPUTS_MAX]; /* of arena */
    size_t unpacked_bytes;                    /* of a worker: a tile of them as BOOL */
    /* A slot's pinned memory: results, then what steps on the host read: nodes, and last the source. */
    size_t pinned_offset[WSI_JOB_OUTPUTS_MAX];
    size_t export_offset[WSI_NODES_MAX + 1], export_stride[WSI_NODES_MAX + 1]; /* stride 0: not exported */
    size_t pinned_bytes;
    size_t encoder_device, encoder_pinned; /* of a slot's JPEG encoders, about */
    size_t staging_stride, staging_bytes;  /* pinned, of a worker: one decoded batch */
    wsi_device_jpeg_limits jpeg;           /* of a decoder; tiles 0: none decodes on a GPU */
    uint64_t device_bytes;                 /* of each device, all of it */
    uint64_t host_bytes;                   /* pinned, all of it; part of plan->memory */
} wsi_gpu_plan;

enum { WSI_LADDERS_MAX = WSI_JOB_OUTPUTS_MAX + 1 };

/* Results of one size and scale, and the tile rows kept of their pyramid. */
typedef struct wsi_ladder {
    int result_count;
    int results[WSI_JOB_OUTPUTS_MAX]; /* of the graph */
    wsi_scale scale;                  /* of level 0 against the slide's level */
    wsi_pyramid pyramid;
    int64_t slots[WSI_PYRAMID_MAX]; /* tile rows kept of level k; none of level 0 in ladder 0 */
    uint64_t tile_bound;            /* encoded bytes of one tile in all results, as a rule at most */
} wsi_ladder;

/* Sizes and counts, fixed before anything runs. */
typedef struct wsi_plan {
    int level;    /* of the slide */
    int64_t w, h; /* of that level */
    int threads;
    int64_t out_tile;
    int ladder_count;                    /* at least 1 */
    wsi_ladder ladders[WSI_LADDERS_MAX]; /* 0: results in the level's own frame, cut from blocks; it may have none */
    int ladder_of[WSI_JOB_OUTPUTS_MAX];  /* of each result */
    /* source */
    int64_t unit_tiles, unit_h, units; /* a decode unit is unit_tiles source tile rows: unit_h pixel rows */
    int64_t batch_tiles, batches_x;    /* a decode task is batch_tiles columns of a unit */
    int no_ring;                       /* memory is too short for one */
    int64_t ring_rows;                 /* multiple of unit_h; 0: no ring, each block decodes what it reads */
    size_t ring_stride, ring_bytes;
    uint64_t raw_cap; /* bytes of compressed source tiles read ahead */
    uint64_t raw_max; /* largest batch, compressed */
    /* work */
    int64_t cell_w, cell_h;   /* the output tile; without results in ladder 0, what suits the others */
    int64_t block_w, block_h; /* multiples of the cell */
    int64_t block_rows;       /* of ladder 0: output tile rows a block row */
    int64_t halo_x, halo_y;   /* how far a block reads beyond itself */
    int64_t blocks_x, blocks_y;
    int64_t piece_w, piece_h;        /* computed at a time within a block */
    double halo_overhead;            /* pixels computed beyond the cores, as a fraction */
    wsi_arena arena;                 /* of a worker */
    size_t crop_offset, crop_stride; /* source crop of a block where the ring wraps, or without a ring */
    size_t tile_offset;              /* one source tile, without a ring */
    uint64_t returned_bytes;         /* writers' buffers for tiles out of the scratch file */
    size_t encode_bytes;             /* a worker's buffer for one encoded tile */
    /* output */
    int64_t spare_slots; /* 1: one tile row more than the least */
    size_t pyramid_bytes;
    uint64_t result_bound[WSI_JOB_OUTPUTS_MAX]; /* encoded bytes of one tile of each result, at most */
    uint64_t result_rule[WSI_JOB_OUTPUTS_MAX];  /* as a rule at most */
    uint64_t block_bound;                       /* of one block, as a rule at most */
    uint64_t tile_bound;                        /* of one tile in all results of all ladders, likewise */
    uint64_t encoded_cap;                       /* encoded bytes waiting for the writers */
    uint64_t memory;                            /* all of the above, in host memory */
    wsi_gpu_plan gpu;
} wsi_plan;

/* Chooses everything in plan from the slide's level, the graph, the output tile and the limits. Fewer threads than
 * asked are used where memory is short. Errors: NO_MEMORY, naming what would be needed. */
typedef struct wsi_plan_input {
    const wsi_slide *slide;
    int level;
    const wsi_graph *graph;
    int64_t out_tile;
    wsi_codec codec;
    int64_t last_edge; /* of a pyramid, as wsi_pyramid_init takes it; INT64_MAX: level 0 alone */
    int64_t tile;      /* work tile; 0 = choose */
    int threads;
    uint64_t memory;
    int devices;            /* GPUs; 0 = none */
    uint64_t device_memory; /* byte budget of each */
    int streams;            /* slots of each; 0 = choose */
    int gpu_decode;         /* 1: they decode too */
    const char *host_steps; /* operations that stay on the CPU, comma-separated; NULL = none */
    double share;           /* of the level's source tiles that are decoded; 0 = all */
    int within;             /* 1: there is a mask, so the CPU still changes results that GPUs computed */
    const wsi_taker *taker; /* of the results that are written, or NULL */
} wsi_plan_input;

wsi_status wsi_plan_make(const wsi_plan_input *in, wsi_plan *plan, wsi_error *err);

/* The same for GPUs: in->devices > 0. Errors: NO_MEMORY, saying of which memory. */
wsi_status wsi_plan_make_gpu(const wsi_plan_input *in, wsi_plan *plan, wsi_error *err);

/* ---- Execution ---- */

/* Where results go: a sink, or a tap that takes one group of them. */
typedef struct wsi_exec_sink {
    wsi_sink *sink; /* NULL: the tap of its one result */
    int result_count;
    int results[WSI_JOB_OUTPUTS_MAX]; /* indices into graph->results */
} wsi_exec_sink;

/* The GPUs of a job, open. */
typedef struct wsi_gpu_set {
    int count;
    wsi_device *device[WSI_DEVICES_MAX];
} wsi_gpu_set;

typedef struct wsi_exec_input {
    const wsi_job_spec *spec;
    wsi_team *team; /* whose threads work for it, as many as the plan has */
    wsi_slide *slide;
    const wsi_graph *graph;
    const wsi_plan *plan;
    const wsi_gpu_set *gpus;  /* NULL: the CPU alone */
    const wsi_within *within; /* NULL: the whole level is worked on */
    const char *scratch;      /* folder for tiles that there is no memory for */
    int pass;                 /* this run is pass `pass` of `passes`, for progress */
    int64_t passes;           /* 0 = 1 */
    int sink_count;
    wsi_exec_sink sinks[WSI_JOB_OUTPUTS_MAX];
} wsi_exec_input;

typedef struct wsi_bad_tile {
    int64_t tx, ty;
} wsi_bad_tile;

/* What a GPU did. Busy seconds are those in which at least one stream was at it. */
typedef struct wsi_gpu_stats {
    int index;
    char name[256];
    double decode_busy, upload_busy, compute_busy, encode_busy, download_busy;
    double slot_busy[WSI_GPU_SLOTS_MAX]; /* of each slot's stream: kernels and copies */
    double decoder_busy[WSI_GPU_DECODERS_MAX];
    uint64_t bytes_up, bytes_down;
    uint64_t tiles_decoded, blocks;
    uint64_t memory; /* bytes allocated at most */
} wsi_gpu_stats;

/* Busy seconds of a stage are summed over its threads. */
typedef struct wsi_exec_stats {
    double wall;
    double setup;   /* of wall: allocating and starting, before the first tile is read */
    double overlap; /* time of the slowest stage / (wall - setup) */
    int gpu_count;
    wsi_gpu_stats gpus[WSI_DEVICES_MAX];
    uint64_t tiles_decoded_gpu, tiles_encoded_gpu;
    int gpu_decode; /* 1: GPUs decoded */
    double read_busy, read_wait;
    double decode_busy, decode_wait, compute_busy, compute_wait, encode_busy, pyramid_busy, pyramid_wait;
    double write_busy, write_wait;
    uint64_t bytes_read, bytes_encoded;
    uint64_t pixels_decoded;
    uint64_t tiles_decoded, tiles_total; /* source tiles: decoded, and in the level */
    uint64_t pixels_computed;            /* of cores */
    uint64_t tiles_written;
    uint64_t tiles_spilled;                  /* encoded tiles that waited in the scratch file */
    uint64_t raw_high, encoded_high;         /* bytes */
    uint64_t raw_batches_high, reorder_high; /* items */
    uint64_t band_rows_high;
    int64_t bad_count;
    wsi_bad_tile *bad; /* sorted; freed with wsi_free */
    wsi_mem_stats memory;
} wsi_exec_stats;

/* Runs to the end, or to the first error, after which every thread has stopped. Sinks are neither finished nor aborted.
 */
wsi_status wsi_exec_run(const wsi_exec_input *in, wsi_exec_stats *stats, wsi_error *err);

#endif
