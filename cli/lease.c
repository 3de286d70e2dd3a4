/* Leases as files. See lease.h for the protocol.
 *
 * The holder keeps its file open and writes to that very file, never to the name: where another has removed it or made
 * a new one, a heartbeat cannot be mistaken for the other's. */
#include "lease.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli-file.h"
#include "cli-folder.h"
#include "cli-json.h"
#include "cli-text.h"
#include "common/mem.h"
#include "common/thread.h"
#include "job-folder-private.h"

enum { CONTENT_MAX = 4096, BEATS_IN_A_LEASE = 6 };
static const double longest_beat = 5; /* seconds */
static const int64_t generation_max = INT64_MAX / 4;

struct wsi_lease {
    const wsi_lease_terms *terms; /* borrowed */
    char hash[WSI_FOLDER_HASH_MAX];
    int64_t generation;
    int fd;           /* the file that was created */
    uint64_t beats;   /* by the one thread that beats */
    double renewed;   /* time of the last heartbeat, likewise */
    _Atomic int lost; /* set once by the thread that beats */
    int has_thread;   /* set before the thread starts */
    wsi_thread thread;
    void (*lost_fn)(void *user);
    void *user;
    pthread_mutex_t lock; /* guards stop */
    pthread_cond_t wake;
    int stop;
};

static char *lease_path(const wsi_lease_terms *terms, const char *hash, int64_t generation)
{
    char name[WSI_FOLDER_HASH_MAX + 24];
    snprintf(name, sizeof name, "%s.%" PRId64, hash, generation);
    return wsi_folder_path(terms->dir, "leases", name);
}

static wsi_status no_memory(const wsi_lease_terms *terms, wsi_error *err)
{
    return wsi_error_set(err, WSI_ERR_NO_MEMORY, "%s: out of memory", terms->dir);
}

static wsi_status failed(const wsi_lease_terms *terms, int error, wsi_error *err)
{
    return wsi_error_set(err, error == ENOMEM ? WSI_ERR_NO_MEMORY : wsi_file_output_status(error),
                         "%s/" WSI_JOB_FOLDER "/leases: %s", terms->dir, strerror(error));
}

/* ---- Content ---- */

/* Always of the same length for one holder, so that rewriting never leaves a torn tail. */
static int content_of(const wsi_lease *lease, char *buf, size_t size)
{
    const wsi_process_id *self = &lease->terms->self;
    char host[6 * sizeof self->host] = "";
    json_t *name = wsi_cli_json_text(self->host);
    snprintf(host, sizeof host, "%s", name ? json_string_value(name) : "");
    json_decref(name);
    for (char *c = host; *c; c++) {
        if (*c == '"' || *c == '\\') *c = '?';
    }
    return snprintf(buf, size,
                    "{\"format\":%d,\"run\":\"%s\",\"host\":\"%s\",\"boot\":\"%s\",\"space\":%" PRIu64
                    ",\"pid\":%" PRId64 ",\"start\":%" PRIu64 ",\"seconds\":%.3f,\"beats\":%-20" PRIu64 "}\n",
                    WSI_FOLDER_FORMAT, lease->terms->run, host, self->boot, self->space, self->pid, self->start,
                    lease->terms->seconds, lease->beats);
}

static int write_content(const wsi_lease *lease)
{
    char text[CONTENT_MAX];
    const int size = content_of(lease, text, sizeof text);
    return pwrite(lease->fd, text, (size_t)size, 0) == size;
}

static void copy_text(const json_t *json, const char *key, char *buf, size_t size)
{
    const char *text = json_string_value(json_object_get(json, key));
    wsi_text_one_line(buf, size, text ? text : "");
}

static uint64_t unsigned_of(const json_t *json, const char *key)
{
    const json_int_t value = json_integer_value(json_object_get(json, key));
    return value > 0 ? (uint64_t)value : 0;
}

/* Who wrote a lease; all zero where the file is empty yet, or nonsense. Returns its lease time, 0 if unknown. */
static double parse_content(const char *text, wsi_process_id *holder)
{
    json_t *json = json_loads(text, 0, NULL);
    const double seconds = json_number_value(json_object_get(json, "seconds"));
    *holder = (wsi_process_id){0};
    copy_text(json, "host", holder->host, sizeof holder->host);
    copy_text(json, "boot", holder->boot, sizeof holder->boot);
    holder->space = unsigned_of(json, "space");
    holder->pid = (int64_t)unsigned_of(json, "pid");
    holder->start = unsigned_of(json, "start");
    json_decref(json);
    return seconds > 0 && seconds <= WSI_LEASE_SECONDS_MAX ? seconds : 0;
}

/* ---- Looking ---- */

/* Generation of a file's name, 0 when it is no lease of that slide. */
static int64_t generation_of(const char *name, const char *hash)
{
    int64_t generation;
    const size_t length = strlen(hash);
    if (strncmp(name, hash, length) != 0 || name[length] != '.') return 0;
    const char *digits = name + length + 1;
    if (*digits < '1' || *digits > '9' || !wsi_text_parse_int(digits, &generation)) return 0;
    return generation > 0 && generation < generation_max ? generation : 0;
}

