/* The HDF5 filter 32015 (zstd) as a loadable plugin: with HDF5_PLUGIN_PATH naming its folder, h5py, h5dump, h5repack
 * and every other program over HDF5 read and write what wsiproc writes with --compression zstd.
 *
 * A chunk is one zstd frame that records its content size; the client value is the level. HDF5 owns the buffers and
 * frees them with the C library, hence malloc here. Nothing in a chunk is trusted: a size is accepted only when it
 * is below the 4 GiB that HDF5 allows a chunk. */
#include <stdint.h>
#include <stdlib.h>

#include <H5PLextern.h>
#include <hdf5.h>
#include <zstd.h>

enum { FILTER_ZSTD = 32015, LEVEL_DEFAULT = 3 };

static const unsigned long long chunk_max = UINT32_MAX;

/* Puts the new buffer in the place of the old one; returns the number of bytes in it, 0 is failure. */
static size_t replace(void **buffer, size_t *buffer_size, void *bytes, size_t size)
{
    if (ZSTD_isError(size) || size == 0) {
        free(bytes); /* from HDF5 or for it; style: allow free */
        return 0;
    }
    free(*buffer); /* from HDF5 or for it; style: allow free */
    *buffer = bytes;
    *buffer_size = size;
    return size;
}

static size_t decompress(void **buffer, size_t *buffer_size, size_t n)
{
    const unsigned long long size = ZSTD_getFrameContentSize(*buffer, n);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size == 0 || size > chunk_max) return 0;
    void *bytes = malloc((size_t)size); /* HDF5 frees it; style: allow malloc */
    return bytes ? replace(buffer, buffer_size, bytes, ZSTD_decompress(bytes, (size_t)size, *buffer, n)) : 0;
}

static size_t compress(void **buffer, size_t *buffer_size, size_t n, int level)
{
    const size_t bound = ZSTD_compressBound(n);
    void *bytes = malloc(bound); /* HDF5 frees it; style: allow malloc */
    return bytes ? replace(buffer, buffer_size, bytes, ZSTD_compress(bytes, bound, *buffer, n, level)) : 0;
}

static size_t filter(unsigned flags, size_t count, const unsigned values[], size_t n, size_t *buffer_size,
                     void **buffer)
{
    if (flags & H5Z_FLAG_REVERSE) return decompress(buffer, buffer_size, n);
    const int level =
        count > 0 && values[0] >= 1 && values[0] <= (unsigned)ZSTD_maxCLevel() ? (int)values[0] : LEVEL_DEFAULT;
    return compress(buffer, buffer_size, n, level);
}

static const H5Z_class2_t filter_class = {
    .version = H5Z_CLASS_T_VERS,
    .id = FILTER_ZSTD,
    .encoder_present = 1,
    .decoder_present = 1,
    .name = "zstd (wsiproc)",
    .filter = filter,
};

/* The two functions HDF5 looks for in a plugin. */
H5PL_type_t H5PLget_plugin_type(void)
{
    return H5PL_TYPE_FILTER;
}

const void *H5PLget_plugin_info(void)
{
    return &filter_class;
}
