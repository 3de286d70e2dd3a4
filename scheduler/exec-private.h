/* The executor's shared state. Fields say who writes them and when; "lock" is exec->lock, the only lock held while
 * touching them. No other lock is taken under it, except the pool's, which is a leaf. */
#ifndef WSI_EXEC_PRIVATE_H
#define WSI_EXEC_PRIVATE_H

#include "exec.h"

/* A batch of neighbouring source tiles: columns [tx, tx + nx) of a decode unit. */
typedef struct wsi_batch {
    int64_t unit, tx, nx;
    void *bytes;                    /* pool buffer or NULL: the driver reads by itself */
    uint64_t size;                  /* reserved of raw_cap */
    uint32_t at[WSI_BATCH_MAX];     /* of each tile within bytes, row by row */
    uint32_t length[WSI_BATCH_MAX]; /* 0 = missing tile */
} wsi_batch;

typedef enum wsi_task_kind {
    WSI_TASK_NONE = 0,
    WSI_TASK_DECODE,
    WSI_TASK_BLOCK,
    WSI_TASK_PYRAMID, /* a tile of rows that are kept */
    WSI_TASK_ENCODE,  /* tiles of a block that a GPU computed */
    WSI_TASK_HOST,    /* steps of such a block that run on the CPU */
    WSI_TASK_KINDS
} wsi_task_kind;

struct wsi_gpu;
struct wsi_queue;
struct wsi_gpu_slot;
struct wsi_strip;

typedef struct wsi_task {
    wsi_task_kind kind;
    wsi_batch batch;           /* DECODE */
    int uploading;             /* DECODE: the batch is not where it belongs yet (w->upload) */
    int64_t bx, by;            /* BLOCK */
    struct wsi_gpu_slot *slot; /* ENCODE, HOST: tiles or pieces [first, first + count) of its block */
    int64_t first, count;
    int ladder, level; /* PYRAMID: tile (tx, ty) of that level, all results of the ladder */
    int64_t tx, ty;
    uint64_t reserved; /* of encoded_cap */
} wsi_task;

/* An encoded tile waiting for its turn. */
typedef struct wsi_slot {
    void *bytes; /* pool buffer; NULL when it is in the scratch file, or size is 0 */
    size_t size;
    uint64_t at; /* in the scratch file */
    int spilled; /* it is there */
    int result, level;
    int64_t tx, ty;
    int full;
} wsi_slot;

/* A sink's reorder ring: slot i % capacity holds item i; item = rank * results + position of the result. */
typedef struct wsi_lane {
    const wsi_exec_sink *sink;
    struct wsi_exec *exec;
    wsi_slot *slots;      /* lock */
    int64_t next, total;  /* next: lock; items appended so far */
    pthread_cond_t ready; /* the slot at next is full, or it is over */
    wsi_thread thread;
    size_t most;    /* bytes of an encoded tile of its results */
    char *returned; /* as many, for a tile out of the scratch file */
    wsi_trace_lane *lane;
    double busy; /* lock */
} wsi_lane;

/* Tiles of a result so far. */
typedef struct wsi_seen {
    int tiles; /* counted up to a few */
    uint64_t largest;
} wsi_seen;

/* What a step reads or a result is stored from: pixels and the rectangle of the level they cover. */
typedef struct wsi_view {
    wsi_image im;
    wsi_rect rect;
} wsi_view;

/* A copy to a GPU under way. */
typedef struct wsi_upload {
    struct wsi_queue *queue; /* NULL: none */
    uint64_t bytes;
    wsi_batch batch;
} wsi_upload;

/* An encoded tile and its item in the lane. */
typedef struct wsi_placed {
    wsi_lane *lane;
    int64_t item;
    wsi_slot slot;
} wsi_placed;

enum { WSI_PLACED_MAX = 32 };

enum { WSI_READERS_MAX = 4 };

enum { WSI_RANK_ABOVE = 0x80 }; /* the tile is of a level above 0 */

/* A thread that reads ahead. */
typedef struct wsi_reader {
    struct wsi_exec *exec;
    wsi_thread thread;
    wsi_trace_lane *lane;
} wsi_reader;

/* A worker: its memory and its own share of the statistics. A thread of the team takes one that is idle, and puts it
 * back when there is nothing to do for it. */
