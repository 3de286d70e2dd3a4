/* What this process may use: CPUs and memory, from affinity, cgroups (v1 and v2), a Slurm allocation, resource limits
 * and the machine.
 *
 * "Given" is what somebody has set aside for this process: nothing that it is asked for goes beyond that. "Available"
 * is what the machine has besides: a default stays within it. A cgroup's path as the kernel tells it need not exist
 * where a container sees only its own part of the hierarchy; the limits are looked for in every folder from there up to
 * the root of what is mounted, which then is the container's own. */
#include "scheduler.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const uint64_t MIB = UINT64_C(1) << 20;

/* First line of a small file; 0 when there is none. */
static int read_line(const char *path, char *buf, size_t size)
{
    FILE *f = fopen(path, "re");
    if (!f) return 0;
    const int ok = fgets(buf, (int)size, f) != NULL;
    fclose(f);
    return ok;
}

/* Whether a comma-separated list of controllers has this one: "cpu" is not in "cpuset,cpuacct". */
static int names_controller(const char *list, const char *controller)
{
    const size_t length = strlen(controller);
    for (const char *at = list; *at; at += strcspn(at, ",") + (strchr(at, ',') ? 1 : 0))
        if (strcspn(at, ",") == length && strncmp(at, controller, length) == 0) return 1;
    return 0;
}

/* Folder of this process's cgroup for a v1 controller, or of the v2 hierarchy when controller is "". */
static int cgroup_folder(const char *controller, char *out, size_t size)
{
    FILE *f = fopen("/proc/self/cgroup", "re");
    if (!f) return 0;
    char line[4096];
    int found = 0;
    while (!found && fgets(line, sizeof line, f)) {
        char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;
        if (!path) continue;
        *path++ = '\0';
        names++;
        path[strcspn(path, "\n")] = '\0';
        if (controller[0] ? !names_controller(names, controller) : names[0] != '\0') continue;
        snprintf(out, size, "/sys/fs/cgroup%s%s%s", controller[0] ? "/" : "", controller, path);
        found = 1;
    }
    fclose(f);
    return found;
}

/* First line of FOLDER/FILE; 0 when there is none. */
static int read_in(const char *folder, const char *file, char *line, size_t size)
{
    char path[4700];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return read_line(path, line, size);
}

/* Smallest limit from the cgroup's folder up to the root of the hierarchy. pick reads that of one folder; 0 = none. */
static double cgroup_least(const char *controller, double (*pick)(const char *folder))
{
    char folder[4500];
    double least = 0;
    if (!cgroup_folder(controller, folder, sizeof folder)) return 0;
    while (strlen(folder) >= strlen("/sys/fs/cgroup")) {
        const double v = pick(folder);
        if (v > 0 && (least == 0 || v < least)) least = v;
        char *slash = strrchr(folder, '/');
        if (!slash || slash == folder) break;
        *slash = '\0';
    }
    return least;
}

/* A number at the start of the text; 0 for "max", "-1" and what is no number. */
static double positive(const char *text)
{
    return text[0] >= '0' && text[0] <= '9' ? strtod(text, NULL) : 0;
}

static double bytes_v2(const char *folder)
{
    char line[256];
    return read_in(folder, "memory.max", line, sizeof line) ? positive(line) : 0;
}

static double bytes_v1(const char *folder)
{
    char line[256];
    return read_in(folder, "memory.limit_in_bytes", line, sizeof line) ? positive(line) : 0;
}

/* "quota period"; "max ..." is no limit. */
static double cpus_v2(const char *folder)
{
    char line[256], *end;
    if (!read_in(folder, "cpu.max", line, sizeof line)) return 0;
    const double quota = strtod(line, &end), period = strtod(end, NULL);
    return end != line && quota > 0 && period > 0 ? quota / period : 0;
}

static double cpus_v1(const char *folder)
{
    char quota[256], period[256];
    if (!read_in(folder, "cpu.cfs_quota_us", quota, sizeof quota)) return 0;
    if (!read_in(folder, "cpu.cfs_period_us", period, sizeof period) || positive(period) <= 0) return 0;
    return positive(quota) / positive(period);
}

static double most_of(double a, double b)
{
    return a > b ? a : b;
}

/* The smaller of two, where 0 stands for no limit. */
static double least_of(double a, double limit)
{
    return limit > 0 && (limit < a || a == 0) ? limit : a;
}

/* ---- Slurm ---- */

static double env_number(const char *name)
{
    const char *text = getenv(name);
    return text ? positive(text) : 0;
}

/* Tasks of this job step that share a node's part of the allocation; a batch script has it all. "2(x3),1": the first
 * number is the largest. */
static double tasks_on_node(void)
{
    return most_of(1, env_number("SLURM_STEP_TASKS_PER_NODE"));
}

/* CPUs of this task; 0 = not within Slurm. */
static double slurm_cpus(void)
{
    const double task = env_number("SLURM_CPUS_PER_TASK");
    if (task >= 1) return task;
    const double node = env_number("SLURM_CPUS_ON_NODE");
    return node < 1 ? 0 : most_of(1, node / tasks_on_node());
}

/* Bytes of this task; 0 = not within Slurm, or all that the node has. The variables count MiB. */
static double slurm_bytes(void)
{
    const double mib = (double)MIB, cpus = slurm_cpus();
    double bytes = env_number("SLURM_MEM_PER_NODE") * mib / tasks_on_node();
    bytes = least_of(bytes, env_number("SLURM_MEM_PER_CPU") * mib * most_of(1, cpus));
    return least_of(bytes, env_number("SLURM_MEM_PER_GPU") * mib * most_of(1, env_number("SLURM_GPUS_ON_NODE")));
}

