/* Tables as a decoder wants them: Huffman codes in canonical form (ITU-T T.81 annex C), quantisers by columns. A table
 * that libjpeg would refuse is refused. */
#include "jpeg-batch.h"

#include <string.h>

/* Lengths and first codes; 0: more codes of a length than there are, or one of all ones. */
static int derive(const wsi_jpeg_huffman *in, int is_dc, wsi_px_jpeg_codes *out)
{
    uint32_t code = 0;
    int32_t index = 0;
    out->limit[0] = 0;
    out->first[0] = 0;
    for (int n = 1; n <= 16; n++) {
        out->first[n] = index - (int32_t)code;
        code += in->bits[n];
        index += in->bits[n];
        if (in->bits[n] && code >= 1u << n) return 0;
        out->limit[n] = code << (16 - n);
        code <<= 1;
    }
    if (index > 256) return 0;
    memcpy(out->values, in->values, sizeof out->values);
    for (int i = 0; is_dc && i < index; i++) {
        if (in->values[i] > 15) return 0;
    }
    return 1;
}

/* The slot of a table, made unless an earlier component has the same one. is_dc tables share with is_dc tables only. */
static int slot_for(const wsi_jpeg_huffman *tables, const uint8_t *slots, int component, int is_dc,
                    wsi_px_jpeg_set *out)
{
    for (int c = 0; c < component; c++) {
        if (memcmp(&tables[c], &tables[component], sizeof *tables) == 0) return slots[c];
    }
    return derive(&tables[component], is_dc, &out->codes[out->distinct]) ? out->distinct++ : -1;
}

int wsi_jpeg_set_make(const wsi_jpeg_frame *frame, wsi_px_jpeg_set *out)
{
    memset(out, 0, sizeof *out);
    for (int c = 0; c < frame->components; c++) {
        for (int i = 0; i < 64; i++) out->quant[c][i % 8 * 8 + i / 8] = frame->quant[c][i];
        const int dc = slot_for(frame->dc, out->dc, c, 1, out);
        const int ac = dc < 0 ? -1 : slot_for(frame->ac, out->ac, c, 0, out);
        if (ac < 0) return 0;
        out->dc[c] = (uint8_t)dc;
        out->ac[c] = (uint8_t)ac;
    }
    return 1;
}
