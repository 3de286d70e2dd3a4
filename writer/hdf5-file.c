/* HDF5's view of a part file: a virtual file driver (the interface of H5FDpublic.h) over wsi_outfile.
 *
 * It exists for three reasons. HDF5's own driver cannot survive a full disk: what it cannot flush keeps the file
 * open, and the library complains on stderr when the process ends; here a failure is remembered by the wsi_outfile
 * and the library goes on undisturbed until our code asks. The file needs no second descriptor and no second lock.
 * And the checksums of what is written come for free. */
#include "hdf5-util.h"

#include "common/mem.h"

#include <string.h>

#if H5_VERSION_GE(1, 13, 2)
#include <H5FDdevelop.h>
#endif

typedef struct outfile_driver {
    H5FD_t pub;        /* must come first: filled in by HDF5 */
    wsi_outfile *file; /* borrowed */
    haddr_t eoa;       /* end of the space HDF5 has handed out */
} outfile_driver;

/* What the file access list carries. */
typedef struct driver_info {
    wsi_outfile *file;
} driver_info;

static H5FD_t *open_file(const char *name, unsigned flags, hid_t fapl, haddr_t maxaddr)
{
    (void)name, (void)flags, (void)maxaddr;
    const driver_info *info = H5Pget_driver_info(fapl);
    outfile_driver *d = info ? wsi_calloc(1, sizeof *d) : NULL;
    if (!d) return NULL;
    d->file = info->file;
    return &d->pub;
}

static herr_t close_file(H5FD_t *file)
{
    wsi_free(file);
    return 0;
}

static herr_t query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const outfile_driver *)(const void *)file)->eoa;
}

static herr_t set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t addr)
{
    (void)type;
    ((outfile_driver *)(void *)file)->eoa = addr;
    return 0;
}

static haddr_t get_eof(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return wsi_outfile_size(((const outfile_driver *)(const void *)file)->file);
}

static herr_t read_file(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr, size_t size, void *buffer)
{
    (void)type, (void)dxpl;
    wsi_outfile *out = ((outfile_driver *)(void *)file)->file;
    return wsi_outfile_read(out, addr, buffer, size, NULL) == WSI_OK ? 0 : -1;
}

static herr_t write_file(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr, size_t size, const void *buffer)
{
    (void)type, (void)dxpl;
    (void)wsi_outfile_write(((outfile_driver *)(void *)file)->file, addr, buffer, size, NULL);
    return 0;
}

static herr_t truncate_file(H5FD_t *file, hid_t dxpl, hbool_t closing)
{
    (void)dxpl, (void)closing;
    outfile_driver *d = (outfile_driver *)(void *)file;
    if (wsi_outfile_size(d->file) != d->eoa) (void)wsi_outfile_resize(d->file, d->eoa, NULL);
    return 0;
}

static const H5FD_class_t driver_class = {
#if H5_VERSION_GE(1, 13, 2)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)600, /* of the range that HDF5 leaves to applications */
#endif
    .name = "wsiproc",
    .maxaddr = (haddr_t)INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(driver_info),
    .open = open_file,
    .close = close_file,
    .query = query,
    .get_eoa = get_eoa,
    .set_eoa = set_eoa,
    .get_eof = get_eof,
    .read = read_file,
    .write = write_file,
    .truncate = truncate_file,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

wsi_status wsi_hdf5_access(wsi_outfile *file, hid_t *driver, hid_t *fapl, wsi_error *err)
{
    const driver_info info = {file};
    *fapl = -1;
    *driver = H5FDregister(&driver_class);
    if (*driver >= 0) *fapl = H5Pcreate(H5P_FILE_ACCESS);
    if (*fapl < 0 || H5Pset_driver(*fapl, *driver, &info) < 0 ||
        H5Pset_libver_bounds(*fapl, H5F_LIBVER_EARLIEST, H5F_LIBVER_V110) < 0 ||
        H5Pset_fclose_degree(*fapl, H5F_CLOSE_STRONG) < 0)
        return wsi_hdf5_error(err, WSI_ERR_INTERNAL, "cannot set up the file");
    return WSI_OK;
}
