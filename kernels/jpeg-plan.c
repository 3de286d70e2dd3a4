/* Plans of JPEG encoding: geometry, reciprocals, codes by symbol (ITU-T T.81 annex C), and the joining of streams. */
#include "jpeg-plan.h"

#include <string.h>

enum { TILE_MAX = 4096, TILES_MAX = 65535, ROOM_UNIT = 256 };

/* Row-major place of the k-th coefficient in zigzag order (T.81 figure A.6). */
static const uint8_t zigzag[64] = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                   12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                   35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                   58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

static int frame_known(const wsi_jpeg_frame *f)
{
    if (f->w != f->h || f->w < 16 || f->w > TILE_MAX || f->w % 16 != 0 || f->restart_interval != 0) return 0;
    if (f->components == 1) return 1;
    const int h = f->h_samp[0], v = f->v_samp[0];
    return f->components == 3 && f->ycc && (h == 1 || h == 2) && (v == 1 || v == h) && f->h_samp[1] == 1 &&
           f->v_samp[1] == 1 && f->h_samp[2] == 1 && f->v_samp[2] == 1;
}

static int chroma_alike(const wsi_jpeg_frame *f)
{
    return memcmp(f->quant[1], f->quant[2], sizeof f->quant[1]) == 0 &&
           memcmp(&f->dc[1], &f->dc[2], sizeof f->dc[1]) == 0 && memcmp(&f->ac[1], &f->ac[2], sizeof f->ac[1]) == 0;
}

static void cut_tiles(const wsi_jpeg_frame *f, wsi_px_jpeg_cut *cut)
{
    const int colour = f->components == 3;
    cut->components = f->components;
    cut->x_samp = colour ? f->h_samp[0] : 1;
    cut->y_samp = colour ? f->v_samp[0] : 1;
    cut->tile = f->w;
    cut->mcus_x = f->w / (8 * cut->x_samp);
    cut->luma = cut->x_samp * cut->y_samp;
    cut->blocks = cut->luma + (colour ? 2 : 0);
    cut->tile_mcus = (uint32_t)(cut->mcus_x * (f->h / (8 * cut->y_samp)));
    cut->tile_blocks = cut->tile_mcus * (uint32_t)cut->blocks;
}

static int choose_room(const wsi_jpeg_encode_settings *s, wsi_px_jpeg_cut *cut)
{
    const size_t half = (size_t)cut->tile * (size_t)cut->tile * (size_t)cut->components / 2;
    const size_t most = ((size_t)cut->tile_blocks * WSI_JPEG_BLOCK_BITS / 8 + 1) * 2; /* every byte stuffed */
    const size_t wanted = s->scan_bytes ? s->scan_bytes : half;
    const size_t room = (wanted < most ? wanted : most) + ROOM_UNIT - 1;
    cut->room = (uint32_t)(room / ROOM_UNIT * ROOM_UNIT);
    return cut->room > 0;
}

static int fill_divisors(const uint16_t *quant, wsi_px_jpeg_divisor *out)
{
    for (unsigned k = 0; k < 64; k++) {
        const unsigned q = quant[zigzag[k]];
        if (q < 1 || 8 * q > WSI_JPEG_DIVISOR_MAX) return 0;
        out[zigzag[k]] = wsi_px_jpeg_divisor_of(q, k);
    }
    return 1;
}

/* Codes by symbol; symbols from `symbols` on are left out. */
static int fill_codes(const wsi_jpeg_huffman *in, uint32_t *out, unsigned symbols)
{
    uint32_t code = 0;
    int index = 0;
    for (uint32_t n = 1; n <= 16; n++, code <<= 1) {
        for (int i = 0; i < in->bits[n]; i++, index++, code++) {
            if (index == 256 || code >= (1u << n) - 1) return 0;
            if (in->values[index] < symbols) out[in->values[index]] = n << 16 | code;
        }
    }
    return 1;
}

/* Every symbol that coefficients of this size can need has a code. */
static int codes_suffice(const uint32_t *dc, const uint32_t *ac)
{
    for (int n = 0; n <= 11; n++) {
        if (!dc[n]) return 0;
    }
    for (int run = 0; run < 16; run++) {
        for (int n = 1; n <= 10; n++) {
            if (!ac[run << 4 | n]) return 0;
        }
    }
    return ac[WSI_JPEG_END] && ac[WSI_JPEG_SIXTEEN];
}

static int fill_book(const wsi_jpeg_frame *f, wsi_px_jpeg_book *book)
{
    for (int c = 0; c < 2; c++) {
        const int from = f->components == 1 ? 0 : c;
        if (!fill_divisors(f->quant[from], book->divisors[c]) || !fill_codes(&f->dc[from], book->dc[c], 16) ||
            !fill_codes(&f->ac[from], book->ac[c], 256) || !codes_suffice(book->dc[c], book->ac[c])) {
            return 0;
        }
    }
    return 1;
}

int wsi_jpeg_plan_make(const wsi_jpeg_encode_settings *s, wsi_jpeg_plan *out)
{
    const wsi_jpeg_frame *f = &s->encoding.frame;
    memset(out, 0, sizeof *out);
    if (!frame_known(f) || (f->components == 3 && !chroma_alike(f)) || f->scan > sizeof out->head || s->max_tiles < 1 ||
        s->max_tiles > TILES_MAX) {
        return 0;
    }
    cut_tiles(f, &out->cut);
    out->max_tiles = s->max_tiles;
    out->head_size = f->scan;
    memcpy(out->head, s->encoding.head, f->scan);
    return choose_room(s, &out->cut) && (uint64_t)out->cut.tile_blocks * (uint64_t)s->max_tiles <= INT32_MAX &&
           fill_book(f, &out->book);
}

int wsi_jpeg_plan_grid(const wsi_jpeg_plan *plan, const wsi_image *block, wsi_jpeg_grid *out)
{
    const int64_t tile = plan->cut.tile;
    if (!block->data || block->fmt.type != WSI_U8 || block->fmt.channels != plan->cut.components || block->w < 1 ||
        block->h < 1 || block->w > INT32_MAX - TILE_MAX || block->h > INT32_MAX - TILE_MAX) {
        return 0;
    }
    out->tiles_x = (block->w + tile - 1) / tile;
    out->tiles_y = (block->h + tile - 1) / tile;
    return out->tiles_x <= plan->max_tiles && out->tiles_y <= plan->max_tiles / out->tiles_x;
}

int wsi_jpeg_plan_join(const wsi_jpeg_plan *plan, const uint8_t *scan, size_t scan_size, void *out, size_t capacity,
                       size_t *size)
{
    static const uint8_t end[2] = {0xFF, 0xD9};
    uint8_t *to = out;
    if (capacity < plan->head_size + sizeof end || scan_size > capacity - plan->head_size - sizeof end) return 0;
    memcpy(to, plan->head, plan->head_size);
    memcpy(to + plan->head_size, scan, scan_size);
    memcpy(to + plan->head_size + scan_size, end, sizeof end);
    *size = plan->head_size + scan_size + sizeof end;
    return 1;
}