typedef struct wsi_worker {
    struct wsi_exec *exec;
    struct wsi_worker *next_idle; /* lock */
    char *arena;                  /* plan->arena.bytes */
    char *encode;                 /* encode_bytes */
    char *unpacked;               /* plan->gpu.unpacked_bytes */
    wsi_trace_lane *lane;
    struct wsi_queue *up; /* one a GPU, for tiles decoded here */
    char *staging;        /* pinned, for two batches of plan->gpu.staging_bytes */
    int staging_half;     /* that the next batch is decoded into */
    wsi_upload upload;
    wsi_placed placed[WSI_PLACED_MAX]; /* of its task, not yet in their lanes */
    int placed_count;
    uint64_t placed_bytes;               /* theirs, in memory: of the task's reservation */
    wsi_image tapped[WSI_OP_INPUTS_MAX]; /* the same tile of a tap's results, collected */
    int tapped_count;
    double decode_busy, compute_busy, encode_busy, pyramid_busy; /* the worker's own until joined */
    uint64_t tiles_encoded_gpu;                                  /* likewise; taken from a GPU's encoder */
    uint64_t tiles_decoded, pixels_decoded;                      /* likewise */
    uint64_t bytes_read;         /* likewise; by decode tasks, where no reader thread fetched them */
    double wait[WSI_TASK_KINDS]; /* likewise; by the kind of task waited for */
} wsi_worker;

/* How far a ladder has come. Rows that are kept: those of all levels but level 0 of ladder 0. */
typedef struct wsi_ladder_state {
    int64_t *rank[WSI_PYRAMID_MAX]; /* of each tile row's first tile, over all ladders; set before any thread starts */
    /* lock */
    int32_t *tiles_left[WSI_PYRAMID_MAX];    /* of each tile row that is kept */
    int64_t tile_rows_done[WSI_PYRAMID_MAX]; /* leading complete tile rows */
    int64_t next_row[WSI_PYRAMID_MAX], next_col[WSI_PYRAMID_MAX];
} wsi_ladder_state;

/* A whole tile of background of a result, encoded. Its bytes and size are set before its state becomes MADE, and stay.
 */
typedef struct wsi_blank {
    atomic_int state; /* WSI_BLANK_... */
    void *bytes;      /* pool buffer */
    size_t size;
} wsi_blank;

enum { WSI_BLANK_NONE = 0, WSI_BLANK_BUSY, WSI_BLANK_MADE };
enum { WSI_BLANK_MAX = 16 << 10 }; /* bytes; all of them fit the plan's spare memory */

