/* `wsiproc doctor`: what a run would choose on this machine, and why. It changes nothing and always succeeds: what is
 * wrong stands in its list of problems. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <wsiproc/version.h>

#include "cli.h"
#include "cli-json.h"
#include "cli-text.h"
#include "common/mem.h"
#include "doctor.h"
#include "job-options.h"
#include "json-text.h"
#include "values.h"

extern char **environ;

typedef struct doctor_settings {
    int json;
} doctor_settings;

static const wsi_option rows[] = {
    {.name = "json", .type = WSI_OPTION_FLAG, .offset = offsetof(doctor_settings, json), .help = "Prints JSON"},
};
static const wsi_option_table doctor_table = {"Options", rows, sizeof rows / sizeof rows[0]};

typedef struct examination {
    wsi_job_options options; /* what a run without options would take: defaults and the environment */
    json_t *problems;
} examination;

static void WSI_PRINTF(2, 3) problem(examination *x, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    json_array_append_new(x->problems, wsi_cli_json_text(text));
}

/* ---- CPUs and memory ---- */

/* What kernels write where there is no limit: about 2^63. */
static const double NO_LIMIT = 4e18;

/* The limits as rows, and in *least the name of the smallest. */
static json_t *limits_json(const wsi_limit limits[WSI_LIMITS], const char *unit, int whole, const char **least)
{
    json_t *list = json_array();
    double smallest = INFINITY;
    for (int i = 0; i < WSI_LIMITS; i++) {
        const double value = limits[i].value < NO_LIMIT ? limits[i].value : 0;
        json_t *number = value > 0 ? whole ? json_integer((json_int_t)value) : json_real(value) : json_null();
        json_array_append_new(list, json_pack("{s:s, s:o}", "limit", limits[i].source, unit, number));
        if (value > 0 && value < smallest) {
            smallest = value;
            *least = limits[i].source;
        }
    }
    return list;
}

static json_t *threads_json(examination *x)
{
    const int asked = (int)x->options.threads, chosen = asked ? wsi_allowed_threads(asked) : wsi_default_threads();
    const char *least = "";
    char why[160];
    wsi_limit limits[WSI_LIMITS];
    wsi_thread_limits(limits);
    json_t *list = limits_json(limits, "cpus", 0, &least);
    if (asked > chosen) {
        problem(x, "WSIPROC_THREADS asks for %d threads, but this process was given %d CPUs", asked, chosen);
    }
    if (asked) {
        snprintf(why, sizeof why, "WSIPROC_THREADS%s%s", asked > chosen ? ", no more than given by " : "",
                 asked > chosen ? least : "");
    } else {
        snprintf(why, sizeof why, "as many as there are CPUs, by the least limit: %s", least);
    }
    return json_pack("{s:i, s:s, s:o}", "chosen", chosen, "why", why, "limits", list);
}

static json_t *memory_json(examination *x)
{
    const uint64_t asked = x->options.memory, chosen = asked ? wsi_allowed_memory(asked) : wsi_default_memory();
    const char *least = "";
    char why[160];
    wsi_limit limits[WSI_LIMITS];
    wsi_memory_limits(limits);
    json_t *list = limits_json(limits, "bytes", 1, &least);
    if (asked > chosen) problem(x, "WSIPROC_MAX_MEM asks for more memory than this process was given");
    if (asked) {
        snprintf(why, sizeof why, "WSIPROC_MAX_MEM%s%s", asked > chosen ? ", no more than given by " : "",
                 asked > chosen ? least : "");
    } else {
        snprintf(why, sizeof why, "a share of the least limit, but 64 MiB to 1 GiB: %s", least);
    }
    return json_pack("{s:I, s:s, s:o}", "budget", (json_int_t)chosen, "why", why, "limits", list);
}

/* ---- GPUs ---- */

/* First line of what the kernel's driver says of itself; NULL without one. */
static json_t *driver_json(void)
{
    char line[256] = "";
    FILE *f = fopen("/proc/driver/nvidia/version", "re");
    if (!f) return json_null();
    if (!fgets(line, sizeof line, f)) line[0] = '\0';
    fclose(f);
    line[strcspn(line, "\n")] = '\0';
    return wsi_cli_json_text(line);
}

static json_t *gpus_json(examination *x)
{
    json_t *json = wsi_doctor_devices(), *driver = driver_json();
    if (!json_is_null(driver) && !json_is_true(json_object_get(json, "built_with_cuda"))) {
        problem(x, "this machine has a GPU driver, but the program was built without CUDA");
    }
    json_object_set_new(json, "driver", driver);
    return json;
}

/* ---- Folders ---- */

static json_t *folder_json(examination *x, const char *use, const char *path)
{
    struct statvfs fs;
    const int known = statvfs(path, &fs) == 0, writable = access(path, W_OK | X_OK) == 0;
    if (!writable) problem(x, "%s: nothing can be written there (%s)", path, use);
    return json_pack("{s:s, s:o, s:b, s:o}", "use", use, "path", wsi_cli_json_text(path), "writable", writable,
                     "free_bytes",
                     known ? json_integer((json_int_t)fs.f_bavail * (json_int_t)fs.f_frsize) : json_null());
}

static json_t *folders_json(examination *x)
{
    const char *tmp = getenv("TMPDIR");
    json_t *list = json_array();
    json_array_append_new(list, folder_json(x, "working folder", "."));
    json_array_append_new(list, folder_json(x, "temporary folder", tmp && *tmp ? tmp : "/tmp"));
    return list;
}

