/* A team: threads that several pieces of work share.
 *
 * Whoever has work adds a duty to the team. Its threads go round the duties, each from where it was last, and call
 * serve(), which does what there is for one thread now. While a team has a single duty serve() may go on as long as
 * there is something; with several (wsi_team_is_shared) it returns after each piece, so that all get on.
 *
 * Threads that found nothing in any duty sleep. Whoever makes work possible calls wsi_team_wake, afterwards; it may
 * hold locks that serve() takes: the team's own lock is a leaf. A wake that comes while a thread is looking makes it
 * look again, so none is lost. It wakes one thread, which looks at all duties: whoever takes a piece wakes the next. */
#ifndef WSI_TEAM_H
#define WSI_TEAM_H

#include "error-private.h"

enum { WSI_TEAM_MAX = 1024 };

typedef struct wsi_team wsi_team;

typedef struct wsi_duty {
    /* Any of the team's threads, many at once. Returns 1 when it did something, 0 when there is nothing to do now.
     * waited: seconds this thread has slept since it last did something. Must not wait for another piece of work of
     * the team that has not begun. */
    int (*serve)(void *user, double waited);
    void *user;
    int yields; /* 1: threads that have served it give way to the process's others from then on */
    /* the team's own */
    int inside; /* threads in serve() */
    struct wsi_duty *next;
} wsi_duty;

/* A team of 1 to WSI_TEAM_MAX threads, none of which is started yet. Errors: USAGE, NO_MEMORY. */
wsi_status wsi_team_create(int threads, wsi_team **out, wsi_error *err);
/* Ends the threads; there must be no duty left. NULL and pointers to NULL are accepted. */
void wsi_team_destroy(wsi_team **team);
/* At most. */
int wsi_team_threads(const wsi_team *team);
/* Sees to it that so many of them have been started, or all if there are fewer. Any thread. Errors: NO_MEMORY. */
wsi_status wsi_team_start(wsi_team *team, int threads, wsi_error *err);
/* The duty must live until it is removed. */
void wsi_team_add(wsi_team *team, wsi_duty *duty);
/* Returns when no thread is in serve(), which is not called again. Not to be called by a thread of the team, nor with a
 * lock held that serve() takes. */
void wsi_team_remove(wsi_team *team, wsi_duty *duty);
/* There may be something to do: for one thread, or for many. */
void wsi_team_wake(wsi_team *team);
void wsi_team_wake_all(wsi_team *team);
/* 1 while there are several duties. */
int wsi_team_is_shared(const wsi_team *team);

#endif
