/* The chain language: what parses to what, and the words of its errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "scheduler/chain.h"

static void accepts(const char *text, int steps)
{
    wsi_chain *chain;
    wsi_error err = {WSI_OK, ""};
    if (wsi_chain_parse(text, &chain, &err) != WSI_OK) fail_msg("'%s': %s", text, err.message);
    assert_int_equal(chain->count, steps);
    /* The canonical text parses to the same canonical text. */
    wsi_chain *again;
    assert_int_equal(wsi_chain_parse(wsi_chain_text(chain), &again, &err), WSI_OK);
    assert_string_equal(wsi_chain_text(chain), wsi_chain_text(again));
    wsi_chain_destroy(&again);
    wsi_chain_destroy(&chain);
}

static void good_chains(void **state)
{
    (void)state;
    accepts("rgb2gray", 1);
    accepts("  rgb2gray|gaussian : sigma = 2 , mode=reflect  as g ", 2);
    accepts("rgb2hed as hed | channel:index=0 |\n gaussian:sigma=[2,1] as h # blur\n\n# done\nthreshold:value=0.1\n",
            4);
    accepts("rgb2hed as hed\nchannel:index=0 as h\nchannel:from=@hed,index=2 as d\nadd:from=@h,other=@d", 4);
    accepts("rgb2gray as g | threshold:value=0.5 as m | mask:from=@source,mask=@m", 3);
    accepts("rgb2gray | multiply:other=2.5", 2);
    accepts("channel as r | channel:from=@source,index=2 as b | stack:from=@r,second=@b", 3);
    accepts("channel as r | channel:from=@source,index=2 as b | stack:from=@r,third=@r,second=@b", 3);
}

static void refuses(const char *text, const char *words)
{
    wsi_chain *chain = NULL;
    wsi_error err = {WSI_OK, ""};
    if (wsi_chain_parse(text, &chain, &err) == WSI_OK) fail_msg("accepted '%s'", text);
    assert_int_equal(err.code, WSI_ERR_CHAIN);
    assert_null(chain);
    if (!strstr(err.message, words)) fail_msg("'%s': '%s' does not say '%s'", text, err.message, words);
}

static void bad_chains(void **state)
{
    (void)state;
    refuses("", "no steps");
    refuses("# nothing\n", "no steps");
    refuses("| rgb2gray", "step 1 is empty");
    refuses("rgb2gray || gaussian", "step 2 is empty");
    refuses("rgb2gray |", "step 2 is empty");
    refuses("gausian:sigma=2", "did you mean 'gaussian'");
    refuses("gaussian:sigma=-1", "step 1: gaussian: parameter sigma: '-1' is not allowed");
    refuses("gaussian:sgima=1", "no parameter 'sgima' (did you mean 'sigma'?); it takes sigma");
    refuses("gaussian:xyz=1", "no parameter 'xyz'; it takes sigma");
    refuses("SOBEL", "did you mean 'sobel'");
    refuses("gaussian:sigma", "is not key=value");
    refuses("gaussian:", "is not key=value");
    refuses("gaussian:sigma=1,sigma=2", "given twice");
    refuses("threshold", "parameter value must be given");
    refuses("gaussian:mode=wrp", "one of");
    refuses("gaussian:from=@nobody", "names no earlier step");
    refuses("rgb2gray | stack:third=@source", "parameter second must be given");
    refuses("rgb2gray | stack:second=1", "@NAME of an earlier result");
    refuses("rgb2gray as g | gaussian as g", "is taken");
    refuses("rgb2gray as source", "the slide's own pixels");
    refuses("rgb2gray as 9x", "is not a name");
    refuses("add:other=@later | rgb2gray as later", "names no earlier step");
}

static void canonical_text_is_complete(void **state)
{
    (void)state;
    wsi_chain *chain;
    assert_int_equal(wsi_chain_parse("rgb2gray as g | threshold:value=0.50", &chain, NULL), WSI_OK);
    assert_string_equal(wsi_chain_text(chain), "rgb2gray as g | threshold:value=0.5");
    char *first = wsi_chain_text_to(chain, 0);
    assert_string_equal(first, "rgb2gray as g");
    wsi_free(first);
    assert_int_equal(wsi_chain_find(chain, "g"), 0);
    assert_int_equal(wsi_chain_find(chain, "threshold"), 1);
    assert_int_equal(wsi_chain_find(chain, "rgb2gray"), -1);
    wsi_chain_destroy(&chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(good_chains), cmocka_unit_test(bad_chains),
                                       cmocka_unit_test(canonical_text_is_complete)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
