/* A tile's headers for a decoder outside this folder, read by libjpeg-turbo itself: tables, sampling and sizes are what
 * wsi_jpeg_decode would work with, whatever was shared, repeated or defined twice. */
#include "decode-jpeg-private.h"

#include <string.h>

static int copy_huffman(const JHUFF_TBL *table, wsi_jpeg_huffman *out)
{
    if (!table) return 0;
    memcpy(out->bits, table->bits, sizeof out->bits);
    memcpy(out->values, table->huffval, sizeof out->values);
    out->bits[0] = 0;
    return 1;
}

/* Tables of component i; 0: one is missing. */
static int copy_tables(const struct jpeg_decompress_struct *cinfo, int i, wsi_jpeg_frame *out)
{
    const jpeg_component_info *c = &cinfo->comp_info[i];
    if (c->quant_tbl_no < 0 || c->quant_tbl_no >= NUM_QUANT_TBLS || c->dc_tbl_no < 0 || c->dc_tbl_no >= NUM_HUFF_TBLS ||
        c->ac_tbl_no < 0 || c->ac_tbl_no >= NUM_HUFF_TBLS) {
        return 0;
    }
    const JQUANT_TBL *quant = cinfo->quant_tbl_ptrs[c->quant_tbl_no];
    if (!quant) return 0;
    memcpy(out->quant[i], quant->quantval, sizeof out->quant[i]);
    out->h_samp[i] = c->h_samp_factor;
    out->v_samp[i] = c->v_samp_factor;
    return copy_huffman(cinfo->dc_huff_tbl_ptrs[c->dc_tbl_no], &out->dc[i]) &&
           copy_huffman(cinfo->ac_huff_tbl_ptrs[c->ac_tbl_no], &out->ac[i]);
}

static int one_plain_scan(const struct jpeg_decompress_struct *cinfo)
{
    if (cinfo->progressive_mode || cinfo->arith_code || cinfo->data_precision != 8) return 0;
    if (cinfo->num_components != 1 && cinfo->num_components != 3) return 0;
    if (cinfo->comps_in_scan != cinfo->num_components) return 0;
    for (int i = 0; i < cinfo->num_components; i++) {
        if (cinfo->cur_comp_info[i] != &cinfo->comp_info[i]) return 0;
    }
    return cinfo->Ss == 0 && cinfo->Se == DCTSIZE2 - 1 && cinfo->Ah == 0 && cinfo->Al == 0;
}

/* Runs under setjmp. */
static int read_frame(wsi_jpeg *j, wsi_jpeg_colour colour, const void *bytes, size_t size, wsi_jpeg_frame *out)
{
    struct jpeg_decompress_struct *cinfo = &j->cinfo;
    wsi_jpeg_set_source(j, bytes, size);
    jpeg_read_header(cinfo, TRUE);
    int good = one_plain_scan(cinfo) && j->ended == 0;
    memset(out, 0, sizeof *out);
    out->w = (int)cinfo->image_width;
    out->h = (int)cinfo->image_height;
    out->components = cinfo->num_components;
    out->ycc = cinfo->num_components == 3 && colour == WSI_JPEG_YCC_TO_RGB;
    out->restart_interval = (int)cinfo->restart_interval;
    out->scan = size - j->source.bytes_in_buffer;
    for (int i = 0; good && i < cinfo->num_components; i++) good = copy_tables(cinfo, i, out);
    jpeg_abort_decompress(cinfo);
    return good;
}

wsi_status wsi_jpeg_read_frame(wsi_jpeg *j, const wsi_jpeg_tables *tables, wsi_jpeg_colour colour, const void *bytes,
                               size_t size, int64_t tile_w, int64_t tile_h, const wsi_image *dst, wsi_jpeg_frame *out,
                               int *usable, wsi_error *err)
{
    wsi_jpeg_header header;
    *usable = 0;
    if (!wsi_jpeg_parse(bytes, size, &header)) return WSI_OK;
    if (wsi_jpeg_check_header(&header, tables != NULL, tile_w, tile_h, dst, NULL) != WSI_OK) return WSI_OK;
    if (setjmp(j->on_error) == 0) {
        wsi_jpeg_load_tables(j, tables);
        *usable = read_frame(j, colour, bytes, size, out);
        if (header.own_tables) wsi_jpeg_spoil(j);
        return WSI_OK;
    }
    *usable = 0;
    wsi_jpeg_spoil(j);
    WSI_RETURN_IF(j->code == WSI_ERR_NO_MEMORY, WSI_ERR_NO_MEMORY, "jpeg: %s", j->message);
    return WSI_OK;
}
