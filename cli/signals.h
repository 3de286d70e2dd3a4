/* SIGINT, SIGTERM, SIGUSR1 and SIGHUP during a run: the first asks for an orderly end; another one, a second later or
 * more, ends at once. */
#ifndef WSI_SIGNALS_H
#define WSI_SIGNALS_H

#include <stdatomic.h>

/* Installs the handlers and ignores SIGPIPE (a reader of our progress that goes away must not cost the outputs). */
void wsi_signals_install(void);
/* Non-zero once a signal came; for wsi_job_spec.cancel. */
const atomic_int *wsi_signals_flag(void);
/* Has the signals set this flag to 1 as well; NULL: no longer. */
void wsi_signals_tell(atomic_int *flag);
/* The signal that came, or 0. */
int wsi_signals_caught(void);
/* Dies of the signal that came, so that the caller's shell sees it; returns when none came. */
void wsi_signals_raise_again(void);

#endif
