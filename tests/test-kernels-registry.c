/* The registry: sorted, complete rows, tables whose defaults parse, suggestions; and the edge helper against a walk
 * that reflects one step at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "kernels/edge.h"
#include "kernels/footprint.h"
#include "oprun.h"

static void rows_are_sorted_and_complete(void **state)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    (void)state;
    assert_true(count >= 18);
    for (int i = 0; i < count; i++) {
        const wsi_op *op = ops[i];
        if (i > 0) assert_true(strcmp(ops[i - 1]->name, op->name) < 0);
        assert_ptr_equal(wsi_op_find(op->name), op);
        const char *const text[] = {op->module, op->summary,    op->doc,    op->source,
                                    op->edge,   op->complexity, op->example};
        for (size_t k = 0; k < sizeof text / sizeof text[0]; k++) assert_true(text[k] && text[k][0]);
        assert_true(op->param_count == 0 || op->params_size > 0);
        assert_true((op->exactness == WSI_EXACT) == (op->tolerance == 0));
        if (op->kernel) assert_int_equal(op->backends_exact, 1);
        assert_true((op->kernel != NULL) + (op->whole != NULL) == 1 || (op->expand && !op->whole));
        for (int isa = 0; isa < WSI_ISA_COUNT && op->kernel; isa++) assert_non_null(op->kernel((wsi_isa)isa));
    }
}

/* 1 when the operation cannot be without some parameter; its check may then refuse what there is without it. */
static int must_be_given(const wsi_op *op)
{
    for (int k = 0; k < op->param_count; k++)
        if (op->params[k].flags & WSI_PARAM_REQUIRED) return 1;
    return 0;
}

static void tables_have_good_rows(void **state)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    (void)state;
    for (int i = 0; i < count; i++) {
        oprun run = {0};
        wsi_error err = {0};
        const wsi_status status = oprun_parse(&run, ops[i]->name, &err);
        assert_int_equal(status, status == WSI_OK || !must_be_given(ops[i]) ? WSI_OK : WSI_ERR_CHAIN);
        oprun_clear(&run);
        for (int k = 0; k < ops[i]->param_count; k++) {
            const wsi_param *row = &ops[i]->params[k];
            assert_true(row->help && row->help[0] && row->unit);
            assert_true(row->offset < ops[i]->params_size);
            assert_int_equal(wsi_param_find(ops[i]->params, ops[i]->param_count, row->name), k);
        }
    }
}

static void misspelt_names_get_a_suggestion(void **state)
{
    (void)state;
    assert_string_equal(wsi_op_suggest("gausian"), "gaussian");
    assert_string_equal(wsi_op_suggest("treshold"), "threshold");
    assert_null(wsi_op_suggest("somethingelse"));
    assert_null(wsi_op_find("gausian"));
    assert_null(wsi_op_find(""));
}

static int64_t walk(wsi_edge mode, int64_t i, int64_t n)
{
    const int64_t repeat = mode == WSI_EDGE_REFLECT;
    if (n == 1) return 0;
    while (i < 0 || i >= n) i = i < 0 ? -i - repeat : 2 * (n - 1) - i + repeat;
    return i;
}

static void edges_follow_scipy(void **state)
{
    (void)state;
    for (int64_t n = 1; n < 8; n++)
        for (int64_t i = -40; i < 40; i++) {
            assert_int_equal(wsi_edge_map(WSI_EDGE_REFLECT, i, n), walk(WSI_EDGE_REFLECT, i, n));
            assert_int_equal(wsi_edge_map(WSI_EDGE_MIRROR, i, n), walk(WSI_EDGE_MIRROR, i, n));
            assert_int_equal(wsi_edge_map(WSI_EDGE_NEAREST, i, n), i < 0 ? 0 : i >= n ? n - 1 : i);
            assert_int_equal(wsi_edge_map(WSI_EDGE_CONSTANT, i, n), i < 0 || i >= n ? -1 : i);
        }
}

static void rows_are_extended(void **state)
{
    static const char row[] = "abcd";
    char out[17] = {0};
    (void)state;
    wsi_edge_row(out, row, 1, -6, 16, 4, WSI_EDGE_REFLECT, "k");
    assert_string_equal(out, "cddcbaabcddcbaab");
    wsi_edge_row(out, row, 1, -6, 16, 4, WSI_EDGE_MIRROR, "k");
    assert_string_equal(out, "abcdcbabcdcbabcd");
    wsi_edge_row(out, row, 1, -6, 16, 4, WSI_EDGE_CONSTANT, "k");
    assert_string_equal(out, "kkkkkkabcdkkkkkk");
    memset(out, 0, sizeof out);
    wsi_edge_row(out, row, 1, 6, 3, 4, WSI_EDGE_NEAREST, "k");
    assert_string_equal(out, "ddd");
    memset(out, 0, sizeof out);
    wsi_edge_row(out, row, 1, -5, 3, 4, WSI_EDGE_NEAREST, "k");
    assert_string_equal(out, "aaa");
}

