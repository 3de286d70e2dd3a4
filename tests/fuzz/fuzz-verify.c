/* Any bytes as an output: checked as `verify` does it. The first byte says how: as they are; with a trailer that fits
 * them, so that what stands behind the checksums is reached; or as a table with its seal beside it. libhdf5 does not
 * stand damaged files, and is reached behind good checksums only: such bytes are left out unless FUZZ_HDF5 is set. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "writer/seal.h"
#include "writer/verify.h"

static int is_hdf5(const uint8_t *data, size_t size)
{
    return size >= 4 && memcmp(data, "\211HDF", 4) == 0;
}

/* Name of a file of these bytes that was finished as a writer finishes it. */
static const char *finished_file(const uint8_t *data, size_t size, int with_seal, json_t *about)
{
    const char *path = fuzz_folder_file("output", NULL, 0);
    const char *format = is_hdf5(data, size) ? "hdf5" : with_seal ? "csv" : "tiff";
    wsi_outfile *file = NULL;
    wsi_status status = wsi_outfile_create(path, &file, NULL);
    if (status == WSI_OK) status = wsi_outfile_write(file, 0, data, size, NULL);
    if (status == WSI_OK && with_seal) {
        status = wsi_seal_commit(path, &file, format, "{}", about, NULL);
    } else {
        if (status == WSI_OK) status = wsi_trailer_write(file, format, "{}", NULL);
        if (status == WSI_OK) status = wsi_outfile_commit(&file, NULL);
        wsi_outfile_discard(&file);
    }
    if (status != WSI_OK) fuzz_fail("cannot make", path);
    return path;
}

static void verify(const char *path)
{
    char *summary = NULL, *json = NULL;
    wsi_error err = {0}, other = {0};
    fuzz_expect(wsi_output_verify(path, &summary, &err), &err);
    fuzz_expect(wsi_output_fingerprint(path, &json, &other), &other);
    wsi_free(summary);
    wsi_free(json);
}

/* The seal says of the table what the input says, up to an empty line. */
static void verify_table(const uint8_t *data, size_t size)
{
    const uint8_t *end = memmem(data, size, "\n\n", 2);
    const size_t length = end ? (size_t)(end - data) : size;
    json_t *about = json_loadb((const char *)data, length, 0, NULL);
    if (json_is_object(about) && end) verify(finished_file(end + 2, size - length - 2, 1, about));
    json_decref(about);
    fuzz_folder_file("output.json", NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    const int how = data[0] % 3;
    data++, size--;
    if (how == 2) {
        verify_table(data, size);
    } else if (how == 0 || (is_hdf5(data, size) && !getenv("FUZZ_HDF5"))) {
        verify(fuzz_memory_file(data, size));
    } else {
        verify(finished_file(data, size, 0, NULL));
    }
    fuzz_folder_file("output", NULL, 0);
    return 0;
}
