/* The rule of `reconstruction`: marker and mask as they are given. */
#include "extrema.h"
#include "order.h"
#include "whole-reconstruct.h"

const char *const wsi_neighbours_names[] = {"square", "diamond", NULL};

static const wsi_reconstruction_params *params_of(const wsi_whole_call *call)
{
    return (const wsi_reconstruction_params *)call->params;
}

static size_t key_size(const wsi_whole_call *call)
{
    return wsi_dtype_size(call->in[0].type);
}

static int corners(const wsi_whole_call *call)
{
    return params_of(call)->footprint == WSI_NEIGHBOURS_SQUARE;
}

static wsi_status row(const wsi_whole_call *call, const wsi_image *im, wsi_rect at, int64_t y, void *marker, void *mask,
                      wsi_error *err)
{
    const wsi_reconstruction_params *p = params_of(call);
    const int64_t nan = wsi_order_keys(&im[0], y, p->method, marker);
    const int64_t mask_nan = wsi_order_keys(&im[p->mask.image], y, p->method, mask);
    WSI_RETURN_IF(nan >= 0 || mask_nan >= 0, WSI_ERR_CHAIN, "NaN at pixel (%lld, %lld) has no place in an order",
                  (long long)(at.x + (nan >= 0 ? nan : mask_nan)), (long long)(at.y + y));
    const size_t size = key_size(call);
    for (int64_t x = 0; x < at.w; x++)
        WSI_RETURN_IF(wsi_order_at(marker, size, x) > wsi_order_at(mask, size, x), WSI_ERR_CHAIN,
                      "the seed at pixel (%lld, %lld) is %s the mask", (long long)(at.x + x), (long long)(at.y + y),
                      p->method ? "below" : "above");
    return WSI_OK;
}

static void result(const wsi_whole_call *call, const void *marker, const void *mask, int64_t n, void *to)
{
    (void)mask;
    wsi_order_values(call->in[0].type, marker, n, params_of(call)->method, to);
}

static const wsi_reconstruct_rule rule = {
    .name = "reconstruction", .key_size = key_size, .corners = corners, .row = row, .result = result};

static wsi_status open_reconstruction(const wsi_whole_call *call, void **self, wsi_error *err)
{
    return wsi_reconstruct_open(call, &rule, self, err);
}

const wsi_whole wsi_whole_reconstruction = WSI_RECONSTRUCT_WHOLE(open_reconstruction);
