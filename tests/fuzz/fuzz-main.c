/* A target without libFuzzer: tries every input it is given, and a fixed number of mutations of each, the same ones in
 * every run. What takes too long or too much memory fails, like a crash; the input at fault is kept as FILE.
 *
 * usage: fuzz-NAME [--mutations N] [--seconds S] [--mib M] [--keep FILE] FILE-OR-FOLDER... */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 20 };

/* Of the sanitizers' run-time library, where there is one. */
extern void __sanitizer_set_death_callback(void (*fn)(void)) __attribute__((weak));

static uint8_t input[INPUT_MAX];
static size_t input_size;
static const char *keep = "fuzz-input";
static double seconds_max = 2;
static long mib_max = 512, mutations;
static long tried;
static double slowest;

/* ---- What went wrong ---- */

/* Async-signal-safe. */
static void keep_input(void)
{
    const int fd = open(keep, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, input, input_size) < 0) return;
    close(fd);
    static const char text[] = "fuzz: the input at fault was kept as ";
    if (write(2, text, sizeof text - 1) < 0 || write(2, keep, strlen(keep)) < 0 || write(2, "\n", 1) < 0) return;
}

static void on_signal(int number)
{
    keep_input();
    signal(number, SIG_DFL);
    raise(number);
}

static void watch(void)
{
    static const int numbers[] = {SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
    if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(keep_input);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i] == SIGSEGV && __sanitizer_set_death_callback) continue; /* they tell more */
        signal(numbers[i], on_signal);
    }
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- One input ---- */

static void try_input(void)
{
    struct rusage used;
    /* A copy of its own, so that reading beyond it is found. */
    uint8_t *copy = malloc(input_size ? input_size : 1);
    if (!copy) exit(1);
    memcpy(copy, input, input_size);
    alarm(10 * (unsigned)seconds_max + 10);
    const double before = cpu_seconds();
    LLVMFuzzerTestOneInput(copy, input_size);
    const double took = cpu_seconds() - before;
    alarm(0);
    free(copy);
    tried++;
    if (took > slowest) slowest = took;
    if (took > seconds_max) fuzz_fail("an input takes too long", keep);
    getrusage(RUSAGE_SELF, &used);
    if (used.ru_maxrss / 1024 > mib_max) fuzz_fail("an input takes too much memory", keep);
}

/* ---- Mutations ---- */

static uint64_t state;

static uint64_t draw(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return n ? state % n : 0;
}

/* A field of 1, 2, 4 or 8 bytes becomes a number that sizes and counts go wrong by. */
static void put_number(void)
{
    static const uint64_t numbers[] = {0,
                                       1,
                                       2,
                                       3,
                                       16,
                                       127,
                                       128,
                                       255,
                                       256,
                                       4095,
                                       32767,
                                       32768,
                                       65535,
                                       65536,
                                       1 << 20,
                                       INT32_MAX,
                                       UINT64_C(1) << 31,
                                       UINT32_MAX,
                                       UINT64_C(1) << 32,
                                       INT64_MAX,
                                       UINT64_C(1) << 63,
                                       UINT64_MAX};
    const size_t n = (size_t)1 << draw(4);
    const uint64_t v = numbers[draw(sizeof numbers / sizeof *numbers)];
    const int big_endian = draw(2) != 0;
    if (input_size < n) return;
    uint8_t *at = input + draw(input_size - n + 1);
    for (size_t i = 0; i < n; i++) at[big_endian ? n - 1 - i : i] = (uint8_t)(v >> (8 * i));
}

/* Two pieces of one length change places: entries of a directory, say. */
static void swap_pieces(void)
{
    static const size_t lengths[] = {1, 2, 4, 8, 12, 20};
    const size_t n = lengths[draw(6)];
    uint8_t piece[20];
    if (input_size < n) return;
    uint8_t *a = input + draw(input_size - n + 1), *b = input + draw(input_size - n + 1);
    memcpy(piece, a, n);
    memmove(a, b, n);
    memcpy(b, piece, n);
}

