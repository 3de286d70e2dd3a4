/* The small parts of the writer: packing, shuffling, TIFF fractions and directories, part files and trailers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/mem.h"
#include "writer/outfile.h"
#include "writer/pack.h"
#include "writer/tiff-ifd.h"
#include "writer/trailer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void packing_repeats_edges(void **state)
{
    uint8_t in[] = {1, 2, 9, 9, 3, 4}; /* 2 x 2, rows four bytes apart */
    uint8_t out[16];
    const wsi_image view = {in, 4, 2, 2, {WSI_U8, 1}};
    const uint8_t want[16] = {1, 2, 2, 2, 3, 4, 4, 4, 3, 4, 4, 4, 3, 4, 4, 4};
    const uint8_t predicted[16] = {1, 1, 0, 0, 3, 1, 0, 0, 3, 1, 0, 0, 3, 1, 0, 0};
    (void)state;
    wsi_pack_plain(&view, 4, 4, out);
    assert_memory_equal(out, want, 16);
    wsi_pack_predicted(&view, 4, 4, out);
    assert_memory_equal(out, predicted, 16);
    assert_false(wsi_pack_needless(&view, 4, 4));
}

static void packing_widens_bool(void **state)
{
    uint8_t in[] = {0, 1, 1, 0}, out[4];
    const wsi_image view = {in, 4, 4, 1, {WSI_BOOL, 1}};
    const uint8_t want[4] = {0, 255, 255, 0}, predicted[4] = {0, 255, 0, 1};
    (void)state;
    wsi_pack_plain(&view, 4, 1, out);
    assert_memory_equal(out, want, 4);
    wsi_pack_predicted(&view, 4, 1, out);
    assert_memory_equal(out, predicted, 4);
}

static void shuffling_is_undone(void **state)
{
    uint8_t in[1000], shuffled[1000], out[1000];
    (void)state;
    for (size_t i = 0; i < sizeof in; i++) in[i] = (uint8_t)(i * i);
    for (size_t width = 1; width <= 8; width *= 2) {
        wsi_pack_shuffle(in, sizeof in / width, width, shuffled);
        assert_int_equal(shuffled[1], in[width]);
        wsi_pack_unshuffle(shuffled, sizeof in / width, width, out);
        assert_memory_equal(in, out, sizeof in / width * width);
    }
}

static void fractions(void **state)
{
    static const double values[] = {0, 1, 0.5, 10000 / 0.499, 10000 / 0.2528, 39370.07874015748, 1e-6, 2e9};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        uint32_t r[2];
        wsi_tiff_rational(values[i], r);
        assert_true(r[1] > 0 && r[0] <= INT32_MAX && r[1] <= INT32_MAX);
        assert_float_equal((double)r[0] / r[1], values[i], 1e-9 * (values[i] + 1));
    }
}

static void directory_bytes(void **state)
{
    wsi_ifd *ifd = NULL;
    unsigned char out[64];
    (void)state;
    assert_int_equal(wsi_ifd_create(0, &ifd, NULL), WSI_OK);
    assert_int_equal(wsi_ifd_add_number(ifd, 256, WSI_TIFF_LONG, 7, NULL), WSI_OK);
    assert_int_equal(wsi_ifd_add_text(ifd, 270, "abcdef", NULL), WSI_OK);
    assert_int_equal(wsi_ifd_add_number(ifd, 262, WSI_TIFF_SHORT, 1, NULL), WSI_ERR_INTERNAL);
    assert_int_equal(wsi_ifd_size(ifd), 40);
    wsi_ifd_serialise(ifd, 0x1000, 0x2000, out);
    static const unsigned char want[40] = {2,  0,                                              /* entries */
                                           0,  1,    4, 0, 1, 0, 0,   0,   7,    0,    0,   0, /* ImageWidth */
                                           14, 1,    2, 0, 7, 0, 0,   0,   0x20, 0x10, 0,   0, /* ImageDescription */
                                           0,  0x20, 0, 0, 0, 0, 'a', 'b', 'c',  'd',  'e', 'f', 0, 0};
    assert_memory_equal(out, want, sizeof want);
    const uint64_t big = (uint64_t)1 << 32;
    assert_int_equal(wsi_ifd_add_wide(ifd, 324, WSI_TIFF_LONG, WSI_TIFF_LONG8, 1, &big, NULL), WSI_ERR_INTERNAL);
    wsi_ifd_destroy(&ifd);
}

/* Writes in and out of order must give the checksums of what the file holds in the end. */
static void checksums_follow_any_order(void **state)
{
    enum { SIZE = 3 * WSI_BLOCK_BYTES + 12345 };
    char path[] = "/tmp/wsi-parts-XXXXXX";
    wsi_outfile *file = NULL;
    wsi_trailer trailer;
    wsi_error err = {WSI_OK, ""};
    unsigned char *bytes = wsi_calloc(SIZE, 1);
    (void)state;
    close(mkstemp(path));
    for (size_t i = 0; i < SIZE; i++) bytes[i] = (unsigned char)(i * 2654435761u >> 13);
    assert_int_equal(wsi_outfile_create(path, &file, &err), WSI_OK);
    assert_int_equal(wsi_outfile_write(file, 0, "0123", 4, &err), WSI_OK);
    for (size_t at = 0; at < SIZE; at += 10007) {
        const size_t n = SIZE - at < 10007 ? SIZE - at : 10007;
        assert_int_equal(wsi_outfile_write(file, at, bytes + at, n, &err), WSI_OK);
    }
    memset(bytes + WSI_BLOCK_BYTES + 5, 7, 100);
    assert_int_equal(wsi_outfile_write(file, WSI_BLOCK_BYTES + 5, bytes + WSI_BLOCK_BYTES + 5, 100, &err), WSI_OK);
    assert_int_equal(wsi_outfile_resize(file, SIZE - 500, &err), WSI_OK);
    assert_int_equal(wsi_trailer_write(file, "tiff", "{}", &err), WSI_OK);
    assert_int_equal(wsi_outfile_commit(&file, &err), WSI_OK);
    const int fd = open(path, O_RDWR);
    assert_int_equal(wsi_trailer_read(fd, &trailer, &err), WSI_OK);
    assert_int_equal(trailer.bytes, SIZE - 500);
    assert_int_equal(wsi_trailer_check(fd, &trailer, &err), WSI_OK);
    assert_int_equal(pwrite(fd, "\377", 1, 2 * WSI_BLOCK_BYTES + 77), 1);
    assert_int_equal(wsi_trailer_check(fd, &trailer, &err), WSI_ERR_VERIFY);
    assert_non_null(strstr(err.message, "between bytes 131072 and 196607"));
    wsi_trailer_clear(&trailer);
    close(fd);
    unlink(path);
    wsi_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packing_repeats_edges), cmocka_unit_test(packing_widens_bool),
        cmocka_unit_test(shuffling_is_undone),   cmocka_unit_test(fractions),
        cmocka_unit_test(directory_bytes),       cmocka_unit_test(checksums_follow_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
