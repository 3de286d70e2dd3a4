/* Any text as the ImageDescription of an otherwise good TIFF: OME-XML, Aperio's fields, Philips' XML. The first byte
 * says how the file is laid out. */
#include "fuzz-read.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "reader-maker.h"

enum { PAGES = 4, WITH_SUB_IFDS = 1, IN_STRIPS = 2, ON_ANOTHER_PAGE = 4 };

static void make_page(maker *m, unsigned how, int page, const char *text)
{
    static const unsigned char grey[32 * 32];
    const uint32_t edge = 64u >> page;
    const unsigned described = how & ON_ANOTHER_PAGE ? 1 : 0;
    if ((how & IN_STRIPS) && page > 1) {
        maker_strip(m, edge, edge, 8, 1, grey, sizeof grey / 4);
    } else {
        maker_grey_tiles(m, edge, edge, 16, page);
    }
    if (described == (unsigned)page) maker_text(m, 270, text);
    if (described && page == 0) maker_text(m, 270, "Aperio Image Library\n64x64 (16x16)|AppMag = 40|MPP = 0.25");
}

static void make_file(maker *m, unsigned how, const char *text)
{
    uint64_t subs[2];
    maker_start(m, how & 8, how & 16);
    for (int i = 0; (how & WITH_SUB_IFDS) && i < 2; i++) {
        maker_grey_tiles(m, 32u >> i, 32u >> i, 16, 9 + i);
        subs[i] = maker_sub_directory(m);
    }
    for (int page = 0; page < PAGES; page++) {
        make_page(m, how, page, text);
        if ((how & WITH_SUB_IFDS) && page == 0) maker_tags(m, 330, 4, subs, 2);
        maker_directory(m);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    maker m;
    if (size < 1) return 0;
    char *text = fuzz_text(data + 1, size - 1);
    make_file(&m, data[0], text);
    fuzz_read_slide(fuzz_memory_file(m.data, m.size));
    wsi_free(m.data);
    free(text);
    return 0;
}