/* A piece is doubled, or goes. */
static void repeat_or_cut(void)
{
    const size_t from = draw(input_size + 1), n = draw((input_size - from < 64 ? input_size - from : 64) + 1);
    if (draw(2) && input_size + n <= INPUT_MAX) {
        memmove(input + from + n, input + from, input_size - from);
        input_size += n;
    } else {
        memmove(input + from, input + from + n, input_size - from - n);
        input_size -= n;
    }
}

/* Replaces n bytes at `from` by a text. */
static void replace_piece(size_t from, size_t n, const char *text)
{
    const size_t length = strlen(text);
    if (input_size - n + length > INPUT_MAX) return;
    memmove(input + from + length, input + from + n, input_size - from - n);
    memcpy(input + from, text, length);
    input_size += length - n;
}

/* A number that is written as text becomes another, or something else that a text may have there. */
static void put_word(void)
{
    static const char *const words[] = {"0",
                                        "1",
                                        "-1",
                                        "2147483648",
                                        "-9223372036854775809",
                                        "1e308",
                                        "1e-320",
                                        "0.5",
                                        "null",
                                        "\"nan\"",
                                        "\"-inf\"",
                                        "[]",
                                        "{}",
                                        "\"\"",
                                        "true",
                                        "\\u0000",
                                        "\"",
                                        ",",
                                        "../",
                                        "@source",
                                        "&amp;",
                                        "99999999999999999999"};
    static const char digits[] = "0123456789.+-eE";
    size_t from = draw(input_size), n = 0;
    while (from < input_size && !memchr(digits, input[from], 10)) from++;
    while (from + n < input_size && memchr(digits, input[from + n], sizeof digits - 1)) n++;
    replace_piece(from, n, words[draw(sizeof words / sizeof *words)]);
}

static void mutate_once(void)
{
    if (input_size == 0) return;
    switch (draw(10)) {
    case 0:
    case 1:
        input[draw(input_size)] ^= (uint8_t)(1u << draw(8));
        break;
    case 2:
        input[draw(input_size)] = (uint8_t)draw(256);
        break;
    case 3:
    case 4:
        put_number();
        break;
    case 5:
        swap_pieces();
        break;
    case 6:
        repeat_or_cut();
        break;
    case 7:
    case 8:
        put_word();
        break;
    default:
        if (draw(4) == 0) input_size = draw(input_size);
        break;
    }
}

static void try_mutations(const uint8_t *original, size_t size)
{
    for (long i = 0; i < mutations; i++) {
        memcpy(input, original, size);
        input_size = size;
        for (uint64_t n = 1 + draw(5); n > 0; n--) mutate_once();
        try_input();
    }
}

/* ---- Inputs ---- */

static void try_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) fuzz_fail("cannot read", path);
    input_size = fread(input, 1, INPUT_MAX, f);
    fclose(f);
    uint8_t *original = malloc(input_size + 1);
    if (!original) exit(1);
    const size_t size = input_size;
    memcpy(original, input, size);
    state = UINT64_C(0x9E3779B97F4A7C15) ^ size;
    try_input();
    try_mutations(original, size);
    free(original);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void try_path(const char *path)
{
    struct stat st;
    struct dirent **entries = NULL;
    if (stat(path, &st) != 0) fuzz_fail("there is no", path);
    if (!S_ISDIR(st.st_mode)) {
        try_file(path);
        return;
    }
    const int n = scandir(path, &entries, visible, alphasort);
    if (n < 1) fuzz_fail("no inputs in", path);
    for (int i = 0; i < n; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        try_path(name);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"mutations", required_argument, NULL, 'n'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"mib", required_argument, NULL, 'm'},
                                            {"keep", required_argument, NULL, 'k'},
                                            {NULL, 0, NULL, 0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'n') mutations = strtol(optarg, NULL, 10);
        if (o == 's') seconds_max = strtod(optarg, NULL);
        if (o == 'm') mib_max = strtol(optarg, NULL, 10);
        if (o == 'k') keep = optarg;
        if (o == '?') return 2;
    }
    if (optind == argc) return fprintf(stderr, "usage: %s [options] FILE-OR-FOLDER...\n", argv[0]), 2;
    watch();
    for (int i = optind; i < argc; i++) try_path(argv[i]);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("%ld inputs, the slowest %.3f s, peak %ld MiB\n", tried, slowest, used.ru_maxrss / 1024);
    return 0;
}
