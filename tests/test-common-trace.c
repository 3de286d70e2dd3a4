/* Traces: what is collected is in the file, in a form that viewers and JSON parsers take; nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <locale.h>

#include "common/mem.h"
#include "common/thread.h"
#include "common/trace.h"

static char folder[64];

static char *path_of(const char *name)
{
    char *path = wsi_asprintf("%s/%s", folder, name);
    assert_non_null(path);
    return path;
}

static int files_in_folder(void)
{
    char command[128];
    int count = -1;
    snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%d", &count), 1);
    pclose(pipe);
    return count;
}

/* Closes the trace and reads it back; the file is removed. */
static json_t *close_and_load(wsi_trace **trace, const char *path)
{
    assert_int_equal(wsi_trace_close(trace, NULL), WSI_OK);
    assert_null(*trace);
    json_error_t error;
    json_t *json = json_load_file(path, 0, &error);
    if (!json) fail_msg("%s: line %d: %s", path, error.line, error.text);
    unlink(path);
    return json;
}

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "";
}

static double number_of(const json_t *event, const char *key)
{
    const json_t *value = json_object_get(event, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

/* The metadata event of that kind for a group or lane, by the name it gives. */
static const json_t *find_name(const json_t *trace, const char *kind, const char *name)
{
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(trace, "traceEvents"), i, event)
    {
        if (strcmp(text_of(event, "name"), kind) == 0 &&
            strcmp(text_of(json_object_get(event, "args"), "name"), name) == 0)
            return event;
    }
    return NULL;
}

static size_t count_intervals(const json_t *trace, const char *stage)
{
    size_t i, count = 0;
    json_t *event;
    json_array_foreach(json_object_get(trace, "traceEvents"), i, event)
    {
        count += strcmp(text_of(event, "ph"), "X") == 0 && strcmp(text_of(event, "name"), stage) == 0;
    }
    return count;
}

static const json_t *interval(const json_t *trace, const char *stage)
{
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(trace, "traceEvents"), i, event)
    {
        if (strcmp(text_of(event, "name"), stage) == 0) return event;
    }
    fail_msg("no interval %s", stage);
    return NULL;
}

static void intervals_are_written(void **state)
{
    (void)state;
    char *path = path_of("trace.json");
    wsi_trace *trace;
    assert_int_equal(wsi_trace_open(path, &trace, NULL), WSI_OK);
    const double now = wsi_now();
    wsi_trace_lane *cpu = wsi_trace_lane_add(trace, "slide.svs", "worker 0");
    wsi_trace_lane *gpu = wsi_trace_lane_add(trace, "GPU 0", "stream 0");
    wsi_trace_add(cpu, "decode", now + 1, now + 1.5, 2, 30, 40);
    wsi_trace_add(gpu, "compute", now + 2, now + 2.000001, -1, -1, -1);
    wsi_trace_add(gpu, "upload", now + 3, now + 2, 0, -1, -1);
    wsi_trace_add(gpu, "before", now - 1e6, now, -1, 5, 6);
    json_t *json = close_and_load(&trace, path);
    const json_t *decode = interval(json, "decode"), *compute = interval(json, "compute");
    assert_float_equal(number_of(decode, "ts"), 1e6, 1e5);
    assert_float_equal(number_of(decode, "dur"), 5e5, 0.1);
    assert_int_equal(number_of(json_object_get(decode, "args"), "level"), 2);
    assert_int_equal(number_of(json_object_get(decode, "args"), "x"), 30);
    assert_int_equal(number_of(json_object_get(decode, "args"), "y"), 40);
    assert_float_equal(number_of(compute, "dur"), 1, 0.002);
    assert_null(json_object_get(compute, "args"));
    assert_float_equal(number_of(interval(json, "upload"), "dur"), 0, 0);
    assert_float_equal(number_of(interval(json, "before"), "ts"), 0, 0);
    /* The events of a lane carry the numbers its names are given to. */
    const json_t *lane = find_name(json, "thread_name", "stream 0"), *group = find_name(json, "process_name", "GPU 0");
    assert_non_null(lane);
    assert_non_null(group);
    assert_true(number_of(lane, "tid") == number_of(compute, "tid") &&
                number_of(decode, "tid") != number_of(lane, "tid"));
    assert_true(number_of(group, "pid") == number_of(compute, "pid") &&
                number_of(decode, "pid") != number_of(group, "pid"));
    json_decref(json);
    wsi_free(path);
}

static void lanes_of_one_group_share_it(void **state)
{
    (void)state;
    char *path = path_of("trace.json");
    wsi_trace *trace;
    assert_int_equal(wsi_trace_open(path, &trace, NULL), WSI_OK);
    wsi_trace_add(wsi_trace_lane_add(trace, "g", "a"), "one", 0, 1, -1, -1, -1);
    wsi_trace_add(wsi_trace_lane_add(trace, "h", "a"), "two", 0, 1, -1, -1, -1);
    wsi_trace_add(wsi_trace_lane_add(trace, "g", "a"), "three", 0, 1, -1, -1, -1);
    json_t *json = close_and_load(&trace, path);
    const double pid = number_of(interval(json, "one"), "pid");
    assert_true(number_of(interval(json, "three"), "pid") == pid && number_of(interval(json, "two"), "pid") != pid);
    assert_true(number_of(interval(json, "one"), "tid") != number_of(interval(json, "three"), "tid"));
    json_decref(json);
    wsi_free(path);
}