static wsi_footprint_params shaped(wsi_footprint_shape shape, int64_t radius, int64_t width, int64_t height)
{
    return (wsi_footprint_params){
        .shape = (int)shape, .radius = radius, .strict_radius = 1, .width = width, .height = height};
}

static int size_of(const wsi_footprint_params *p)
{
    wsi_footprint f;
    wsi_footprint_make(p, WSI_EVEN_AFTER, &f);
    return f.size;
}

static void footprints_have_known_sizes(void **state)
{
    static const int areas[] = {1, 5, 13, 29, 49, 81, 113, 149, 197, 253, 317};
    (void)state;
    for (int r = 0; r <= 10; r++) {
        const wsi_footprint_params disk = shaped(WSI_FOOTPRINT_DISK, r, 3, 3);
        const wsi_footprint_params diamond = shaped(WSI_FOOTPRINT_DIAMOND, r, 3, 3);
        assert_int_equal(size_of(&disk), areas[r]);
        assert_int_equal(size_of(&diamond), 2 * r * r + 2 * r + 1);
    }
    wsi_footprint_params p = shaped(WSI_FOOTPRINT_DISK, 3, 3, 3);
    p.strict_radius = 0;
    assert_int_equal(size_of(&p), 37);
    p = shaped(WSI_FOOTPRINT_ELLIPSE, 1, 5, 3);
    assert_int_equal(size_of(&p), 69);
    p = (wsi_footprint_params){.shape = WSI_FOOTPRINT_OCTAGON, .m = 3, .n = 2};
    assert_int_equal(size_of(&p), 37);
    p = (wsi_footprint_params){.shape = WSI_FOOTPRINT_OCTAGON, .m = 0, .n = 2};
    assert_int_equal(size_of(&p), 12);
    p = (wsi_footprint_params){.shape = WSI_FOOTPRINT_STAR, .a = 4};
    assert_int_equal(size_of(&p), 97);
}

static void footprints_reach_to_known_sides(void **state)
{
    wsi_footprint f;
    (void)state;
    const wsi_footprint_params even = shaped(WSI_FOOTPRINT_RECTANGLE, 1, 4, 2);
    wsi_footprint_make(&even, WSI_EVEN_AFTER, &f);
    assert_true(f.left == 1 && f.right == 2 && f.top == 0 && f.bottom == 1 && f.size == 8);
    wsi_footprint_make(&even, WSI_EVEN_BEFORE, &f);
    assert_true(f.left == 2 && f.right == 1 && f.top == 1 && f.bottom == 0);
    const wsi_footprint_params largest = shaped(WSI_FOOTPRINT_DISK, WSI_FOOTPRINT_RADIUS_MAX, 3, 3);
    wsi_footprint_make(&largest, WSI_EVEN_AFTER, &f);
    assert_int_equal(f.top + f.bottom + 1, WSI_FOOTPRINT_ROWS_MAX);
    wsi_footprint_within(5, 1, 1, &f);
    assert_int_equal(f.size, 81);
    wsi_footprint_within(2, 1, 0.5, &f);
    assert_true(f.top == 2 && f.left == 4 && f.size == 9 + 2 * 7 + 2);
}

