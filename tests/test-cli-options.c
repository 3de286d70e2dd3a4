/* The option parser on a table of its own, and the table of `run`: defaults, names of choices, checks between options.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/job-options.h"
#include "cli/options.h"
#include "kernels/device.h"

typedef struct settings {
    int flag, choice, open_choice;
    const char *text;
    int64_t number;
    double real;
    uint64_t size;
} settings;

static const char *colour(int i)
{
    static const char *const names[] = {"red", "green", "blue", NULL};
    return names[i];
}

#define FIELD(name) offsetof(settings, name)
static const wsi_option rows[] = {
    {.name = "flag", .letter = 'x', .type = WSI_OPTION_FLAG, .offset = FIELD(flag)},
    {.name = "text", .letter = 't', .type = WSI_OPTION_STRING, .argument = "T", .offset = FIELD(text)},
    {.name = "number",
     .letter = 'n',
     .type = WSI_OPTION_INT,
     .argument = "N",
     .offset = FIELD(number),
     .def = "7",
     .min = 1,
     .max = 100,
     .env = "WSIPROC_TEST_NUMBER"},
};
static const wsi_option more_rows[] = {
    {.name = "real", .type = WSI_OPTION_FLOAT, .argument = "R", .offset = FIELD(real), .min = 0, .max = 10},
    {.name = "size", .type = WSI_OPTION_SIZE, .argument = "S", .offset = FIELD(size), .min = 1024, .max = 9e18},
    {.name = "choice",
     .type = WSI_OPTION_CHOICE,
     .argument = "C",
     .offset = FIELD(choice),
     .def = "green",
     .choice = colour},
    {.name = "open-choice", .type = WSI_OPTION_CHOICE, .argument = "C", .offset = FIELD(open_choice), .choice = colour},
};
static const wsi_option_table first = {"First", rows, 3}, second = {"Second", more_rows, 4};
static const wsi_option_table *const tables[WSI_OPTION_TABLES_MAX] = {&first, &second};

enum { ARGUMENTS_MAX = 16 };
static char *arguments[ARGUMENTS_MAX];

/* Parses a NULL-terminated list. */
static wsi_status parse(const char *const *list, settings *s, wsi_arguments *out, wsi_error *err)
{
    int count = 0;
    memset(err, 0, sizeof *err);
    for (; list[count]; count++) {
        assert_true(count < ARGUMENTS_MAX);
        arguments[count] = (char *)(uintptr_t)list[count];
    }
    return wsi_options_parse(tables, s, sizeof *s, count, arguments, out, err);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL}, &s, &args, &err)

static void refuse(const char *const *list, const char *part)
{
    settings s;
    wsi_arguments args;
    wsi_error err;
    assert_int_equal(parse(list, &s, &args, &err), WSI_ERR_USAGE);
    if (!strstr(err.message, part)) fail_msg("'%s' is not in: %s", part, err.message);
}

#define REFUSE(part, ...) refuse((const char *const[]){__VA_ARGS__, NULL}, part)

static void defaults_hold(void **state)
{
    settings s;
    wsi_arguments args;
    wsi_error err;
    (void)state;
    assert_int_equal(PARSE("operand"), WSI_OK);
    assert_true(!s.flag && !s.text && s.number == 7 && s.real == 0 && s.size == 0);
    assert_true(s.choice == 1 && s.open_choice == -1);
    assert_true(args.count == 1 && !args.help && !args.given);
}

static void every_spelling_is_taken(void **state)
{
    settings s;
    wsi_arguments args;
    wsi_error err;
    (void)state;
    assert_int_equal(PARSE("a", "-x", "--text=t=1", "b", "-n", "5", "--real", "0.5", "--size=2K", "--choice", "blue"),
                     WSI_OK);
    assert_true(s.flag && s.number == 5 && s.real == 0.5 && s.size == 2048 && s.choice == 2);
    assert_string_equal(s.text, "t=1");
    assert_int_equal(args.count, 2);
    assert_string_equal(args.operands[0], "a");
    assert_string_equal(args.operands[1], "b");
    assert_true(wsi_options_given(tables, &args, "size") && !wsi_options_given(tables, &args, "open-choice"));

    assert_int_equal(PARSE("-n9", "-t=x", "--", "--flag", "-x"), WSI_OK);
    assert_true(s.number == 9 && !s.flag && args.count == 2);
    assert_string_equal(s.text, "x");
    assert_int_equal(PARSE("--number", "1", "--number", "2", "-"), WSI_OK);
    assert_true(s.number == 2 && args.count == 1);
    assert_int_equal(PARSE("--text", "--not-an-option"), WSI_OK);
    assert_string_equal(s.text, "--not-an-option");
}

