/* Teams: no wake is lost, no more threads work than there are, duties share them, and may come and go at any time. */
#include <setjmp.h>
#include <stdarg.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/team.h"
#include "common/thread.h"

enum { PIECES = 2000, DUTIES = 4, THREADS = 3 };

/* Pieces of work that become possible one after the other. */
typedef struct duty {
    wsi_duty duty;
    wsi_team *team;
    atomic_int offered, taken, done, *all_inside, *most;
} duty;

static int take(duty *d)
{
    int taken = atomic_load(&d->taken);
    while (taken < atomic_load(&d->offered))
        if (atomic_compare_exchange_weak(&d->taken, &taken, taken + 1)) return 1;
    return 0;
}

static int serve(void *user, double waited)
{
    duty *d = user;
    int did = 0;
    (void)waited;
    while (take(d)) {
        const int now = atomic_fetch_add(d->all_inside, 1) + 1;
        for (int most = atomic_load(d->most); now > most;)
            if (atomic_compare_exchange_weak(d->most, &most, now)) break;
        atomic_fetch_add(&d->done, 1);
        atomic_fetch_sub(d->all_inside, 1);
        did = 1;
        if (wsi_team_is_shared(d->team)) break;
    }
    return did;
}

/* Offers pieces one by one; most of the time the team sleeps when the next one comes. */
static void *offer(void *user)
{
    duty *d = user;
    wsi_team_add(d->team, &d->duty);
    for (int i = 0; i < PIECES; i++) {
        atomic_fetch_add(&d->offered, 1);
        wsi_team_wake(d->team);
        if (i % 8 == 0)
            while (atomic_load(&d->done) <= i) sched_yield(); /* a lost wake would wait for ever */
    }
    while (atomic_load(&d->done) < PIECES) sched_yield();
    wsi_team_remove(d->team, &d->duty);
    atomic_fetch_add(&d->offered, 1); /* nobody comes for it any more */
    wsi_team_wake_all(d->team);
    return NULL;
}

static void run_duties(int count)
{
    duty duties[DUTIES];
    wsi_thread threads[DUTIES];
    atomic_int inside = 0, most = 0;
    wsi_team *team = NULL;
    assert_int_equal(wsi_team_create(THREADS, &team, NULL), WSI_OK);
    assert_int_equal(wsi_team_threads(team), THREADS);
    assert_int_equal(wsi_team_start(team, 1, NULL), WSI_OK);
    assert_int_equal(wsi_team_start(team, THREADS + 1, NULL), WSI_OK); /* all there are */
    for (int i = 0; i < count; i++) {
        duties[i] = (duty){.team = team, .all_inside = &inside, .most = &most};
        duties[i].duty = (wsi_duty){.serve = serve, .user = &duties[i]};
        assert_int_equal(wsi_thread_start(&threads[i], "offer", offer, &duties[i], NULL), WSI_OK);
    }
    for (int i = 0; i < count; i++) wsi_thread_join(threads[i]);
    wsi_team_destroy(&team);
    assert_null(team);
    for (int i = 0; i < count; i++) assert_int_equal(atomic_load(&duties[i].done), PIECES);
    assert_in_range(atomic_load(&most), 1, THREADS);
}

static void no_wake_is_lost(void **state)
{
    (void)state;
    run_duties(1);
    run_duties(DUTIES);
}

static void teams_are_refused(void **state)
{
    wsi_team *team = (wsi_team *)&state;
    (void)state;
    assert_int_equal(wsi_team_create(0, &team, NULL), WSI_ERR_USAGE);
    assert_null(team);
    assert_int_equal(wsi_team_create(WSI_TEAM_MAX + 1, &team, NULL), WSI_ERR_USAGE);
    wsi_team_destroy(&team);
    wsi_team_destroy(NULL);
}

/* Work that lasts while a duty is taken away. */
typedef struct lasting {
    atomic_int begun, ended;
} lasting;

static int last(void *user, double waited)
{
    lasting *l = user;
    (void)waited;
    atomic_store(&l->begun, 1);
    usleep(50000);
    atomic_store(&l->ended, 1);
    return 0;
}

static void removal_waits_for_who_is_inside(void **state)
{
    lasting l = {0};
    wsi_duty lasts = {.serve = last, .user = &l};
    wsi_team *team = NULL;
    (void)state;
    assert_int_equal(wsi_team_create(1, &team, NULL), WSI_OK);
    assert_int_equal(wsi_team_start(team, 1, NULL), WSI_OK);
    wsi_team_add(team, &lasts);
    wsi_team_wake(team);
    while (!atomic_load(&l.begun)) sched_yield();
    wsi_team_remove(team, &lasts);
    assert_int_equal(atomic_load(&l.ended), 1);
    wsi_team_destroy(&team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_wake_is_lost),
                                       cmocka_unit_test(removal_waits_for_who_is_inside),
                                       cmocka_unit_test(teams_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
