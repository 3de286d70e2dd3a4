/* Running sums over libcrypto's EVP interface, which picks the processor's own SHA instructions. */
#include "digest.h"

#include "common/mem.h"

#include <openssl/evp.h>

struct wsi_digest {
    EVP_MD_CTX *context;
    const EVP_MD *kind;
};

wsi_status wsi_digest_create(wsi_digest_kind kind, wsi_digest **out, wsi_error *err)
{
    wsi_digest *digest = wsi_calloc(1, sizeof *digest);
    WSI_RETURN_IF(!digest, WSI_ERR_NO_MEMORY, "out of memory");
    digest->kind = kind == WSI_DIGEST_MD5 ? EVP_md5() : EVP_sha256();
    digest->context = EVP_MD_CTX_new();
    if (!digest->context || EVP_DigestInit_ex(digest->context, digest->kind, NULL) != 1) {
        wsi_digest_destroy(&digest);
        return wsi_error_set(err, WSI_ERR_INTERNAL, "libcrypto refuses a digest");
    }
    *out = digest;
    return WSI_OK;
}

wsi_status wsi_digest_update(wsi_digest *digest, const void *bytes, size_t size, wsi_error *err)
{
    WSI_RETURN_IF(EVP_DigestUpdate(digest->context, bytes, size) != 1, WSI_ERR_INTERNAL, "libcrypto: digest failed");
    return WSI_OK;
}

wsi_status wsi_digest_hex(wsi_digest *digest, char text[WSI_DIGEST_HEX_MAX], wsi_error *err)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    WSI_RETURN_IF(EVP_DigestFinal_ex(digest->context, sum, &size) != 1 || 2 * size >= WSI_DIGEST_HEX_MAX ||
                      EVP_DigestInit_ex(digest->context, digest->kind, NULL) != 1,
                  WSI_ERR_INTERNAL, "libcrypto: digest failed");
    for (unsigned int i = 0; i < size; i++) {
        text[2 * i] = digits[sum[i] >> 4];
        text[2 * i + 1] = digits[sum[i] & 15];
    }
    text[2 * size] = '\0';
    return WSI_OK;
}

void wsi_digest_destroy(wsi_digest **digest)
{
    if (!*digest) return;
    EVP_MD_CTX_free((*digest)->context);
    wsi_free(*digest);
    *digest = NULL;
}
