/* SHA-256 and MD5 running sums, over libcrypto. */
#ifndef WSI_DIGEST_H
#define WSI_DIGEST_H

#include "common/error-private.h"

#include <stddef.h>

enum { WSI_DIGEST_HEX_MAX = 65 };

typedef struct wsi_digest wsi_digest;
typedef enum wsi_digest_kind { WSI_DIGEST_SHA256 = 0, WSI_DIGEST_MD5 } wsi_digest_kind;

wsi_status wsi_digest_create(wsi_digest_kind kind, wsi_digest **out, wsi_error *err);
wsi_status wsi_digest_update(wsi_digest *digest, const void *bytes, size_t size, wsi_error *err);
/* Lower-case hexadecimal text of the sum so far; the digest then starts anew. */
wsi_status wsi_digest_hex(wsi_digest *digest, char text[WSI_DIGEST_HEX_MAX], wsi_error *err);
void wsi_digest_destroy(wsi_digest **digest);

#endif
