/* Sessions, inside the library. */
#ifndef WSI_SESSION_PRIVATE_H
#define WSI_SESSION_PRIVATE_H

#include <stdatomic.h>

#include <wsiproc/session.h>

#include "common/team.h"

/* For a job: NULL is accepted by both. */
void wsi_session_ref(wsi_session *session);
void wsi_session_unref(wsi_session *session);

wsi_team *wsi_session_team(const wsi_session *session);
/* What a job gets that asks for nothing. */
uint64_t wsi_session_share(const wsi_session *session);
/* Waits, in the order of the calls, until so much memory is free, and takes it. Errors: NO_MEMORY (there will never be
 * so much), CANCELLED (*cancel became non-zero and wsi_session_wake was called). */
wsi_status wsi_session_take(wsi_session *session, uint64_t bytes, const atomic_int *cancel, wsi_error *err);
void wsi_session_give(wsi_session *session, uint64_t bytes);
void wsi_session_wake(wsi_session *session);

#endif
