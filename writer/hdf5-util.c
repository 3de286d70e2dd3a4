/* HDF5 errors and attributes: see hdf5-util.h. Strings are of fixed length, UTF-8, null-terminated. */
#include "hdf5-util.h"

#include "common/mem.h"

#include <stdio.h>
#include <string.h>

enum { ATTRIBUTE_MAX = 60000 };

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

static hid_t text_type(size_t size)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, size) < 0 || H5Tset_strpad(type, H5T_STR_NULLTERM) < 0 ||
        H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
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

static int put_text_dataset(hid_t group, const char *name, hid_t type, hid_t space, const char *text)
{
    const hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(dcpl, 0);
    const hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Pclose(dcpl);
    if (dataset < 0) return -1;
    const herr_t written = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text);
    return H5Dclose(dataset) < 0 || written < 0 ? -1 : 0;
}

int wsi_hdf5_put_text(hid_t group, const char *name, const char *text)
{
    const size_t size = strlen(text) + 1;
    const hid_t type = text_type(size), space = H5Screate(H5S_SCALAR);
    int result = -1;
    if (type >= 0 && space >= 0)
        result = size <= ATTRIBUTE_MAX ? put_attribute(group, name, type, type, space, text)
                                       : put_text_dataset(group, name, type, space, text);
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
    const int result =
        space < 0 ? -1 : put_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, space, values);
    H5Sclose(space);
    return result;
}

/* ---- Reading ---- */

/* Length of a scalar fixed-length string, or 0 when it is something else. */
static size_t text_length(hid_t type, hid_t space, size_t limit)
{
    if (type < 0 || space < 0 || H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 ||
        H5Sget_simple_extent_npoints(space) != 1)
        return 0;
    const size_t size = H5Tget_size(type);
    return size <= limit ? size : 0;
}

static char *read_attribute(hid_t group, const char *name, size_t limit)
{
    const hid_t attribute = H5Aopen(group, name, H5P_DEFAULT);
    if (attribute < 0) return NULL;
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const size_t size = text_length(type, space, limit);
    char *text = size ? wsi_calloc(size + 1, 1) : NULL;
    if (text && H5Aread(attribute, type, text) < 0) {
        wsi_free(text);
        text = NULL;
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

static char *read_dataset(hid_t group, const char *name, size_t limit)
{
    const hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0) return NULL;
    const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    const size_t size = text_length(type, space, limit);
    char *text = size ? wsi_calloc(size + 1, 1) : NULL;
    if (text && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0) {
        wsi_free(text);
        text = NULL;
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
    return text;
}

char *wsi_hdf5_get_text(hid_t group, const char *name, size_t limit)
{
    if (H5Aexists(group, name) > 0) return read_attribute(group, name, limit);
    return H5Lexists(group, name, H5P_DEFAULT) > 0 ? read_dataset(group, name, limit) : NULL;
}
