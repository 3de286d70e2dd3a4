/* A libcuda.so.1 that fails on demand, to see what a program does when a GPU does.
 *
 * Put in the bundle's lib/, it is found before the driver's own library (the program's search path comes first). It
 * hands the CUDA runtime the driver's functions, but wraps those whose names begin as one of the faults says.
 * Environment: WSI_FAULT_DRIVER, the real library's path; WSI_FAULT, "NAME:N:CODE" (the Nth call of a wrapped function
 * returns CODE) or "NAME:N:CODE:lost" (that call and every later one of any wrapped function do, as with a GPU that
 * fell off the bus). Made for x86-64: a wrapper passes eleven integer registers and stack words on, which is the most
 * that any wrapped function takes.
 *
 * build: cc -shared -fPIC faultcuda.c -o libcuda.so.1 */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRAPPERS = 96 };

typedef int (*any_function)(long, long, long, long, long, long, long, long, long, long, long);
typedef int (*get_proc)(const char *, void **, int, unsigned long long, int *);

static any_function real[WRAPPERS];
static char names[WRAPPERS][64];
static atomic_int used, calls, lost;
static char fault_name[64];
static int fault_call, fault_code, fault_lost;

static int fails(int i)
{
    if (atomic_load(&lost)) return 1;
    if (strncmp(names[i], fault_name, strlen(fault_name)) != 0) return 0;
    if (atomic_fetch_add(&calls, 1) + 1 != fault_call) return 0;
    if (fault_lost) atomic_store(&lost, 1);
    return 1;
}

#define WRAPPER(i)                                                                                                     \
    static int wrapper_##i(long a, long b, long c, long d, long e, long f, long g, long h, long k, long l, long m)     \
    {                                                                                                                  \
        return fails(i) ? fault_code : real[i](a, b, c, d, e, f, g, h, k, l, m);                                       \
    }
/* clang-format off */
#define EACH(X)                                                              \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)            \
    X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23)  \
    X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31) X(32) X(33) X(34) X(35)  \
    X(36) X(37) X(38) X(39) X(40) X(41) X(42) X(43) X(44) X(45) X(46) X(47)  \
    X(48) X(49) X(50) X(51) X(52) X(53) X(54) X(55) X(56) X(57) X(58) X(59)  \
    X(60) X(61) X(62) X(63) X(64) X(65) X(66) X(67) X(68) X(69) X(70) X(71)  \
    X(72) X(73) X(74) X(75) X(76) X(77) X(78) X(79) X(80) X(81) X(82) X(83)  \
    X(84) X(85) X(86) X(87) X(88) X(89) X(90) X(91) X(92) X(93) X(94) X(95)
/* clang-format on */
EACH(WRAPPER)
#define NAME_OF(i) wrapper_##i,
static const any_function wrappers[WRAPPERS] = {EACH(NAME_OF)};

/* What work consists of; freeing and asking go through, as they mostly do on a lost GPU. */
static int is_work(const char *name)
{
    static const char *const prefixes[] = {"cuMemAlloc", "cuMemHostAlloc", "cuLaunchKernel",     "cuMemcpy",
                                           "cuMemset",   "cuEventRecord",  "cuEventSynchronize", "cuStreamSynchronize"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) return 1;
    return 0;
}

static void *wrap(const char *name, void *function)
{
    if (!function || !is_work(name)) return function;
    for (int i = 0; i < atomic_load(&used); i++)
        if ((void *)real[i] == function) return (void *)wrappers[i];
    const int i = atomic_fetch_add(&used, 1);
    if (i >= WRAPPERS) {
        fprintf(stderr, "faultcuda: more functions than wrappers\n");
        exit(99);
    }
    snprintf(names[i], sizeof names[i], "%s", name);
    real[i] = (any_function)function;
    return (void *)wrappers[i];
}

static void *driver(const char *name)
{
    static void *handle;
    if (!handle) handle = dlopen(getenv("WSI_FAULT_DRIVER"), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        fprintf(stderr, "faultcuda: %s\n", dlerror());
        exit(99);
    }
    return dlsym(handle, name);
}

__attribute__((constructor)) static void read_fault(void)
{
    char kind[8] = "";
    const char *text = getenv("WSI_FAULT");
    if (text && sscanf(text, "%63[^:]:%d:%d:%7s", fault_name, &fault_call, &fault_code, kind) < 3) exit(99);
    if (!text) snprintf(fault_name, sizeof fault_name, "nothing");
    fault_lost = strcmp(kind, "lost") == 0;
}

int cuGetProcAddress_v2(const char *name, void **function, int version, unsigned long long flags, int *found);
int cuGetProcAddress_v2(const char *name, void **function, int version, unsigned long long flags, int *found)
{
    const int code = ((get_proc)driver("cuGetProcAddress_v2"))(name, function, version, flags, found);
    if (code == 0 && function && strncmp(name, "cuGetProcAddress", 16) == 0) *function = (void *)cuGetProcAddress_v2;
    if (code == 0 && function) *function = wrap(name, *function);
    return code;
}

int cuInit(unsigned flags);
int cuInit(unsigned flags)
{
    return ((int (*)(unsigned))driver("cuInit"))(flags);
}

int cuDriverGetVersion(int *version);
int cuDriverGetVersion(int *version)
{
    return ((int (*)(int *))driver("cuDriverGetVersion"))(version);
}