static void help_stops_everything(void **state)
{
    settings s;
    wsi_arguments args;
    wsi_error err;
    (void)state;
    assert_int_equal(PARSE("a", "-h", "--nonsense"), WSI_OK);
    assert_true(args.help);
    assert_int_equal(PARSE("--", "--help"), WSI_OK);
    assert_true(!args.help && args.count == 1);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    REFUSE("unknown option --nubmer (did you mean --number?)", "--nubmer", "3");
    REFUSE("unknown option --zzzzzz", "--zzzzzz");
    REFUSE("unknown option -y", "-y");
    REFUSE("option --number needs a value (N)", "--number");
    REFUSE("option --text needs a value (T)", "--text", "--size", "4K"); /* not the text "--size" */
    REFUSE("option --flag takes no value", "--flag=1");
    REFUSE("option --number: '0' is not a whole number 1 to 100", "--number", "0");
    REFUSE("option --number: '1.5' is not a whole number", "-n", "1.5");
    REFUSE("option --real: '0' is not a number above 0, at most 10", "--real", "0");
    REFUSE("option --size: '1' is not a size of at least 1.0 KiB", "--size", "1");
    REFUSE("option --choice: 'gren' is not one of red, green, blue (did you mean green?)", "--choice", "gren");
    REFUSE("option --text must not be empty", "--text", "");
}

static void the_environment_comes_second(void **state)
{
    settings s;
    wsi_arguments args;
    wsi_error err;
    (void)state;
    setenv("WSIPROC_TEST_NUMBER", "42", 1);
    assert_int_equal(PARSE("a"), WSI_OK);
    assert_int_equal(s.number, 42);
    assert_int_equal(PARSE("-n", "3"), WSI_OK);
    assert_int_equal(s.number, 3);
    setenv("WSIPROC_TEST_NUMBER", "many", 1);
    assert_int_equal(PARSE("-n", "3"), WSI_OK);
    REFUSE("environment variable WSIPROC_TEST_NUMBER: 'many' is not a whole number 1 to 100", "a");
    setenv("WSIPROC_TEST_NUMBER", "", 1);
    assert_int_equal(PARSE("a"), WSI_OK);
    assert_int_equal(s.number, 7);
    unsetenv("WSIPROC_TEST_NUMBER");
}

/* ---- The table of run ---- */

static wsi_status set_up(wsi_error *err, const char *const *list)
{
    static const wsi_option_table *const run_tables[WSI_OPTION_TABLES_MAX] = {&wsi_job_option_table};
    wsi_job_options options;
    wsi_arguments args;
    wsi_job_setup setup = {0};
    int count = 0;
    memset(err, 0, sizeof *err);
    for (; list[count]; count++) arguments[count] = (char *)(uintptr_t)list[count];
    wsi_status status = wsi_options_parse(run_tables, &options, sizeof options, count, arguments, &args, err);
    if (status == WSI_OK) status = wsi_job_setup_make(&options, &args, NULL, &setup, err);
    wsi_job_setup_clear(&setup);
    return status;
}

#define SET_UP(...) set_up(&err, (const char *const[]){"--chain", "rgb2gray", __VA_ARGS__, NULL})

static void choices_mean_what_they_say(void **state)
{
    wsi_error err;
    (void)state;
    for (int codec = WSI_CODEC_NONE; codec <= WSI_CODEC_JPEG; codec++) {
        wsi_codec parsed;
        assert_true(wsi_codec_parse(wsi_codec_name((wsi_codec)codec), &parsed));
        assert_int_equal(parsed, codec);
        const wsi_status status = SET_UP("--format", "tiff", "--compression", wsi_codec_name((wsi_codec)codec));
        const int known = wsi_writer_find("tiff")->codecs >> codec & 1;
        assert_int_equal(status, known ? WSI_OK : WSI_ERR_USAGE);
    }
    int count;
    const wsi_writer *const *writers = wsi_writers(&count);
    for (int i = 0; i < count; i++)
        assert_int_equal(set_up(&err, (const char *const[]){"--chain", "invert", "--format", writers[i]->name, NULL}),
                         WSI_OK);
    for (int i = 0; i < WSI_ISA_COUNT; i++) assert_int_equal(SET_UP("--cpu", wsi_isa_name((wsi_isa)i)), WSI_OK);
}

