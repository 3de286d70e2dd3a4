/* Buffer pool with a byte budget.
 *
 * Sizes are rounded up to classes an eighth of a power of two apart, so that tiles of nearly one size share a free
 * list. Free buffers count against the budget until they are given back to the system, which happens when a request
 * would not fit otherwise. */
#include "pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "mem.h"
#include "thread.h"

enum { HEADER = 64, SLACK = 64, CLASSES = 512, LARGE = 1 << 20, HUGE_PAGE = 2 << 20 };

typedef struct buffer {
    struct buffer *next; /* in a free list; under lock */
    uint64_t bytes;      /* whole allocation */
    uint32_t size_class;
    uint32_t kind;
} buffer;

struct wsi_pool {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    uint64_t budget;                   /* set at creation */
    uint64_t held;                     /* under lock: bytes from the system, lent or free */
    uint64_t lent;                     /* under lock */
    uint64_t out_count;                /* under lock: buffers lent */
    int cancelled;                     /* under lock */
    uint64_t lent_kind[WSI_MEM_KINDS]; /* under lock */
    wsi_mem_stats stats;               /* under lock */
    buffer *free_list[CLASSES];        /* under lock */
};

const char *wsi_mem_kind_name(wsi_mem_kind kind)
{
    static const char *const names[WSI_MEM_KINDS] = {"band", "output", "raw", "encoded", "scratch", "pinned"};
    return (int)kind >= 0 && kind < WSI_MEM_KINDS ? names[kind] : "?";
}

/* Class of a size, and the size rounded up to it. Large buffers are few: their sizes are kept, to the page, and a
 * class then holds different ones. */
static uint32_t class_of(size_t size, uint64_t *rounded)
{
    uint64_t step = 512;
    uint32_t octave = 0;
    while (size > 8 * step * 2 && octave < CLASSES / 16 - 1) {
        step *= 2;
        octave++;
    }
    const uint64_t n = (size + step - 1) / step;
    *rounded = size < LARGE ? n * step : ((uint64_t)size + 4095) & ~UINT64_C(4095);
    return octave * 16 + (uint32_t)(n > 15 ? 15 : n);
}

wsi_status wsi_pool_create(uint64_t budget, wsi_pool **out, wsi_error *err)
{
    wsi_pool *p = wsi_calloc(1, sizeof *p);
    WSI_RETURN_IF(!p, WSI_ERR_NO_MEMORY, "no memory for the buffer pool");
    wsi_mutex_init(&p->lock);
    pthread_cond_init(&p->freed, NULL);
    p->budget = budget;
    *out = p;
    return WSI_OK;
}

/* Under lock: returns free buffers to the system until need more bytes fit. */
static void trim(wsi_pool *p, uint64_t need)
{
    for (int c = CLASSES - 1; c >= 0 && p->held + need > p->budget; c--)
        while (p->free_list[c] && p->held + need > p->budget) {
            buffer *b = p->free_list[c];
            p->free_list[c] = b->next;
            p->held -= b->bytes;
            free(b);
        }
}

void wsi_pool_destroy(wsi_pool **pool)
{
    wsi_pool *p = *pool;
    if (!p) return;
    for (int c = 0; c < CLASSES; c++)
        while (p->free_list[c]) {
            buffer *b = p->free_list[c];
            p->free_list[c] = b->next;
            free(b);
        }
    pthread_cond_destroy(&p->freed);
    pthread_mutex_destroy(&p->lock);
    wsi_free(p);
    *pool = NULL;
}

/* Under lock: a free buffer of the class that is large enough (classes above 15 steps are not exact), or NULL. */
static buffer *take_free(wsi_pool *p, uint32_t c, uint64_t bytes)
{
    for (buffer **at = &p->free_list[c]; *at; at = &(*at)->next)
        if ((*at)->bytes >= bytes) {
            buffer *b = *at;
            *at = b->next;
            return b;
        }
    return NULL;
}

/* Under lock: accounts a buffer as lent. */
static void lend(wsi_pool *p, buffer *b, wsi_mem_kind kind)
{
    b->kind = kind;
    p->lent += b->bytes;
    p->out_count++;
    p->lent_kind[kind] += b->bytes;
    if (p->lent_kind[kind] > p->stats.peak_kind[kind]) p->stats.peak_kind[kind] = p->lent_kind[kind];
    if (p->held > p->stats.peak) p->stats.peak = p->held;
}