/* What must be refused, and what the message must name. */
static void bad_steps_are_refused(void **state)
{
    static const struct {
        const char *spec, *text;
        wsi_pixfmt in;
    } cases[] = {
        {"gaussian:sigma=-1", "sigma", {WSI_U8, 3}},
        {"gaussian:mode=wrap", "mode", {WSI_U8, 3}},
        {"gaussian:sigma=4000,truncate=4", "radius", {WSI_U8, 3}},
        {"rgb2gray", "3 channels", {WSI_U8, 1}},
        {"rgb2hed", "3 channels", {WSI_U8, 4}},
        {"channel:index=3", "index", {WSI_U8, 3}},
        {"rescale_intensity:in_range=slide", "image, dtype, or list of 2", {WSI_U8, 1}},
        {"rescale_intensity:in_range=dtype,in_percentiles=[1,2]", "in_percentiles", {WSI_U8, 1}},
        {"rescale_intensity:in_percentiles=[3,101]", "in_percentiles", {WSI_U8, 1}},
        {"frangi:gamma=1,norm=@1", "gamma is given", {WSI_U8, 1}},
        {"meijering:maxima=[1,2]", "for 5 sigmas", {WSI_U8, 1}},
        {"match_histograms:channel_axis=2", "one of none, -1", {WSI_U8, 3}},
        {"equalize_adapthist", "put a cast", {WSI_U32, 1}},
        {"equalize_adapthist", "not 2", {WSI_U8, 2}},
        {"rescale_intensity:in_range=[3,2]", "in_range", {WSI_U8, 1}},
        {"erosion:mode=constant,cval=300", "cval", {WSI_U8, 1}},
        {"median:radius=1000", "radius", {WSI_U8, 1}},
        {"median:footprint=octagon,m=200,n=30", "at most 255 x 255", {WSI_U8, 1}},
        {"erosion:footprint=octagon,m=0,n=0", "both 0", {WSI_U8, 1}},
        {"opening:footprint=ellipse,width=600", "at most 1025 x 1025", {WSI_U8, 1}},
        {"binary_erosion:mode=reflect", "mode", {WSI_BOOL, 1}},
        {"isotropic_erosion:radius=60,spacing=[1,0.1]", "farther than 512", {WSI_BOOL, 1}},
        {"expand_labels:distance=513", "farther than 512", {WSI_U32, 1}},
        {"find_boundaries:mode=subpixel", "subpixel", {WSI_U32, 1}},
        {"find_boundaries", "float32", {WSI_F32, 1}},
        {"unstack:channels=[0,3]", "channels 0 to 2", {WSI_U8, 3}},
        {"unstack:channels=[0.5]", "whole number", {WSI_U8, 3}},
        {"compare:other=1,op=above", "one of greater", {WSI_U8, 1}},
        {"mask:mask=@0,fill=0.5", "fill", {WSI_U8, 1}},
        {"cast:dtype=uint12", "dtype", {WSI_U8, 1}},
        {"label", "float32", {WSI_F32, 1}},
        {"label", "1 channels", {WSI_U8, 3}},
        {"label:background=0.5", "background", {WSI_U8, 1}},
        {"label:connectivity=3", "connectivity", {WSI_U8, 1}},
        {"fill_holes", "1 channels", {WSI_BOOL, 2}},
        {"relabel_sequential:offset=0", "offset", {WSI_U16, 1}},
        {"canny:use_quantiles=true,high_threshold=2", "high_threshold", {WSI_U8, 1}},
        {"canny:use_quantiles=true,low_threshold=0.5", "low_threshold", {WSI_U8, 1}},
        {"canny_levels:low_threshold=50,high_threshold=20", "low_threshold", {WSI_U8, 1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        oprun run = {0};
        wsi_error err = {0};
        wsi_status status = oprun_parse(&run, cases[i].spec, &err);
        if (status == WSI_OK) status = oprun_prepare(&run, &cases[i].in, 1, &err);
        assert_int_equal(status, WSI_ERR_CHAIN);
        assert_non_null(strstr(err.message, cases[i].text));
        oprun_clear(&run);
    }
}

/* Rows with a kernel that stand for a chain where a value of the whole image is not given. */
static void values_of_whole_images_make_chains(void **state)
{
    static const struct {
        const char *spec, *text;
    } cases[] = {
        {"frangi:gamma=2", ""},
        {"frangi:norm=@1", ""},
        {"meijering:maxima=1", ""},
        {"canny_levels:use_quantiles=true,magnitude=@1", ""},
        {"canny_levels:use_quantiles=true,output=magnitude", ""},
        {"canny_levels:use_quantiles=true,low_threshold=0.5,high_threshold=1,mode=nearest",
         "canny_levels:output=magnitude,sigma=1,mode=nearest,cval=0 as _magnitude | canny_levels:from=@input,"
         "use_quantiles=true,magnitude=@_magnitude,sigma=1,low_threshold=[0.5],high_threshold=[1],mode=nearest,cval=0"},
        {"frangi:sigmas=[2,3],cval=1",
         "hessian_norm:sigmas=2,black_ridges=true,mode=reflect,cval=1 as _norm | frangi:from=@input,norm=@_norm,"
         "sigmas=[2,3],alpha=0.5,beta=0.5,black_ridges=true,mode=reflect,cval=1"},
        {"meijering:sigmas=[2.5],alpha=0.25",
         "meijering:from=@input,maxima=1,sigmas=2.5,alpha=0.25,black_ridges=true,mode=reflect,cval=0 as _scale0 | "
         "meijering:from=@input,responses=@_scale0,sigmas=[2.5],alpha=0.25,black_ridges=true,mode=reflect,cval=0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        oprun run = {0};
        char text[1024] = "";
        assert_int_equal(oprun_parse(&run, cases[i].spec, NULL), WSI_OK);
        const int length = run.op->expand(run.params, NULL, 0);
        assert_int_equal(length, strlen(cases[i].text));
        assert_int_equal(run.op->expand(run.params, text, sizeof text), length);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(run.op->expand(run.params, text, 20), length);
        assert_true(strlen(text) < 20);
        oprun_clear(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_and_complete),
        cmocka_unit_test(tables_have_good_rows),
        cmocka_unit_test(misspelt_names_get_a_suggestion),
        cmocka_unit_test(edges_follow_scipy),
        cmocka_unit_test(rows_are_extended),
        cmocka_unit_test(footprints_have_known_sizes),
        cmocka_unit_test(footprints_reach_to_known_sides),
        cmocka_unit_test(bad_steps_are_refused),
        cmocka_unit_test(values_of_whole_images_make_chains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
