/* HDF5 errors and attributes: see hdf5-util.h. */
#include "hdf5-util.h"

#include "common/mem.h"
#include "writer-private.h"

#include <stdio.h>

#include <wsiproc/version.h>

wsi_hdf5_quiet wsi_hdf5_silence(void)
{
    wsi_hdf5_quiet was = {NULL, NULL};
    H5Eget_auto2(H5E_DEFAULT, &was.fn, &was.user);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return was;
}

void wsi_hdf5_unsilence(wsi_hdf5_quiet was)
{
    H5Eset_auto2(H5E_DEFAULT, was.fn, was.user);
}

/* Upwards from the innermost: the first text is the cause. */
static herr_t keep_first(unsigned n, const H5E_error2_t *e, void *user)
{
    if (n == 0 && e->desc) snprintf(user, 256, "%s", e->desc);
    return 0;
}

wsi_status wsi_hdf5_error(wsi_error *err, wsi_status code, const char *what)
{
    char cause[256] = "no reason given";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, cause);
    return wsi_error_set(err, code, "%s: HDF5: %s", what, cause);
}

/* ---- Writing ---- */

static hid_t text_type(void)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

static int put_attribute(hid_t object, const char *name, hid_t file_type, hid_t memory_type, hid_t space,
                         const void *value)
{
    const hid_t attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0) return -1;
    const herr_t written = H5Awrite(attribute, memory_type, value);
    return H5Aclose(attribute) < 0 || written < 0 ? -1 : 0;
}

int wsi_hdf5_put_text(hid_t object, const char *name, const char *text)
{
    const hid_t type = text_type(), space = H5Screate(H5S_SCALAR);
    const int result = type < 0 || space < 0 ? -1 : put_attribute(object, name, type, type, space, &text);
    H5Sclose(space);
    H5Tclose(type);
    return result;
}

static int put_scalar(hid_t object, const char *name, hid_t file_type, hid_t memory_type, const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const int result = space < 0 ? -1 : put_attribute(object, name, file_type, memory_type, space, value);
    H5Sclose(space);
    return result;
}

int wsi_hdf5_put_double(hid_t object, const char *name, double value)
{
    return put_scalar(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

int wsi_hdf5_put_int(hid_t object, const char *name, int64_t value)
{
    return put_scalar(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

int wsi_hdf5_put_doubles(hid_t object, const char *name, const double *values, int n)
{
    const hsize_t dims = (hsize_t)n;
    const hid_t space = H5Screate_simple(1, &dims, NULL);
    const int result = space < 0 ? -1 : put_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, space, values);
    H5Sclose(space);
    return result;
}

int wsi_hdf5_put_about(hid_t file, const char *provenance, const char *fingerprint, const char *bad_tiles)
{
    int bad = wsi_hdf5_put_text(file, "format", "wsiproc-hdf5");
    bad |= wsi_hdf5_put_int(file, "format_version", WSI_FORMAT_VERSION);
    bad |= wsi_hdf5_put_text(file, "software", "wsiproc " WSI_VERSION_STRING);
    if (provenance) bad |= wsi_hdf5_put_text(file, "provenance", provenance);
    if (fingerprint) bad |= wsi_hdf5_put_text(file, "fingerprint", fingerprint);
    return bad_tiles ? bad | wsi_hdf5_put_text(file, "bad_tiles", bad_tiles) : bad;
}

hid_t wsi_hdf5_group(hid_t file, const char *name)
{
    const hid_t gcpl = H5Pcreate(H5P_GROUP_CREATE);
    hid_t group = -1;
    if (gcpl >= 0 && H5Pset_obj_track_times(gcpl, 0) >= 0)
        group = H5Gcreate2(file, name, H5P_DEFAULT, gcpl, H5P_DEFAULT);
    H5Pclose(gcpl);
    return group;
}

/* ---- Reading ---- */

static char *read_text(hid_t attribute, hid_t type, hid_t space)
{
    char *value = NULL, *text = NULL;
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) <= 0 || H5Sget_simple_extent_npoints(space) != 1)
        return NULL;
    if (H5Aread(attribute, type, &value) >= 0 && value) text = wsi_strdup(value);
    if (value) H5free_memory(value);
    return text;
}

char *wsi_hdf5_get_text(hid_t object, const char *name)
{
    const hid_t attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    if (attribute < 0) return NULL;
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    char *text = read_text(attribute, type, space);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}