/* ---- Who gives ---- */

typedef struct source {
    const char *name;
    double (*value)(void); /* 0 = it sets no limit */
} source;

enum { SOURCES = 3 };

static double given_by(const source sources[SOURCES])
{
    double given = 0;
    for (int i = 0; i < SOURCES; i++) given = least_of(given, sources[i].value());
    return given;
}

/* The machine's own two, then those of the sources. */
static void list_limits(wsi_limit limits[WSI_LIMITS], const source sources[SOURCES])
{
    for (int i = 0; i < SOURCES; i++) limits[2 + i] = (wsi_limit){sources[i].name, sources[i].value()};
}

/* ---- CPUs ---- */

/* CPUs of the affinity mask, however many the machine has; 0 when it cannot be told. */
static int affinity_cpus(void)
{
    for (size_t cpus = CPU_SETSIZE; cpus <= (size_t)1 << 20; cpus *= 4) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        if (!set) return 0;
        const int got = sched_getaffinity(0, CPU_ALLOC_SIZE(cpus), set), failure = errno;
        const int count = got == 0 ? CPU_COUNT_S(CPU_ALLOC_SIZE(cpus), set) : 0;
        CPU_FREE(set);
        if (got == 0 || failure != EINVAL) return count;
    }
    return 0;
}

static double cgroup_cpus_v2(void)
{
    return cgroup_least("", cpus_v2);
}

static double cgroup_cpus_v1(void)
{
    return cgroup_least("cpu", cpus_v1);
}

static const source cpu_sources[SOURCES] = {
    {"cgroup cpu.max", cgroup_cpus_v2}, {"cgroup cpu.cfs_quota_us", cgroup_cpus_v1}, {"Slurm", slurm_cpus}};

/* Part of a CPU more or less than whole ones is not used: never more than what was given. */
static double given_cpus(double affinity)
{
    return least_of(given_by(cpu_sources), affinity);
}

static int whole(double cpus)
{
    return cpus < 1 ? 1 : cpus > 1e6 ? 1000000 : (int)cpus;
}

int wsi_default_threads(void)
{
    const int affinity = affinity_cpus();
    return whole(given_cpus(affinity > 0 ? affinity : (double)sysconf(_SC_NPROCESSORS_ONLN)));
}

int wsi_allowed_threads(int wanted)
{
    const int affinity = affinity_cpus(), bound = affinity > 0 && affinity < (int)sysconf(_SC_NPROCESSORS_ONLN);
    const double given = given_cpus(bound ? affinity : 0);
    return given > 0 && wanted > whole(given) ? whole(given) : wanted;
}

void wsi_thread_limits(wsi_limit limits[WSI_LIMITS])
{
    limits[0] = (wsi_limit){"machine", (double)sysconf(_SC_NPROCESSORS_ONLN)};
    limits[1] = (wsi_limit){"affinity", affinity_cpus()};
    list_limits(limits, cpu_sources);
}

/* ---- Memory ---- */

/* Bytes the machine could give without swapping. */
static double available_memory(void)
{
    FILE *f = fopen("/proc/meminfo", "re");
    char line[256];
    double kib = 0;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lf kB", &kib) == 1) break;
    if (f) fclose(f);
    return kib > 0 ? kib * 1024 : (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

/* Address space left under RLIMIT_AS; 0 = no limit. */
static double address_space_left(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
    char line[256];
    double pages = 0;
    if (read_line("/proc/self/statm", line, sizeof line)) pages = strtod(line, NULL);
    const double left = (double)limit.rlim_cur - pages * (double)sysconf(_SC_PAGESIZE);
    return left > 1 ? left : 1;
}

static double cgroup_bytes_v2(void)
{
    return cgroup_least("", bytes_v2);
}

static double cgroup_bytes_v1(void)
{
    return cgroup_least("memory", bytes_v1);
}

static const source memory_sources[SOURCES] = {
    {"cgroup memory.max", cgroup_bytes_v2}, {"cgroup memory.limit_in_bytes", cgroup_bytes_v1}, {"Slurm", slurm_bytes}};

/* Bytes set aside for this process; 0 = nobody did. */
static double given_memory(void)
{
    return given_by(memory_sources);
}

void wsi_memory_limits(wsi_limit limits[WSI_LIMITS])
{
    limits[0] = (wsi_limit){"machine", available_memory()};
    limits[1] = (wsi_limit){"address space", address_space_left()};
    list_limits(limits, memory_sources);
}

uint64_t wsi_available_memory(void)
{
    return (uint64_t)least_of(available_memory(), given_memory());
}

/* A budget counts pixels in flight. The program itself, its threads' stacks and the libraries' tables come on top:
 * about 30 MiB, more with slides that OpenSlide reads. */
uint64_t wsi_allowed_memory(uint64_t wanted)
{
    const double given = given_memory(), own = 64 * (double)MIB;
    if (given == 0) return wanted;
    const double most = given - most_of(given / 10, own < given / 2 ? own : given / 2);
    return (double)wanted > most ? (uint64_t)most : wanted;
}

uint64_t wsi_default_memory(void)
{
    const double room = least_of((double)wsi_available_memory(), address_space_left());
    uint64_t share = (uint64_t)(room * 0.6);
    if (share > 1024 * MIB) share = 1024 * MIB;
    return wsi_allowed_memory(share < 64 * MIB ? 64 * MIB : share);
}
