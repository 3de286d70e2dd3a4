/* libjpeg's callbacks. It prints nothing; what it would have said is asked for with format_message. */
#include "jpeg-state.h"

static void fail(j_common_ptr cinfo)
{
    wsi_jpeg_state *state = cinfo->client_data;
    longjmp(state->escape, 1);
}

static void drop_message(j_common_ptr cinfo)
{
    (void)cinfo;
}

static void keep_destination(j_compress_ptr cinfo)
{
    (void)cinfo;
}

static boolean refuse_more(j_compress_ptr cinfo)
{
    fail((j_common_ptr)cinfo);
    return FALSE;
}

void wsi_jpeg_state_prepare(wsi_jpeg_state *state)
{
    state->cinfo.err = jpeg_std_error(&state->errors);
    state->cinfo.client_data = state;
    state->errors.error_exit = fail;
    state->errors.output_message = drop_message;
    state->destination.init_destination = keep_destination;
    state->destination.empty_output_buffer = refuse_more;
    state->destination.term_destination = keep_destination;
}

void wsi_jpeg_state_aim(wsi_jpeg_state *state, void *out, size_t capacity)
{
    state->destination.next_output_byte = out;
    state->destination.free_in_buffer = capacity;
}
