/* One pool of buffers with a byte budget, the whole memory of a job.
 *
 * Buffers are 64-byte aligned with 64 bytes of readable slack behind them (vector over-read). Small ones are
 * recycled by size class. wsi_pool_get blocks while the budget is spent: that is the back-pressure. Every buffer
 * carries a kind, for the report. All functions may be called from any thread. */
#ifndef WSI_POOL_H
#define WSI_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "error-private.h"

typedef enum wsi_mem_kind {
    WSI_MEM_BAND = 0, /* decoded source rows */
    WSI_MEM_OUTPUT,   /* output rows and pyramid rows */
    WSI_MEM_RAW,      /* compressed source tiles */
    WSI_MEM_ENCODED,  /* compressed output tiles */
    WSI_MEM_SCRATCH,  /* per worker: intermediates and kernel scratch */
    WSI_MEM_PINNED,   /* page-locked, for copies to and from GPUs */
    WSI_MEM_KINDS
} wsi_mem_kind;

typedef struct wsi_pool wsi_pool;

typedef struct wsi_mem_stats {
    uint64_t budget, used, peak;         /* bytes */
    uint64_t peak_kind[WSI_MEM_KINDS];   /* bytes */
    uint64_t allocations[WSI_MEM_KINDS]; /* from the system */
    uint64_t reuses[WSI_MEM_KINDS];      /* from the free lists */
} wsi_mem_stats;

const char *wsi_mem_kind_name(wsi_mem_kind kind);
wsi_status wsi_pool_create(uint64_t budget, wsi_pool **out, wsi_error *err);
/* All buffers must have been put back. */
void wsi_pool_destroy(wsi_pool **pool);
/* At least size bytes. Blocks while there is no room and something is out; WSI_ERR_NO_MEMORY when size alone
 * passes the budget or the system refuses, WSI_ERR_CANCELLED after wsi_pool_cancel. */
wsi_status wsi_pool_get(wsi_pool *pool, wsi_mem_kind kind, size_t size, void **out, wsi_error *err);
/* As wsi_pool_get, but *out = NULL instead of waiting (WSI_OK all the same). */
wsi_status wsi_pool_try_get(wsi_pool *pool, wsi_mem_kind kind, size_t size, void **out, wsi_error *err);
/* NULL is accepted. */
void wsi_pool_put(wsi_pool *pool, void *buf);
/* Counts memory that comes from elsewhere (page-locked by a driver, say) as lent. WSI_ERR_NO_MEMORY when it does not
 * fit; nothing is counted then. */
wsi_status wsi_pool_charge(wsi_pool *pool, wsi_mem_kind kind, size_t size, wsi_error *err);
void wsi_pool_discharge(wsi_pool *pool, wsi_mem_kind kind, size_t size);
/* Wakes all waiters; later calls that would wait fail. */
void wsi_pool_cancel(wsi_pool *pool);
void wsi_pool_stats(wsi_pool *pool, wsi_mem_stats *out);

#endif