/* The highest generation there is, 0 for none. Returns 0 or errno. */
static int highest(const wsi_lease_terms *terms, const char *hash, int64_t *generation)
{
    wsi_cli_names names = {0};
    char *path = wsi_folder_path(terms->dir, "leases", "");
    const int error = path ? wsi_cli_folder_list(path, &names) : ENOMEM;
    *generation = 0;
    for (size_t i = 0; i < names.count; i++) {
        const int64_t g = generation_of(names.items[i], hash);
        if (g > *generation) *generation = g;
    }
    wsi_cli_names_clear(&names);
    wsi_free(path);
    return error;
}

/* The lease's text, empty where it cannot be read. Freed with wsi_free; NULL without memory. */
static char *read_lease(const wsi_lease_terms *terms, const char *hash, int64_t generation)
{
    char *text = NULL, *path = lease_path(terms, hash, generation);
    size_t size;
    const wsi_status status = path ? wsi_file_read_foreign(path, CONTENT_MAX, &text, &size, NULL) : WSI_ERR_NO_MEMORY;
    wsi_free(path);
    return status == WSI_OK || status == WSI_ERR_NO_MEMORY ? text : wsi_strdup("");
}

/* Notes what was seen and judges whether the holder is dead. */
static wsi_status judge(const wsi_lease_terms *terms, int64_t generation, const char *text, wsi_lease_watch *watch,
                        int *dead, wsi_error *err)
{
    char content[WSI_FOLDER_HASH_MAX];
    wsi_process_id holder;
    const double stated = parse_content(text, &holder);
    const wsi_status status = wsi_folder_hash(text, content, err);
    if (status != WSI_OK) return status;
    if (watch->generation != generation || strcmp(watch->content, content) != 0) {
        watch->generation = generation;
        memcpy(watch->content, content, sizeof content);
        watch->since = wsi_now();
    }
    snprintf(watch->holder, sizeof watch->holder, "process %" PRId64 " on %s", holder.pid,
             holder.host[0] ? holder.host : "an unknown host");
    /* A holder that beats at longer intervals than ours is not dead for that. */
    const double patience = stated > terms->seconds ? stated : terms->seconds;
    *dead = wsi_process_is_gone(&holder) || wsi_now() - watch->since >= patience;
    return WSI_OK;
}

/* *held: 1 when a living run has it; otherwise *generation is the highest that is taken. */
static wsi_status look(const wsi_lease_terms *terms, const char *hash, wsi_lease_watch *watch, int64_t *generation,
                       int *held, wsi_error *err)
{
    int dead = 0;
    *held = 0;
    const int error = highest(terms, hash, generation);
    if (error == ENOENT) return wsi_job_folder_make(terms->dir, err);
    if (error) return failed(terms, error, err);
    if (!*generation) return WSI_OK;
    char *text = read_lease(terms, hash, *generation);
    if (!text) return no_memory(terms, err);
    const wsi_status status = judge(terms, *generation, text, watch, &dead, err);
    wsi_free(text);
    *held = !dead;
    return status;
}

/* ---- Taking ---- */

/* Creates the lease's file. 0 or errno. */
static int create_file(wsi_lease *lease)
{
    char *path = lease_path(lease->terms, lease->hash, lease->generation);
    if (!path) return ENOMEM;
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    int error = fd < 0 ? errno : 0;
    if (!error) {
        lease->fd = fd;
        lease->renewed = wsi_now();
        errno = EIO;
        if (!write_content(lease)) {
            error = errno;
            unlink(path);
            close(fd);
            lease->fd = -1;
        }
    }
    wsi_free(path);
    return error;
}

static void unlink_lease(const wsi_lease_terms *terms, const char *hash, int64_t generation)
{
    char *path = lease_path(terms, hash, generation);
    if (path) unlink(path);
    wsi_free(path);
}

static void destroy(wsi_lease **lease)
{
    if ((*lease)->fd >= 0) close((*lease)->fd);
    pthread_cond_destroy(&(*lease)->wake);
    pthread_mutex_destroy(&(*lease)->lock);
    wsi_free(*lease);
    *lease = NULL;
}

static wsi_lease *new_lease(const wsi_lease_terms *terms, const char *hash, int64_t generation)
{
    pthread_condattr_t attr;
    wsi_lease *lease = wsi_calloc(1, sizeof *lease);
    if (!lease) return NULL;
    lease->terms = terms;
    lease->generation = generation;
    lease->fd = -1;
    memcpy(lease->hash, hash, sizeof lease->hash);
    pthread_mutex_init(&lease->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&lease->wake, &attr);
    pthread_condattr_destroy(&attr);
    return lease;
}

/* Two may have looked at different times, and have created different generations: the higher counts. */
static int is_highest(const wsi_lease *lease)
{
    int64_t now;
    return highest(lease->terms, lease->hash, &now) != 0 || now <= lease->generation;
}

