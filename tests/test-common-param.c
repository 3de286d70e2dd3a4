/* Option tables: what parses, what is refused and with which words, and that formatting reads back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "common/param.h"

typedef struct options {
    int64_t count;
    double sigma;
    int flag, mode;
    wsi_floats list;
    wsi_operand other;
    wsi_floats pair, any;
} options;

static const char *const modes[] = {"nearest", "reflect", NULL};

static const wsi_param table[] = {
    {"count", "px", "", offsetof(options, count), WSI_PARAM_INT, "3", 1, 9, NULL, 0, 0, 0},
    {"sigma", "px", "", offsetof(options, sigma), WSI_PARAM_FLOAT, "1", 0, 1e308, NULL, 0, 0, WSI_PARAM_MIN_OPEN},
    {"flag", "", "", offsetof(options, flag), WSI_PARAM_BOOL, "false", 1, 0, NULL, 0, 0, 0},
    {"mode", "", "", offsetof(options, mode), WSI_PARAM_ENUM, "reflect", 1, 0, modes, 0, 0, 0},
    {"list", "", "", offsetof(options, list), WSI_PARAM_FLOATS, "", -5, 5, NULL, 1, 3, 0},
    {"other", "", "", offsetof(options, other), WSI_PARAM_OPERAND, "", 1, 0, NULL, 0, 0, WSI_PARAM_REQUIRED},
    {"pair", "", "", offsetof(options, pair), WSI_PARAM_FLOATS, "reflect", 1, 0, modes, 2, 2, 0},
    {"any", "", "", offsetof(options, any), WSI_PARAM_FLOATS, "", 0, 1, NULL, 0, 1, 0},
};

enum { ROWS = sizeof table / sizeof table[0] };

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    options o;
    memset(&o, 0xff, sizeof o);
    o.list.n = 0;
    assert_int_equal(wsi_param_defaults(table, ROWS, &o, NULL), WSI_OK);
    assert_int_equal(o.count, 3);
    assert_true(o.sigma == 1.0);
    assert_int_equal(o.flag, 0);
    assert_int_equal(o.mode, 1);
    assert_int_equal(o.other.image, -1);
}

static void values_parse(void **state)
{
    (void)state;
    options o = {0};
    assert_int_equal(wsi_param_parse(&table[1], "1e-3", &o, NULL), WSI_OK);
    assert_true(o.sigma == 1e-3);
    assert_int_equal(wsi_param_parse(&table[4], "[1, -2.5,3]", &o, NULL), WSI_OK);
    assert_int_equal(o.list.n, 3);
    assert_true(o.list.v[1] == -2.5);
    assert_int_equal(wsi_param_parse(&table[4], "4", &o, NULL), WSI_OK);
    assert_int_equal(o.list.n, 1);
    assert_int_equal(wsi_param_parse(&table[4], "[]", &o, NULL), WSI_OK);
    assert_int_equal(o.list.n, 0);
    assert_int_equal(wsi_param_parse(&table[5], "-0.5", &o, NULL), WSI_OK);
    assert_true(o.other.value == -0.5);
}

static void bad_values_are_refused(void **state)
{
    (void)state;
    static const struct {
        int row;
        const char *text;
    } bad[] = {{0, "0"},  {0, "10"},  {0, "2.5"},  {0, ""},          {0, "3x"},   {0, "0x3"}, {1, "0"},
               {1, "-1"}, {1, "nan"}, {1, "inf"},  {1, "1,5"},       {1, " 1"},   {2, "yes"}, {3, "wrap"},
               {3, ""},   {7, ""},    {6, "[]"},   {4, "[1,2,3,4]"}, {4, "[1,]"}, {4, "[6]"}, {4, "[1 2]"},
               {5, "@"},  {5, "x"},   {6, "wrap"}, {6, "[nearest]"}, {6, "[1]"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        options o = {0};
        wsi_error err = {WSI_OK, ""};
        if (wsi_param_parse(&table[bad[i].row], bad[i].text, &o, &err) == WSI_OK)
            fail_msg("accepted '%s'", bad[i].text);
        assert_int_equal(err.code, WSI_ERR_CHAIN);
        assert_non_null(strstr(err.message, table[bad[i].row].name));
    }
}

static void messages_name_range_and_unit(void **state)
{
    (void)state;
    options o = {0};
    wsi_error err = {WSI_OK, ""};
    wsi_param_parse(&table[0], "12", &o, &err);
    assert_string_equal(err.message, "parameter count: '12' is not allowed: whole number >= 1 and <= 9 (px)");
    wsi_param_parse(&table[3], "wrap", &o, &err);
    assert_string_equal(err.message, "parameter mode: 'wrap' is not allowed: one of nearest, reflect");
}

static void lists_may_be_words(void **state)
{
    options o = {0};
    wsi_error err = {WSI_OK, ""};
    char text[64];
    (void)state;
    assert_int_equal(wsi_param_defaults(table, ROWS, &o, NULL), WSI_OK);
    assert_int_equal(o.pair.n, 0);
    assert_true(o.pair.v[0] == 1);
    wsi_param_format(&table[6], &o, text, sizeof text);
    assert_string_equal(text, "reflect");
    assert_int_equal(wsi_param_parse(&table[6], "[0,2]", &o, NULL), WSI_OK);
    wsi_param_format(&table[6], &o, text, sizeof text);
    assert_string_equal(text, "[0,2]");
    assert_int_equal(wsi_param_parse(&table[6], "nearest", &o, NULL), WSI_OK);
    assert_true(o.pair.n == 0 && o.pair.v[0] == 0);
    wsi_param_parse(&table[6], "wrap", &o, &err);
    assert_string_equal(err.message,
                        "parameter pair: 'wrap' is not allowed: nearest, reflect, or list of 2, each a number");
}

static void numbers_look_as_written(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } cases[] = {{100, "100"},    {1e6, "1000000"},  {0.1, "0.1"}, {-2.5, "-2.5"}, {0, "0"},
                 {1e-7, "1e-07"}, {1e300, "1e+300"}, {255, "255"}, {0.05, "0.05"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const options o = {.sigma = cases[i].v};
        char text[64];
        wsi_param_format(&table[1], &o, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void formatting_reads_back(void **state)
{
    (void)state;
    static const double values[] = {0.1, 1.0 / 3, 1e-300, 123456789.125, 2.5};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        options o = {.sigma = values[i]}, back = {0};
        char text[64];
        wsi_param_format(&table[1], &o, text, sizeof text);
        assert_int_equal(wsi_param_parse(&table[1], text, &back, NULL), WSI_OK);
        assert_true(back.sigma == values[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table), cmocka_unit_test(values_parse),
        cmocka_unit_test(bad_values_are_refused),       cmocka_unit_test(messages_name_range_and_unit),
        cmocka_unit_test(numbers_look_as_written),      cmocka_unit_test(formatting_reads_back),
        cmocka_unit_test(lists_may_be_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