typedef struct wsi_exec {
    /* set before any thread starts */
    const wsi_exec_input *in;
    const wsi_graph *graph;
    const wsi_plan *plan;
    const wsi_slide_info *info;
    const wsi_level *source_level;
    wsi_pool *pool;
    size_t encode_bytes;
    char *ring;
    char *rows[WSI_JOB_OUTPUTS_MAX][WSI_PYRAMID_MAX]; /* kept of result r, level k */
    size_t row_stride[WSI_JOB_OUTPUTS_MAX][WSI_PYRAMID_MAX];
    unsigned char *rank_ladder; /* of each rank, and WSI_RANK_ABOVE; NULL when every sink takes every rank */
    int64_t ranks;              /* in all */
    int64_t reorder_ranks;      /* ranks the reorder rings can hold */
    double start;
    wsi_worker *workers;
    wsi_duty duty; /* of the team */
    wsi_lane lanes[WSI_JOB_OUTPUTS_MAX];
    int lane_count, lanes_started;
    wsi_reader readers[WSI_READERS_MAX];
    int reader_count, readers_started;
    struct wsi_gpu *gpus[WSI_DEVICES_MAX];
    int gpu_count;
    wsi_blank blanks[WSI_JOB_OUTPUTS_MAX];
    int32_t *unit_owner; /* GPUs: block row whose strip a unit is decoded into */

    pthread_mutex_t lock;
    pthread_cond_t raw_room, done; /* workers wait in the team */
    pthread_mutex_t spill_lock;    /* of what is below, taken with no other lock */
    struct wsi_scratch *spill;     /* NULL: not needed yet */
    /* lock */
    int failed;
    wsi_error error;
    wsi_worker *idle; /* workers nobody has taken */
    wsi_batch *fifo;  /* ring of fifo_capacity batches read ahead */
    int64_t fifo_capacity, fifo_head, fifo_count;
    int64_t fifo_tiles;                                    /* in those batches */
    int64_t fifo_planned;                                  /* batches in it, and those that are being read for it */
    int64_t rounds_taken, rounds_with_room, rounds_queued; /* of reading */
    int read_round; /* batches that are read at a time; set before any thread starts */
    uint64_t raw_used;
    int read_all;                          /* nothing will be read any more */
    int64_t next_batch_unit, next_batch_x; /* next batch to be made or read */
    int sequential_busy;
    int32_t *unit_left; /* tiles left of each unit */
    int64_t units_done; /* leading complete units */
    int64_t next_bx, next_by;
    int32_t *blocks_left;    /* of each block row */
    int64_t block_rows_done; /* leading complete block rows */
    wsi_ladder_state ladders[WSI_LADDERS_MAX];
    uint64_t encoded_used;              /* reserved by running tasks or waiting for writers */
    wsi_seen seen[WSI_JOB_OUTPUTS_MAX]; /* of each result */
    uint64_t expected[WSI_LADDERS_MAX]; /* bytes of one tile in all results of a ladder */
    int64_t blocks_started;
    struct wsi_strip **strip_of; /* GPUs: of each block row, NULL = not dealt, or done */
    int64_t next_strip;          /* next block row to be dealt */
    int64_t tiles_unencoded;     /* of blocks, not yet given to a worker */
    double cpu_rate;             /* source tiles a second of one CPU worker, smoothed; 0 = not measured */
    int lanes_left;              /* writers not yet at their end */
    int64_t bad_count, bad_capacity;
    wsi_bad_tile *bad;
    wsi_exec_stats stats;
} wsi_exec;

/* First error wins; everybody is woken. */
void wsi_exec_fail(wsi_exec *x, const wsi_error *err);

/* exec-next.c: under lock, the next task for a worker (kind NONE: nothing can start now), and its completion. */
int wsi_exec_next(wsi_exec *x, wsi_task *task);
void wsi_exec_finished(wsi_worker *w, wsi_task *task);
/* Under lock: may a tile of the rows that are kept be made now? */
int wsi_exec_kept_waits(const wsi_exec *x);

/* exec-read.c */
void *wsi_exec_reader_main(void *arg);
/* Column and row of tile i of a batch. */
void wsi_exec_batch_tile(const wsi_exec *x, const wsi_batch *b, int i, int64_t *tx, int64_t *ty);
/* 0: nothing that is worked on (--within) reaches that source tile. */
int wsi_exec_tile_needed(const wsi_exec *x, int64_t tx, int64_t ty);
/* Source tiles of a batch. */
int64_t wsi_exec_batch_tiles(const wsi_exec *x, const wsi_batch *b);
/* Under lock: takes the oldest batch read ahead; there is one. */
void wsi_exec_pop_batch(wsi_exec *x, wsi_batch *batch);
/* Under lock: wakes a worker when the next batch read ahead is for one, now. */
void wsi_exec_wake_for_batch(wsi_exec *x);
/* Next batch in raster order, without bytes; 0 when there is none. Under lock. */
int wsi_exec_take_batch(wsi_exec *x, wsi_batch *batch);
wsi_status wsi_exec_decode(wsi_worker *w, wsi_task *task, wsi_error *err);
/* One source tile into dst, which has its clipped size; a bad one is filled where the job says so. bytes NULL: the
 * driver reads them. */
wsi_status wsi_exec_decode_tile(wsi_worker *w, int64_t tx, int64_t ty, const void *bytes, size_t size,
                                const wsi_image *dst, wsi_error *err);
/* Source tile rows of a unit. */
int64_t wsi_exec_unit_rows(const wsi_exec *x, int64_t unit);
/* Under lock: the batch's bytes are no longer needed. */
void wsi_exec_release_raw(wsi_exec *x, wsi_batch *b);
/* Under lock: all tiles of the batch are where they belong. */
void wsi_exec_batch_done(wsi_exec *x, const wsi_batch *b);
/* Without a ring: decodes what a block reads, rectangle r of the level, into crop. */
wsi_status wsi_exec_decode_crop(wsi_worker *w, wsi_rect r, const wsi_image *crop, wsi_error *err);