/* From the system; in huge pages where it grants them, since a fresh page costs as much as the work done in it. */
static void *system_alloc(uint64_t bytes)
{
    void *p;
    if (posix_memalign(&p, bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : 64, bytes) != 0) return NULL;
    if (bytes >= 2 * HUGE_PAGE) madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

/* Under lock: tries once; *out stays NULL when there is no room. */
static wsi_status try_once(wsi_pool *p, wsi_mem_kind kind, uint32_t c, uint64_t bytes, buffer **out, wsi_error *err)
{
    buffer *b = take_free(p, c, bytes);
    if (b) {
        p->stats.reuses[kind]++;
    } else {
        trim(p, bytes);
        if (p->held + bytes > p->budget) return WSI_OK;
        b = system_alloc(bytes);
        WSI_RETURN_IF(!b, WSI_ERR_NO_MEMORY, "the system refused %llu bytes", (unsigned long long)bytes);
        b->bytes = bytes;
        b->size_class = c;
        p->held += bytes;
        p->stats.allocations[kind]++;
    }
    lend(p, b, kind);
    *out = b;
    return WSI_OK;
}

static wsi_status get(wsi_pool *p, wsi_mem_kind kind, size_t size, int wait, void **out, wsi_error *err)
{
    *out = NULL;
    uint64_t bytes;
    WSI_RETURN_IF(size > SIZE_MAX / 2, WSI_ERR_NO_MEMORY, "buffer of %zu bytes", size);
    const uint32_t c = class_of(size + HEADER + SLACK, &bytes);
    WSI_RETURN_IF(bytes > p->budget, WSI_ERR_NO_MEMORY, "a %s buffer of %llu bytes passes the memory budget of %llu",
                  wsi_mem_kind_name(kind), (unsigned long long)bytes, (unsigned long long)p->budget);
    pthread_mutex_lock(&p->lock);
    buffer *b = NULL;
    wsi_status status = WSI_OK;
    for (;;) {
        status = try_once(p, kind, c, bytes, &b, err);
        if (status != WSI_OK || b || !wait) break;
        if (p->cancelled)
            status = wsi_error_set(err, WSI_ERR_CANCELLED, "cancelled while waiting for memory");
        else if (!p->out_count)
            status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "memory budget spent");
        if (status != WSI_OK) break;
        pthread_cond_wait(&p->freed, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    if (b) *out = (char *)b + HEADER;
    return status;
}

wsi_status wsi_pool_get(wsi_pool *pool, wsi_mem_kind kind, size_t size, void **out, wsi_error *err)
{
    return get(pool, kind, size, 1, out, err);
}

wsi_status wsi_pool_try_get(wsi_pool *pool, wsi_mem_kind kind, size_t size, void **out, wsi_error *err)
{
    return get(pool, kind, size, 0, out, err);
}

void wsi_pool_put(wsi_pool *p, void *buf)
{
    if (!buf) return;
    buffer *b = (buffer *)((char *)buf - HEADER);
    pthread_mutex_lock(&p->lock);
    p->lent -= b->bytes;
    p->lent_kind[b->kind] -= b->bytes;
    p->out_count--;
    b->next = p->free_list[b->size_class];
    p->free_list[b->size_class] = b;
    pthread_cond_broadcast(&p->freed);
    pthread_mutex_unlock(&p->lock);
}

wsi_status wsi_pool_charge(wsi_pool *p, wsi_mem_kind kind, size_t size, wsi_error *err)
{
    pthread_mutex_lock(&p->lock);
    trim(p, size);
    const uint64_t left = p->budget > p->held ? p->budget - p->held : 0;
    const int fits = size <= left;
    if (fits) {
        p->held += size;
        p->lent += size;
        p->lent_kind[kind] += size;
        p->stats.allocations[kind]++;
        if (p->lent_kind[kind] > p->stats.peak_kind[kind]) p->stats.peak_kind[kind] = p->lent_kind[kind];
        if (p->held > p->stats.peak) p->stats.peak = p->held;
    }
    pthread_mutex_unlock(&p->lock);
    WSI_RETURN_IF(!fits, WSI_ERR_NO_MEMORY, "memory: the budget has %llu bytes left, %zu are needed for %s buffers",
                  (unsigned long long)left, size, wsi_mem_kind_name(kind));
    return WSI_OK;
}

void wsi_pool_discharge(wsi_pool *p, wsi_mem_kind kind, size_t size)
{
    pthread_mutex_lock(&p->lock);
    p->held -= size;
    p->lent -= size;
    p->lent_kind[kind] -= size;
    pthread_cond_broadcast(&p->freed);
    pthread_mutex_unlock(&p->lock);
}

void wsi_pool_cancel(wsi_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->cancelled = 1;
    pthread_cond_broadcast(&p->freed);
    pthread_mutex_unlock(&p->lock);
}

void wsi_pool_stats(wsi_pool *p, wsi_mem_stats *out)
{
    pthread_mutex_lock(&p->lock);
    *out = p->stats;
    out->budget = p->budget;
    out->used = p->lent;
    pthread_mutex_unlock(&p->lock);
}
