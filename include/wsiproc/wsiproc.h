/* wsiproc: streaming, out-of-core processing of whole-slide images. The one header a caller includes.
 *
 * Rules that hold everywhere. A call that can fail returns a wsi_status and fills a wsi_error (which may be NULL); it
 * checks its arguments, so that NULL, wrong sizes and calls out of order are WSI_ERR_USAGE and nothing worse. What
 * _open, _parse and _create make, _close and _destroy take back; both accept NULL. The library keeps no global state
 * that callers can see, installs no signal handlers and prints nothing. */
#ifndef WSIPROC_WSIPROC_H
#define WSIPROC_WSIPROC_H

#include <wsiproc/api.h>
#include <wsiproc/chain.h>
#include <wsiproc/error.h>
#include <wsiproc/image.h>
#include <wsiproc/job.h>
#include <wsiproc/log.h>
#include <wsiproc/session.h>
#include <wsiproc/sink.h>
#include <wsiproc/slide.h>
#include <wsiproc/table.h>
#include <wsiproc/version.h>

#endif
