/* Text helpers of the command line: sizes, numbers, durations, suggestions, wrapping, tables, JSON strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli-json.h"
#include "cli/cli-text.h"
#include "common/mem.h"
#include "common/nearest.h"

static void sizes_are_read(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"4096", 4096},
                {"64M", 64u << 20},
                {"64m", 64u << 20},
                {"1.5G", 3u << 29},
                {"512MiB", 512u << 20},
                {"100MB", 100000000},
                {"2k", 2048},
                {"7B", 7},
                {"0", 0},
                {"1T", (uint64_t)1 << 40},
                {"8388607T", 8388607ull << 40}};
    static const char *const bad[] = {"",    "M",    "-1",       "+1",    "1x",
                                      "1 M", "1e3",  "1..5",     "1M ",   "nan",
                                      "inf", "0x10", "8388609T", "1MiBB", "99999999999999999999999999999999"};
    uint64_t bytes;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(wsi_text_parse_size(good[i].text, &bytes));
        assert_int_equal(bytes, good[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(wsi_text_parse_size(bad[i], &bytes));
}

static void numbers_are_whole_texts(void **state)
{
    int64_t i;
    double d;
    (void)state;
    assert_true(wsi_text_parse_int("-12", &i) && i == -12);
    assert_true(wsi_text_parse_int("9223372036854775807", &i) && i == INT64_MAX);
    assert_false(wsi_text_parse_int("9223372036854775808", &i));
    assert_false(wsi_text_parse_int("", &i) || wsi_text_parse_int("-", &i) || wsi_text_parse_int("1.0", &i));
    assert_false(wsi_text_parse_int(" 1", &i) || wsi_text_parse_int("1 ", &i) || wsi_text_parse_int("0x1", &i));
    assert_true(wsi_text_parse_float("2.5e-1", &d) && d == 0.25);
    assert_false(wsi_text_parse_float("", &d) || wsi_text_parse_float("nan", &d) || wsi_text_parse_float("1e999", &d));
    assert_false(wsi_text_parse_float("0x1p3", &d) || wsi_text_parse_float("1,5", &d) || wsi_text_parse_float("-", &d));
}

static void sizes_and_times_are_written(void **state)
{
    char buf[WSI_TEXT_SHORT];
    (void)state;
    assert_string_equal(wsi_text_bytes(0, buf), "0 B");
    assert_string_equal(wsi_text_bytes(1023, buf), "1023 B");
    assert_string_equal(wsi_text_bytes(1536, buf), "1.5 KiB");
    assert_string_equal(wsi_text_bytes((1u << 20) - 1, buf), "1.0 MiB");
    assert_string_equal(wsi_text_bytes(UINT64_MAX, buf), "16.0 EiB");
    assert_string_equal(wsi_text_duration(5.4, buf), "0:05");
    assert_string_equal(wsi_text_duration(3599.6, buf), "1:00:00");
    assert_string_equal(wsi_text_duration(-1, buf), "-:--");
    assert_string_equal(wsi_text_duration(1e300, buf), "-:--");
}

static const char *word_at(const void *context, int i)
{
    return ((const char *const *)context)[i];
}

static void misspelt_words_find_their_neighbour(void **state)
{
    static const char *const words[] = {"tile", "threads", "memory", "compression", "compression-level", NULL};
    (void)state;
    assert_int_equal(wsi_text_distance("thread", "threads", 3), 1);
    assert_int_equal(wsi_text_distance("tlie", "tile", 3), 1); /* two letters swapped */
    assert_int_equal(wsi_text_distance("abcdef", "uvwxyz", 3), 4);
    assert_string_equal(wsi_text_nearest("thraeds", word_at, words), "threads");
    assert_string_equal(wsi_text_nearest("compress", word_at, words), "compression");
    assert_string_equal(wsi_text_nearest("til", word_at, words), "tile");
    assert_null(wsi_text_nearest("zebra", word_at, words));
    assert_null(wsi_text_nearest("", word_at, words));
}

static void lines_cannot_be_forged(void **state)
{
    char buf[16];
    (void)state;
    wsi_text_one_line(buf, sizeof buf, "a\n\tb\033[K\177");
    assert_string_equal(buf, "a? b?[K?");
    wsi_text_one_line(buf, sizeof buf, "0123456789abcdefgh");
    assert_string_equal(buf, "0123456789abcde");
}

/* What print() writes, as text the caller frees. */
static char *captured(void (*print)(FILE *out))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    print(out);
    fclose(out);
    return text;
}

static void print_wrapped(FILE *out)
{
    wsi_text_wrap(out, "one two three four\n\nfive", 0, 2, 11);
}

static void print_table(FILE *out)
{
    wsi_text_table *table = wsi_text_table_create("lrl");
    wsi_text_table_row(table, (const char *[]){"name", "n", "note"});
    wsi_text_table_row(table, (const char *[]){"\xc3\xa4\nb", "12", NULL});
    wsi_text_table_print(table, out, 1);
    wsi_text_table_destroy(&table);
}

static void text_is_laid_out(void **state)
{
    (void)state;
    char *text = captured(print_wrapped);
    assert_string_equal(text, "  one two\n  three\n  four\n\n  five\n");
    free(text);
    text = captured(print_table);
    assert_string_equal(text, " name   n  note\n \xc3\xa4?b   12\n");
    free(text);
}

static void any_bytes_become_json(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {{"plain", "plain"},
                 {"\xc3\xa4", "\xc3\xa4"},
                 {"a\xff"
                  "b",
                  "a\xef\xbf\xbd"
                  "b"},
                 {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* half of a surrogate pair */
                 {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = wsi_cli_json_text(cases[i].bytes);
        assert_string_equal(json_string_value(json), cases[i].text);
        json_decref(json);
    }
    json_t *null = wsi_cli_json_text(NULL);
    assert_true(json_is_null(null));
}

static void numbers_in_json_read_back(void **state)
{
    (void)state;
    json_t *json = json_pack("{s:f,s:f}", "a", 0.499, "b", 0.2281750559028887);
    char *text = wsi_cli_json_dump(json, JSON_COMPACT);
    assert_string_equal(text, "{\"a\":0.499,\"b\":0.2281750559028887}");
    wsi_free(text);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(numbers_are_whole_texts),
        cmocka_unit_test(sizes_and_times_are_written),
        cmocka_unit_test(misspelt_words_find_their_neighbour),
        cmocka_unit_test(lines_cannot_be_forged),
        cmocka_unit_test(text_is_laid_out),
        cmocka_unit_test(any_bytes_become_json),
        cmocka_unit_test(numbers_in_json_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
