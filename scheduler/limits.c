/* What this process may use: CPUs and memory, from affinity, cgroups (v1 and v2), resource limits and the machine. */
#include "scheduler.h"

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
        const int v2 = names[0] == '\0' && controller[0] == '\0';
        const char *hit = controller[0] ? strstr(names, controller) : NULL;
        if (!v2 && !hit) continue;
        snprintf(out, size, "/sys/fs/cgroup%s%s%s", controller[0] ? "/" : "", controller, path);
        found = 1;
    }
    fclose(f);
    return found;
}

/* Smallest value of `file` from the folder up to the root of the hierarchy. pick reads one line; 0 = no limit. */
static double cgroup_least(const char *controller, const char *file, double (*pick)(const char *line))
{
    char folder[4500], path[4700], line[256];
    double least = 0;
    if (!cgroup_folder(controller, folder, sizeof folder)) return 0;
    while (strlen(folder) >= strlen("/sys/fs/cgroup")) {
        snprintf(path, sizeof path, "%s/%s", folder, file);
        const double v = read_line(path, line, sizeof line) ? pick(line) : 0;
        if (v > 0 && (least == 0 || v < least)) least = v;
        char *slash = strrchr(folder, '/');
        if (!slash || slash == folder) break;
        *slash = '\0';
    }
    return least;
}

static double pick_bytes(const char *line)
{
    return line[0] >= '0' && line[0] <= '9' ? strtod(line, NULL) : 0;
}

/* "quota period" of cpu.max; "max ..." is no limit. */
static double pick_cpus(const char *line)
{
    char *end;
    const double quota = strtod(line, &end), period = strtod(end, NULL);
    return end != line && quota > 0 && period > 0 ? quota / period : 0;
}

int wsi_default_threads(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    double quota = cgroup_least("", "cpu.max", pick_cpus);
    if (quota == 0) {
        const double us = cgroup_least("cpu", "cpu.cfs_quota_us", pick_bytes);
        const double period = cgroup_least("cpu", "cpu.cfs_period_us", pick_bytes);
        quota = us > 0 && period > 0 ? us / period : 0;
    }
    if (quota > 0 && quota < n) n = quota < 1 ? 1 : (int)(quota + 0.5);
    return n < 1 ? 1 : n;
}

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

static double least_of(double a, double limit)
{
    return limit > 0 && limit < a ? limit : a;
}

uint64_t wsi_available_memory(void)
{
    double room = available_memory();
    room = least_of(room, cgroup_least("", "memory.max", pick_bytes));
    return (uint64_t)least_of(room, cgroup_least("memory", "memory.limit_in_bytes", pick_bytes));
}

uint64_t wsi_default_memory(void)
{
    double room = (double)wsi_available_memory();
    room = least_of(room, address_space_left());
    uint64_t share = (uint64_t)(room * 0.6);
    if (share > 1024 * MIB) share = 1024 * MIB;
    return share < 64 * MIB ? 64 * MIB : share;
}