/* Under lock: may a task start that leaves encoded tiles of ranks [first, end), as expected `bytes` of them? */
int wsi_exec_admit(const wsi_exec *x, int64_t first, int64_t end, uint64_t bytes);
/* exec-spill.c. Under lock: sets what tiles are expected to take; notes the size of one. */
void wsi_exec_expect(wsi_exec *x);
void wsi_exec_note_size(wsi_exec *x, int result, uint64_t size);
/* Under lock: takes `bytes` of encoded_cap, or what is left of it; returns how many. */
uint64_t wsi_exec_reserve(wsi_exec *x, uint64_t bytes);
/* 1: a tile of that size may wait in memory, within the task's reservation, which may have grown for it. */
int wsi_exec_claim(wsi_worker *w, wsi_task *task, uint64_t size);
/* Puts a tile's bytes into the scratch file; *at gets their place. Any thread. */
wsi_status wsi_exec_spill(wsi_exec *x, const void *bytes, size_t size, uint64_t *at, wsi_error *err);

/* Under lock: are there rows for all that a block of block row `by` gives? */
int wsi_exec_block_has_room(const wsi_exec *x, int64_t by);
/* Under lock: all tiles of a block are encoded. */
void wsi_exec_block_done(wsi_exec *x, int64_t bx, int64_t by);

/* exec-block.c */
wsi_status wsi_exec_block(wsi_worker *w, wsi_task *task, wsi_error *err);
wsi_rect wsi_exec_block_rect(const wsi_plan *p, int64_t bx, int64_t by);
/* Places for tiles of ladder 0 in a block; 0 without results there. */
int64_t wsi_exec_block_tiles(const wsi_plan *p, wsi_rect block);
/* Ranks of the first and past the last of them; both 0 without. */
void wsi_exec_block_ranks(const wsi_exec *x, int64_t bx, int64_t by, int64_t *first, int64_t *end);
/* Runs the steps that run on the CPU for one piece. given: NULL, or views of the steps that do not. */
wsi_status wsi_exec_run_piece(wsi_worker *w, const wsi_view *source, const wsi_view *given, wsi_rect block,
                              wsi_rect core, wsi_image *results, wsi_error *err);

/* Puts what a block has of results of other ladders than 0 into the rows that are kept, outside the mask of --within as
 * background. */
void wsi_exec_keep_shares(wsi_worker *w, wsi_rect block, const wsi_image *results);
/* What a core has of result r, where `whole` is what its block has. */
wsi_image wsi_exec_result_part(const wsi_graph *g, int r, const wsi_image *whole, wsi_rect block, wsi_rect core);
/* The result that node i may write in place, as it computes just the core's share of it; or -1. */
int wsi_exec_result_of(const wsi_graph *g, int i, wsi_rect rect, wsi_rect core);
/* Fills a kernel's sources and offsets for node i. */
void wsi_exec_place_inputs(const wsi_graph *g, int i, const wsi_view *views, const wsi_view *source,
                           wsi_kernel_args *args);

/* exec-within.c */
/* Makes background of what a block, or a part of one, has of a result outside the mask of --within. */
void wsi_exec_blank_result(const wsi_exec *x, int result, wsi_rect block, const wsi_image *pixels);
/* 1 when nothing of r, of the level, is worked on. */
int wsi_exec_is_blank(const wsi_exec *x, wsi_rect r);
/* 1 when nothing is worked on under that tile of a result in ladder 0 that a sink takes: its pixels are background, and
 * need not be there before wsi_exec_output_tile. */
int wsi_exec_tile_is_blank(const wsi_exec *x, int result, int level, int64_t tx, int64_t ty);
/* Makes all of an image of a result background. */
void wsi_exec_fill_blank(const wsi_exec *x, int result, const wsi_image *pixels);
/* The bytes of a whole tile of background into w->encode; 0: nobody has kept them yet. */
int wsi_exec_take_blank(wsi_worker *w, int result, size_t *size);
/* Keeps them, `size` bytes in w->encode; those that take much room are not kept. */
void wsi_exec_keep_blank(wsi_worker *w, int result, size_t size);
/* Gives a tap those parts of rectangle `at` of its results that are worked on. */
wsi_status wsi_exec_tap_shown(const wsi_exec *x, int result, wsi_rect at, const wsi_image *im, wsi_error *err);