static void options_are_checked_against_each_other(void **state)
{
    wsi_error err;
    (void)state;
    assert_int_equal(SET_UP("--chain-file", "x"), WSI_ERR_USAGE);
    assert_int_equal(SET_UP("--level", "0", "--mpp", "0.5"), WSI_ERR_USAGE);
    assert_int_equal(SET_UP("--out-tile", "250"), WSI_ERR_USAGE);
    assert_int_equal(SET_UP("--bigtiff"), WSI_ERR_USAGE);
    assert_int_equal(SET_UP("--bigtiff", "--format", "ome-tiff"), WSI_OK);
    assert_int_equal(set_up(&err, (const char *const[]){"--chain", "invert", "--bigtiff", "--format", "svs", NULL}),
                     WSI_OK);
    assert_int_equal(SET_UP("--compression", "deflate", "--compression-level", "13"), WSI_ERR_USAGE);
    assert_int_equal(SET_UP("--compression", "zstd", "--compression-level", "13"), WSI_OK);
    assert_int_equal(SET_UP("--compression", "none", "--compression-level", "1"), WSI_ERR_USAGE);
    assert_int_equal(SET_UP("--scratch", "/nonexistent"), WSI_ERR_OUTPUT);
    assert_int_equal(set_up(&err, (const char *const[]){"--level", "1", NULL}), WSI_ERR_USAGE);
    assert_int_equal(set_up(&err, (const char *const[]){"--chain-file", "/nonexistent", NULL}), WSI_ERR_USAGE);
    assert_int_equal(set_up(&err, (const char *const[]){"--chain", "nonsense", NULL}), WSI_ERR_CHAIN);
}

/* What a format cannot hold of any slide is told before one is opened; what depends on the slide is not. */
static void formats_are_checked_against_chains(void **state)
{
    static const char *const svs[][2] = {{"rgb2gray", "float32 of 1"},
                                         {"rgb2gray | threshold_otsu | label", "uint32 of 1"},
                                         {"cast:dtype=uint16", "uint16 of"},
                                         {"rgb2gray | threshold_otsu", NULL},
                                         {"rgb2gray | threshold_otsu | label | measure", NULL},
                                         {"channel:index=5 | cast:dtype=uint16", NULL}};
    wsi_error err;
    (void)state;
    for (size_t i = 0; i < sizeof svs / sizeof svs[0]; i++) {
        const char *const options[] = {"--chain", svs[i][0], "--format", "svs", NULL};
        assert_int_equal(set_up(&err, options), svs[i][1] ? WSI_ERR_USAGE : WSI_OK);
        if (svs[i][1]) assert_non_null(strstr(err.message, svs[i][1]));
    }
    const char *const labels[] = {
        "--chain", "rgb2gray | threshold_otsu | label", "--format", "tiff", "--compression", "jpeg", NULL};
    assert_int_equal(set_up(&err, labels), WSI_ERR_USAGE);
    assert_non_null(strstr(err.message, "result label: JPEG cannot hold uint32"));
    assert_int_equal(SET_UP("--format", "svs", "--compression", "zstd"), WSI_ERR_USAGE);
    assert_non_null(strstr(err.message, "it takes none, deflate, lzw, jpeg"));
}

static void devices_are_told_apart(void **state)
{
    static const char *const wrong[] = {"gpu", "cuda:", "cuda:x", "cuda:1,", "cuda:1,,2", "cuda:-1", "cudax", "CPU"};
    wsi_error err;
    int gpus;
    (void)state;
    const wsi_status demanded = wsi_device_count(&gpus, NULL);
    assert_int_equal(demanded, gpus ? WSI_OK : WSI_ERR_DEVICE);
    assert_int_equal(SET_UP("--device", "auto"), WSI_OK);
    assert_int_equal(SET_UP("--device", "cpu"), WSI_OK);
    assert_int_equal(SET_UP("--device", "cuda"), demanded);
    assert_int_equal(SET_UP("--device", "cuda:0"), demanded);
    assert_int_equal(SET_UP("--device", "cuda:9999"), WSI_ERR_DEVICE);
    assert_int_equal(SET_UP("--decoder", "gpu"), demanded);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(SET_UP("--device", wrong[i]), WSI_ERR_USAGE);
        assert_non_null(strstr(err.message, "--device"));
    }
    assert_int_equal(SET_UP("--device", "cpu", "--decoder", "gpu"), WSI_ERR_USAGE);
    assert_int_equal(SET_UP("--device", "cpu", "--decoder", "cpu", "--streams", "4", "--device-memory", "1G"), WSI_OK);
    assert_int_equal(SET_UP("--host-steps", "gaussian,rgb2gray"), WSI_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold),
        cmocka_unit_test(every_spelling_is_taken),
        cmocka_unit_test(help_stops_everything),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(the_environment_comes_second),
        cmocka_unit_test(choices_mean_what_they_say),
        cmocka_unit_test(options_are_checked_against_each_other),
        cmocka_unit_test(formats_are_checked_against_chains),
        cmocka_unit_test(devices_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
