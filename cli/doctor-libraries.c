/* Versions of libraries. Most can say which one was loaded; of the others it is the one built against. */
#include "doctor.h"

#include <stdio.h>
#include <string.h>

#include <hdf5.h>
#include <jpeglib.h>
#include <libdeflate.h>
#include <libxml/xmlversion.h>
#include <openjpeg.h>
#include <openslide.h>
#include <openssl/crypto.h>
#include <tiffio.h>
#include <zstd.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static void add(json_t *list, const char *name, const char *version, size_t length)
{
    json_array_append_new(list, json_pack("{s:s, s:s%}", "name", name, "version", version, length));
}

static void add_text(json_t *list, const char *name, const char *version)
{
    add(list, name, version, strcspn(version, "\n"));
}

/* "LIBTIFF, Version 4.5.0\nCopyright ..." */
static void add_tiff(json_t *list)
{
    const char *text = TIFFGetVersion(), *number = strpbrk(text, "0123456789");
    add_text(list, "libtiff", number ? number : text);
}

static void add_hdf5(json_t *list)
{
    unsigned major = 0, minor = 0, release = 0;
    char text[64];
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    add_text(list, "HDF5", text);
}

json_t *wsi_doctor_libraries(void)
{
    json_t *list = json_array();
    add_tiff(list);
    add_text(list, "OpenSlide", openslide_get_version());
    add_hdf5(list);
    add_text(list, "libjpeg-turbo", TEXT(LIBJPEG_TURBO_VERSION));
    add_text(list, "OpenJPEG", opj_version());
    add_text(list, "libdeflate", LIBDEFLATE_VERSION_STRING);
    add_text(list, "zstd", ZSTD_versionString());
    add_text(list, "jansson", jansson_version_str());
    add_text(list, "libxml2", LIBXML_DOTTED_VERSION);
    add_text(list, "OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING));
    return list;
}