/* exec-take.c: those who take tiles as they are finished */
/* 1 when the taker gets level 0 of a result from the memory of the GPU that computed it. */
int wsi_exec_takes_on_device(const wsi_exec *x, int result);
/* 1 when somebody wants that tile, which is in host memory, from whoever has finished it. */
int wsi_exec_takes(const wsi_exec *x, int result, int level);
wsi_status wsi_exec_take(const wsi_exec *x, int result, int level, int64_t tx, int64_t ty, const wsi_image *tile,
                         wsi_error *err);
/* Gives the tiles of ladder 0 in a block, from device memory. pixels: of the block. */
wsi_status wsi_exec_take_block(const wsi_exec *x, int result, wsi_rect block, const wsi_image *pixels, int device,
                               wsi_error *err);
/* 1 when nobody but the taker on the device wants a result's pixels. */
int wsi_exec_stays_on_device(const wsi_exec *x, int result);

/* exec-output.c */
/* Encodes tile (tx, ty) of a level in result r and halves it into the next level. What lies outside the mask of
 * --within becomes background in the tile, of level 0 of ladder 0. */
wsi_status wsi_exec_output_tile(wsi_worker *w, wsi_task *task, int r, int level, int64_t tx, int64_t ty,
                                const wsi_image *tile, wsi_error *err);
/* Puts what a block has of a result of another ladder than 0, its share, into the rows kept of level 0. */
void wsi_exec_keep(wsi_worker *w, int r, wsi_rect share, const wsi_image *pixels);
/* The second half of that. */
void wsi_exec_halve(wsi_worker *w, int r, int level, int64_t tx, int64_t ty, const wsi_image *tile);
/* Of a whole tile of a mask given as bits. */
void wsi_exec_halve_bits(wsi_worker *w, int r, int level, int64_t tx, int64_t ty, const uint8_t *bits);
wsi_status wsi_exec_pyramid(wsi_worker *w, wsi_task *task, wsi_error *err);

/* exec-write.c */
/* The place a result's tile takes in its level. */
wsi_rect wsi_exec_tile_rect(const wsi_exec *x, int result, int level, int64_t tx, int64_t ty);
/* Gives a tap the tile's images and hands on what it leaves. result: the tap's last. */
wsi_status wsi_exec_submit_tap(wsi_worker *w, wsi_task *task, int result, int64_t tx, int64_t ty, const wsi_image *im,
                               wsi_error *err);
/* Hands a tile to its sink's writer, at the end of the task at the latest; the reservation shrinks to
 * what it really takes. blank: as wsi_exec_tile_is_blank says, whatever is in the tile. */
wsi_status wsi_exec_submit(wsi_worker *w, wsi_task *task, int result, int level, int64_t tx, int64_t ty,
                           const wsi_image *tile, int blank, wsi_error *err);
/* The same for a whole tile of a mask given as bits; *taken = 0: this sink does not take it so. */
wsi_status wsi_exec_submit_bits(wsi_worker *w, wsi_task *task, int result, int level, int64_t tx, int64_t ty,
                                const uint8_t *bits, int *taken, wsi_error *err);
/* The same for a tile whose `size` encoded bytes are in w->encode already. */
wsi_status wsi_exec_submit_encoded(wsi_worker *w, wsi_task *task, int result, int level, int64_t tx, int64_t ty,
                                   size_t size, wsi_error *err);
/* Under lock: hands over what the worker still has. */
void wsi_exec_place(wsi_worker *w, wsi_task *task);
/* The lane of a result, and the result's place in it. */
wsi_lane *wsi_exec_lane_of(wsi_exec *x, int result, int *position);
/* Under lock, or before threads start: moves on to the lane's next item that will be written. */
void wsi_exec_pass_gaps(wsi_lane *lane);
void *wsi_exec_writer_main(void *arg);
/* Under lock: lowest rank not yet written by every sink. */
int64_t wsi_exec_next_rank(const wsi_exec *x);

#endif