static void names_may_be_anything(void **state)
{
    (void)state;
    static const char hostile[] = "a\"}],\\ \n\x01\x7f \xff\xc3\xa9";
    char *path = path_of("tr\"ace\n.json");
    wsi_trace *trace;
    assert_int_equal(wsi_trace_open(path, &trace, NULL), WSI_OK);
    assert_non_null(wsi_trace_lane_add(trace, hostile, hostile));
    assert_non_null(wsi_trace_lane_add(trace, "", ""));
    json_t *json = close_and_load(&trace, path);
    assert_non_null(find_name(json, "process_name", "a\"}],\\ \n\x01\x7f \xef\xbf\xbd\xc3\xa9"));
    assert_non_null(find_name(json, "thread_name", ""));
    json_decref(json);
    wsi_free(path);
}

enum { THREADS = 4, EVENTS = 12345 };

static void *work(void *arg)
{
    wsi_trace_lane *lane = wsi_trace_lane_add(arg, "workers", "worker");
    for (int i = 0; i < EVENTS; i++) {
        const double now = wsi_now();
        wsi_trace_add(lane, "work", now, now + 1e-6, 0, i, i);
    }
    return NULL;
}

static void threads_collect_at_once(void **state)
{
    (void)state;
    char *path = path_of("trace.json");
    wsi_trace *trace;
    wsi_thread threads[THREADS];
    assert_int_equal(wsi_trace_open(path, &trace, NULL), WSI_OK);
    for (int i = 0; i < THREADS; i++) assert_int_equal(wsi_thread_start(&threads[i], "t", work, trace, NULL), WSI_OK);
    for (int i = 0; i < THREADS; i++) wsi_thread_join(threads[i]);
    json_t *json = close_and_load(&trace, path);
    assert_int_equal(count_intervals(json, "work"), THREADS * EVENTS);
    assert_int_equal(number_of(json_object_get(json, "otherData"), "dropped_events"), 0);
    json_decref(json);
    wsi_free(path);
}

static void an_empty_trace_is_a_trace(void **state)
{
    (void)state;
    char *path = path_of("trace.json");
    wsi_trace *trace;
    assert_int_equal(wsi_trace_open(path, &trace, NULL), WSI_OK);
    json_t *json = close_and_load(&trace, path);
    assert_true(json_is_array(json_object_get(json, "traceEvents")));
    assert_int_equal(count_intervals(json, "work"), 0);
    json_decref(json);
    wsi_free(path);
}

static void no_trace_is_no_work(void **state)
{
    (void)state;
    wsi_trace *none = NULL;
    assert_null(wsi_trace_lane_add(NULL, "g", "n"));
    wsi_trace_add(NULL, "decode", 0, 1, 0, 0, 0);
    assert_int_equal(wsi_trace_close(&none, NULL), WSI_OK);
}

static void a_file_appears_whole_or_not_at_all(void **state)
{
    (void)state;
    char *path = path_of("trace.json"), *lost = path_of("gone/trace.json");
    wsi_trace *trace;
    wsi_error err = {0};
    assert_int_equal(wsi_trace_open(lost, &trace, &err), WSI_ERR_OUTPUT);
    assert_null(trace);
    assert_non_null(strstr(err.message, "gone/trace.json: "));
    assert_int_equal(wsi_trace_open(folder, &trace, &err), WSI_ERR_OUTPUT);
    assert_int_equal(wsi_trace_open(path, &trace, NULL), WSI_OK);
    assert_int_not_equal(access(path, F_OK), 0);
    json_decref(close_and_load(&trace, path));
    assert_int_equal(files_in_folder(), 0);
    assert_int_equal(wsi_trace_open("/dev/null", &trace, NULL), WSI_OK);
    assert_int_equal(wsi_trace_close(&trace, NULL), WSI_OK);
    wsi_free(lost);
    wsi_free(path);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    wsi_trace *trace;
    wsi_error err = {0};
    if (access("/dev/full", W_OK) != 0) skip();
    assert_int_equal(wsi_trace_open("/dev/full", &trace, NULL), WSI_OK);
    assert_int_equal(wsi_trace_close(&trace, &err), WSI_ERR_OUTPUT);
    assert_null(trace);
    assert_non_null(strstr(err.message, "/dev/full: "));
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/wsiproc-trace-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is there, decimals have commas */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_written),
        cmocka_unit_test(lanes_of_one_group_share_it),
        cmocka_unit_test(names_may_be_anything),
        cmocka_unit_test(threads_collect_at_once),
        cmocka_unit_test(an_empty_trace_is_a_trace),
        cmocka_unit_test(no_trace_is_no_work),
        cmocka_unit_test(a_file_appears_whole_or_not_at_all),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
