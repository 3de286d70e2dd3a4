/* Leases: which of several runs, on any hosts that share the output folder, works on a slide.
 *
 * A lease is a file DIR/.wsiproc/leases/HASH.GEN of generation GEN = 1, 2, ..., made by exclusive create, which NFS has
 * as well. The holder of the highest generation owns the slide, and rewrites its file with a growing counter (the
 * heartbeat). Who sees one file unchanged for the lease time on his own monotonic clock (clocks of hosts are never
 * compared), or knows that its process of this very machine is gone, takes over: he creates the next generation, which
 * exactly one can. The old holder, should it live, sees that at its next heartbeat, and stops.
 *
 * A lease saves work, it does not protect outputs: these have temporary names of their own and appear whole, so that
 * two runs that work on one slide for a while, on a network file system that tells them late, do no harm. */
#ifndef WSI_LEASE_H
#define WSI_LEASE_H

#include <stdint.h>

#include "common/error-private.h"
#include "job-folder.h"
#include "process-id.h"

enum { WSI_LEASE_SECONDS_MAX = 86400 };

typedef struct wsi_lease wsi_lease;

/* What holds for all leases of a run; borrowed by them. */
typedef struct wsi_lease_terms {
    const char *dir; /* output folder, with a job folder in it */
    const char *run; /* name of the run */
    double seconds;  /* lease time; the heartbeat comes six times in it, but at least every five seconds */
    wsi_process_id self;
} wsi_lease_terms;

/* What a run has seen of another's lease; zeroed before the first look. */
typedef struct wsi_lease_watch {
    int64_t generation;
    char content[WSI_FOLDER_HASH_MAX];
    double since;     /* when it was first seen like that, on wsi_now's clock */
    char holder[160]; /* of the lease that was seen last, for messages */
} wsi_lease_watch;

/* Tries to take a slide: *out is its lease, or NULL when another, living run holds it (watch->holder says who). A job
 * folder that was removed is made again. Errors: OUTPUT, OUTPUT_FULL (leases cannot be made), NO_MEMORY. */
wsi_status wsi_lease_acquire(const wsi_lease_terms *terms, const char *hash, wsi_lease_watch *watch, wsi_lease **out,
                             wsi_error *err);

/* 1 the first time that a slide is held; each takeover counts one more. */
int64_t wsi_lease_generation(const wsi_lease *lease);

/* Renews the lease. 0 when another has it now. One thread at a time. */
int wsi_lease_beat(wsi_lease *lease);

/* Renews it from a thread of its own until it is released; when another has it, lost(user) is called once, from that
 * thread. Errors: NO_MEMORY. */
wsi_status wsi_lease_keep(wsi_lease *lease, void (*lost)(void *user), void *user, wsi_error *err);

/* Ends the thread and looks once more. 0 when another has it now. */
int wsi_lease_confirm(wsi_lease *lease);

/* 1 once another has it. Any thread. */
int wsi_lease_is_lost(const wsi_lease *lease);

/* Ends the thread and gives the slide back; what another holds by now is let be. NULL is accepted. */
void wsi_lease_release(wsi_lease **lease);

#endif
