/* What identifies a slide's content without reading all of it: SHA-256 over the file's size, its first and last
 * 64 KiB and evenly spread samples (small files are read whole), then over whatever tables the driver adds. Times and
 * names do not count, so that a copied slide keeps its fingerprint. */
#include "reader-private.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "common/mem.h"

enum { WHOLE_MAX = 8 << 20, BLOCK = 64 << 10, SAMPLES = 64, SAMPLE = 16 << 10 };

static int hash_range(EVP_MD_CTX *md, const wsi_source *src, uint64_t offset, uint64_t size, void *buf)
{
    while (size > 0) {
        const size_t n = size < BLOCK ? (size_t)size : BLOCK;
        if (wsi_source_peek(src, offset, n, buf) != n || EVP_DigestUpdate(md, buf, n) != 1) return 0;
        offset += n;
        size -= n;
    }
    return 1;
}

static int hash_file(EVP_MD_CTX *md, const wsi_source *src, void *buf)
{
    if (src->fd < 0) return 1;
    if (EVP_DigestUpdate(md, &src->size, sizeof src->size) != 1) return 0;
    if (src->size <= WHOLE_MAX) return hash_range(md, src, 0, src->size, buf);
    if (!hash_range(md, src, 0, BLOCK, buf) || !hash_range(md, src, src->size - BLOCK, BLOCK, buf)) return 0;
    for (uint64_t i = 1; i <= SAMPLES; i++) {
        if (!hash_range(md, src, src->size / (SAMPLES + 1) * i, SAMPLE, buf)) return 0;
    }
    return 1;
}

static int hash_all(EVP_MD_CTX *md, const wsi_source *src, wsi_next_piece next, void *user, void *buf,
                    unsigned char *digest)
{
    const void *piece;
    size_t size;
    if (EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 || !hash_file(md, src, buf)) return 0;
    while ((piece = next(user, &size)) != NULL) {
        if (EVP_DigestUpdate(md, piece, size) != 1) return 0;
    }
    return EVP_DigestFinal_ex(md, digest, NULL) == 1;
}

wsi_status wsi_slide_fingerprint_pieces(wsi_slide *slide, wsi_next_piece next, void *user, wsi_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    void *buf = wsi_calloc(1, BLOCK);
    const int done = md && buf && hash_all(md, &slide->source, next, user, buf, digest);
    EVP_MD_CTX_free(md);
    wsi_free(buf);
    WSI_RETURN_IF(!done, WSI_ERR_INPUT_OPEN, "the file cannot be read for its fingerprint");
    for (int i = 0; i < 32; i++) snprintf(slide->fingerprint + 2 * i, 3, "%02x", digest[i]);
    return WSI_OK;
}

/* A list of pieces, and how many have been taken. */
typedef struct piece_list {
    const void *const *pieces;
    const size_t *sizes;
    int count, taken;
} piece_list;

static const void *next_of_list(void *user, size_t *size)
{
    piece_list *list = user;
    if (list->taken == list->count) return NULL;
    *size = list->sizes[list->taken];
    return list->pieces[list->taken++];
}

wsi_status wsi_slide_fingerprint(wsi_slide *slide, const void *const *extra, const size_t *extra_size, int n,
                                 wsi_error *err)
{
    piece_list list = {extra, extra_size, n, 0};
    return wsi_slide_fingerprint_pieces(slide, next_of_list, &list, err);
}
