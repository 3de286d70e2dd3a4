/* A JPEG 2000 stream or JP2 file of any bytes as a tile of 32 x 32. The first byte says what the container claims. */
#include "fuzz.h"

#include <stdlib.h>

#include "reader/decode-jp2k.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { EDGE = 32 };
    if (size < 1) return 0;
    const int channels = 1 + (data[0] & 3);
    const wsi_dtype type = data[0] & 4 ? WSI_U16 : WSI_U8;
    const wsi_pixfmt fmt = {type, channels};
    const ptrdiff_t row = (ptrdiff_t)(EDGE * wsi_pixfmt_size(fmt));
    const wsi_image view = {malloc((size_t)(EDGE * row)), row, EDGE, EDGE, fmt};
    wsi_error err = {0};
    if (!view.data) exit(1);
    const wsi_jp2k_colour colour = data[0] & 8 ? WSI_JP2K_SAYS_YCC : WSI_JP2K_SAYS_RGB;
    fuzz_expect(wsi_jp2k_decode(data + 1, size - 1, colour, EDGE, EDGE, &view, &err), &err);
    free(view.data);
    return 0;
}
