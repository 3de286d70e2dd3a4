/* The buffer pool: the budget holds, waiting ends, buffers are reused. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/pool.h"
#include "common/thread.h"

static void budget_is_kept(void **state)
{
    (void)state;
    wsi_pool *pool;
    wsi_mem_stats stats;
    void *a, *b;
    assert_int_equal(wsi_pool_create(1 << 20, &pool, NULL), WSI_OK);
    assert_int_equal(wsi_pool_get(pool, WSI_MEM_BAND, 600 << 10, &a, NULL), WSI_OK);
    assert_int_equal((uintptr_t)a % 64, 0);
    memset(a, 1, (600 << 10) + 64); /* the slack may be read; that it may be written too keeps this simple */
    assert_int_equal(wsi_pool_try_get(pool, WSI_MEM_BAND, 600 << 10, &b, NULL), WSI_OK);
    assert_null(b);
    assert_int_equal(wsi_pool_get(pool, WSI_MEM_RAW, 2 << 20, &b, NULL), WSI_ERR_NO_MEMORY);
    assert_int_equal(wsi_pool_get(pool, WSI_MEM_RAW, SIZE_MAX - 3, &b, NULL), WSI_ERR_NO_MEMORY);
    wsi_pool_put(pool, a);
    wsi_pool_stats(pool, &stats);
    assert_true(stats.peak <= stats.budget);
    assert_int_equal(stats.used, 0);
    wsi_pool_destroy(&pool);
    assert_null(pool);
}

static void buffers_are_reused(void **state)
{
    (void)state;
    wsi_pool *pool;
    wsi_mem_stats stats;
    assert_int_equal(wsi_pool_create(1 << 20, &pool, NULL), WSI_OK);
    for (int i = 0; i < 100; i++) {
        void *p;
        assert_int_equal(wsi_pool_get(pool, WSI_MEM_RAW, 10000 + (size_t)i, &p, NULL), WSI_OK);
        wsi_pool_put(pool, p);
    }
    wsi_pool_stats(pool, &stats);
    assert_int_equal(stats.allocations[WSI_MEM_RAW], 1);
    assert_int_equal(stats.reuses[WSI_MEM_RAW], 99);
    wsi_pool_destroy(&pool);
}

/* Large buffers of one class are of different sizes: a smaller one is not lent for a larger one. */
static void buffers_are_large_enough(void **state)
{
    (void)state;
    wsi_pool *pool;
    wsi_mem_stats stats;
    static const size_t sizes[] = {3700 << 10, 3900 << 10, 3800 << 10};
    assert_int_equal(wsi_pool_create(16 << 20, &pool, NULL), WSI_OK);
    for (int i = 0; i < 3; i++) {
        void *p;
        assert_int_equal(wsi_pool_get(pool, WSI_MEM_RAW, sizes[i], &p, NULL), WSI_OK);
        memset(p, 1, sizes[i]);
        wsi_pool_put(pool, p);
    }
    wsi_pool_stats(pool, &stats);
    assert_int_equal(stats.allocations[WSI_MEM_RAW], 2);
    assert_int_equal(stats.reuses[WSI_MEM_RAW], 1);
    wsi_pool_destroy(&pool);
}

static void free_buffers_make_way(void **state)
{
    (void)state;
    wsi_pool *pool;
    void *p;
    assert_int_equal(wsi_pool_create(1 << 20, &pool, NULL), WSI_OK);
    for (size_t size = 1000; size < 900000; size = size * 3 / 2) {
        assert_int_equal(wsi_pool_get(pool, WSI_MEM_RAW, size, &p, NULL), WSI_OK);
        wsi_pool_put(pool, p);
    }
    wsi_pool_destroy(&pool);
}

struct waiter {
    wsi_pool *pool;
    wsi_status status;
    void *got;
};

static void *wait_for_buffer(void *arg)
{
    struct waiter *w = arg;
    w->status = wsi_pool_get(w->pool, WSI_MEM_RAW, 700 << 10, &w->got, NULL);
    return NULL;
}

typedef enum ending { PUT, CANCEL, DISCHARGE, ENDINGS } ending;

static void end_waiting(wsi_pool *pool, ending how, void *first)
{
    if (how == PUT) wsi_pool_put(pool, first);
    if (how == CANCEL) wsi_pool_cancel(pool);
    if (how == DISCHARGE) wsi_pool_discharge(pool, WSI_MEM_PINNED, 600 << 10);
}

/* A second large buffer waits until the first is put back, memory of others is, or the pool is cancelled. */
static void waiting_ends(void **state)
{
    (void)state;
    for (int how = 0; how < ENDINGS; how++) {
        struct waiter w = {NULL, WSI_OK, NULL};
        wsi_thread thread;
        void *first;
        const size_t charge = how == DISCHARGE ? 600 << 10 : 0;
        assert_int_equal(wsi_pool_create(1 << 20, &w.pool, NULL), WSI_OK);
        assert_int_equal(wsi_pool_charge(w.pool, WSI_MEM_PINNED, charge, NULL), WSI_OK);
        assert_int_equal(wsi_pool_get(w.pool, WSI_MEM_RAW, (charge ? 200 : 700) << 10, &first, NULL), WSI_OK);
        assert_int_equal(wsi_thread_start(&thread, "waiter", wait_for_buffer, &w, NULL), WSI_OK);
        usleep(20000);
        end_waiting(w.pool, (ending)how, first);
        wsi_thread_join(thread);
        assert_int_equal(w.status, how == CANCEL ? WSI_ERR_CANCELLED : WSI_OK);
        wsi_pool_put(w.pool, w.got);
        if (how != PUT) wsi_pool_put(w.pool, first);
        wsi_pool_destroy(&w.pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(budget_is_kept), cmocka_unit_test(buffers_are_reused),
                                       cmocka_unit_test(buffers_are_large_enough),
                                       cmocka_unit_test(free_buffers_make_way), cmocka_unit_test(waiting_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