/* ---- Environment ---- */

/* What the libraries, the driver and limits.c read besides the variables of options. */
static const char *const others[] = {"TMPDIR",
                                     "TERM",
                                     "CUDA_VISIBLE_DEVICES",
                                     "HDF5_PLUGIN_PATH",
                                     "LD_LIBRARY_PATH",
                                     "SLURM_JOB_ID",
                                     "SLURM_ARRAY_TASK_ID",
                                     "SLURM_ARRAY_TASK_COUNT",
                                     "SLURM_CPUS_PER_TASK",
                                     "SLURM_CPUS_ON_NODE",
                                     "SLURM_STEP_TASKS_PER_NODE",
                                     "SLURM_MEM_PER_NODE",
                                     "SLURM_MEM_PER_CPU",
                                     "SLURM_MEM_PER_GPU",
                                     "SLURM_GPUS_ON_NODE"};

/* Option i, of all commands, that has this variable; NULL: none has. */
static const wsi_option *option_of(const char *name, size_t length)
{
    const wsi_command *command;
    const wsi_option *row;
    for (int c = 0; (command = wsi_command_shown(c)) != NULL; c++) {
        for (int i = 0; (row = wsi_command_option(command, i)) != NULL; i++) {
            if (row->env && strlen(row->env) == length && strncmp(row->env, name, length) == 0) return row;
        }
    }
    return NULL;
}

static int is_other(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strlen(others[i]) == length && strncmp(others[i], name, length) == 0) return 1;
    }
    return 0;
}

static json_t *environment_json(examination *x)
{
    json_t *list = json_array();
    for (char **at = environ; *at; at++) {
        const size_t length = strcspn(*at, "=");
        const int own = strncmp(*at, "WSIPROC_", 8) == 0;
        if (!own && !is_other(*at, length)) continue;
        char *name = wsi_strndup(*at, length);
        const wsi_option *row = option_of(*at, length);
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "name", wsi_cli_json_text(name), "value",
                                              wsi_cli_json_text((*at)[length] ? *at + length + 1 : ""), "option",
                                              wsi_cli_json_text(row ? row->name : NULL)));
        if (own && !row && name) problem(x, "environment variable %s means nothing to wsiproc", name);
        wsi_free(name);
    }
    return list;
}

/* ---- All of it ---- */

static json_t *program_json(void)
{
    return json_pack("{s:s, s:s}", "version", WSI_VERSION_STRING, "instruction_set", wsi_isa_name(wsi_cpu_best()));
}

/* The defaults of a run; a variable that does not parse is a problem, not an end. */
static void take_options(examination *x)
{
    static const wsi_option_table *const tables[] = {&wsi_job_option_table, NULL, NULL};
    char *none[] = {NULL};
    wsi_arguments args;
    wsi_error err = {0};
    if (wsi_options_parse(tables, &x->options, sizeof x->options, 0, none, &args, &err) == WSI_OK) return;
    problem(x, "%s", err.message);
}

static json_t *examine(void)
{
    examination x = {.problems = json_array()};
    json_t *json = json_object();
    take_options(&x);
    json_object_set_new(json, "program", program_json());
    json_object_set_new(json, "threads", threads_json(&x));
    json_object_set_new(json, "memory", memory_json(&x));
    json_object_set_new(json, "gpus", gpus_json(&x));
    json_object_set_new(json, "folders", folders_json(&x));
    json_object_set_new(json, "libraries", wsi_doctor_libraries());
    json_object_set_new(json, "environment", environment_json(&x));
    json_object_set_new(json, "problems", x.problems);
    return json;
}

static void print_for_people(json_t *json)
{
    json_t *problems = json_incref(json_object_get(json, "problems"));
    size_t i;
    json_t *text;
    json_object_del(json, "problems");
    wsi_json_text_print(json, stdout, 0);
    puts(json_array_size(problems) ? "problems" : "no problems");
    json_array_foreach(problems, i, text)
    {
        char line[1024];
        wsi_text_one_line(line, sizeof line, json_string_value(text));
        printf("  %s\n", line);
    }
    json_decref(problems);
}

static wsi_exit command_doctor(const void *settings, const wsi_arguments *args)
{
    const doctor_settings *s = settings;
    if (args->count) {
        wsi_cli_error("doctor: takes no operand; see 'wsiproc doctor --help'");
        return WSI_EXIT_USAGE;
    }
    json_t *json = examine();
    if (s->json) {
        wsi_cli_json_print(json);
    } else {
        print_for_people(json);
        json_decref(json);
    }
    return WSI_EXIT_OK;
}

const wsi_command wsi_command_doctor = {
    .name = "doctor",
    .summary = "Shows what runs choose on this machine, and why: threads, memory, GPUs, folders, libraries.",
    .operands = "[--json]",
    .doc =
        "Threads and memory are listed with everything that limits them: CPU affinity, cgroups of containers and "
        "clusters, Slurm's allocation, the machine itself; '-' is no limit. Scratch files lie beside the outputs, or "
        "in "
        "the temporary folder where a run has none. The exit status is 0 whatever it finds; what will not work stands "
        "last.",
    .example = "  wsiproc doctor\n"
               "  srun --cpus-per-task=4 --mem=2G wsiproc doctor --json",
    .tables = {&doctor_table},
    .settings_size = sizeof(doctor_settings),
    .run = command_doctor,
};