wsi_status wsi_lease_acquire(const wsi_lease_terms *terms, const char *hash, wsi_lease_watch *watch, wsi_lease **out,
                             wsi_error *err)
{
    int64_t generation;
    int held;
    *out = NULL;
    WSI_FORWARD(look(terms, hash, watch, &generation, &held, err));
    if (held) return WSI_OK;
    wsi_lease *lease = new_lease(terms, hash, generation + 1);
    if (!lease) return no_memory(terms, err);
    const int error = create_file(lease);
    if (!error && is_highest(lease)) {
        *out = lease;
        return WSI_OK;
    }
    if (!error) unlink_lease(terms, hash, lease->generation);
    destroy(&lease);
    return !error || error == EEXIST ? WSI_OK : failed(terms, error, err);
}

int64_t wsi_lease_generation(const wsi_lease *lease)
{
    return lease->generation;
}

int wsi_lease_is_lost(const wsi_lease *lease)
{
    return atomic_load(&lease->lost);
}

/* ---- Heartbeat ---- */

/* 1 when the name still leads to our file. Opening it makes a network file system look. */
static int is_ours(const wsi_lease *lease)
{
    struct stat named, own;
    char *path = lease_path(lease->terms, lease->hash, lease->generation);
    const int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    wsi_free(path);
    if (fd < 0) return 0;
    const int ours = fstat(fd, &named) == 0 && fstat(lease->fd, &own) == 0 && named.st_dev == own.st_dev &&
                     named.st_ino == own.st_ino;
    close(fd);
    return ours;
}

/* Who removes the job folder under a run takes nothing from it. Nobody may have taken over in the lease time. */
static int make_again(wsi_lease *lease)
{
    if (wsi_now() - lease->renewed >= lease->terms->seconds) return 0;
    if (wsi_job_folder_make(lease->terms->dir, NULL) != WSI_OK) return 0;
    close(lease->fd);
    lease->fd = -1;
    return create_file(lease) == 0;
}

int wsi_lease_beat(wsi_lease *lease)
{
    if (wsi_lease_is_lost(lease)) return 0;
    lease->beats++;
    if (!is_highest(lease) || (!is_ours(lease) && !make_again(lease))) {
        atomic_store(&lease->lost, 1);
        return 0;
    }
    /* What cannot be written is taken over by others in time, and that is seen above. */
    if (write_content(lease) && fdatasync(lease->fd) == 0) lease->renewed = wsi_now();
    return 1;
}

static double beat_seconds(const wsi_lease_terms *terms)
{
    const double sixth = terms->seconds / BEATS_IN_A_LEASE;
    return sixth < longest_beat ? sixth : longest_beat;
}

/* 1 when the time is over, 0 when the lease is to be released. */
static int wait_for_beat(wsi_lease *lease)
{
    struct timespec until;
    const double seconds = beat_seconds(lease->terms);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)seconds;
    until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lease->lock);
    while (!lease->stop && pthread_cond_timedwait(&lease->wake, &lease->lock, &until) != ETIMEDOUT) continue;
    const int stop = lease->stop;
    pthread_mutex_unlock(&lease->lock);
    return !stop;
}

static void *keep(void *arg)
{
    wsi_lease *lease = arg;
    while (wait_for_beat(lease)) {
        if (wsi_lease_beat(lease)) continue;
        lease->lost_fn(lease->user);
        break;
    }
    return NULL;
}

wsi_status wsi_lease_keep(wsi_lease *lease, void (*lost)(void *user), void *user, wsi_error *err)
{
    lease->lost_fn = lost;
    lease->user = user;
    WSI_FORWARD(wsi_thread_start(&lease->thread, "wsi-lease", keep, lease, err));
    lease->has_thread = 1;
    return WSI_OK;
}

static void stop_thread(wsi_lease *lease)
{
    if (!lease->has_thread) return;
    pthread_mutex_lock(&lease->lock);
    lease->stop = 1;
    pthread_cond_signal(&lease->wake);
    pthread_mutex_unlock(&lease->lock);
    wsi_thread_join(lease->thread);
    lease->has_thread = 0;
}

int wsi_lease_confirm(wsi_lease *lease)
{
    stop_thread(lease);
    return wsi_lease_beat(lease);
}

/* The dead holders' files go first: the highest generation must be the last to go. */
static void unlink_below(const wsi_lease *lease)
{
    wsi_cli_names names = {0};
    char *path = wsi_folder_path(lease->terms->dir, "leases", "");
    if (path) (void)wsi_cli_folder_list(path, &names);
    for (size_t i = 0; i < names.count; i++) {
        const int64_t g = generation_of(names.items[i], lease->hash);
        if (g > 0 && g < lease->generation) unlink_lease(lease->terms, lease->hash, g);
    }
    wsi_cli_names_clear(&names);
    wsi_free(path);
}

void wsi_lease_release(wsi_lease **lease)
{
    if (!*lease) return;
    wsi_lease *l = *lease;
    stop_thread(l);
    if (!wsi_lease_is_lost(l) && is_ours(l)) {
        if (l->generation > 1) unlink_below(l);
        close(l->fd); /* NFS keeps what is open under another name */
        l->fd = -1;
        unlink_lease(l->terms, l->hash, l->generation);
    }
    destroy(lease);
}
