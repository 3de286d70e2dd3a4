/* Processes by /proc. */
#include "process-id.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first bytes of a small file, terminated; 0 when it cannot be read. */
static int read_start(const char *path, char *buf, size_t size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    const ssize_t n = read(fd, buf, size - 1);
    close(fd);
    buf[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* State and start time of a process; 0 when there is none. The program's name, in parentheses, may hold anything. */
static int read_stat(int64_t pid, char *state, uint64_t *start)
{
    enum { FIELDS_TO_START = 20 }; /* the state is field 3, the start time field 22 */
    char path[48], text[1024];
    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    if (!read_start(path, text, sizeof text)) return 0;
    char *at = strrchr(text, ')');
    if (!at || !at[1]) return 0;
    *state = at[2];
    for (int i = 0; i < FIELDS_TO_START && at; i++) at = strchr(at + 1, ' ');
    *start = at ? strtoull(at + 1, NULL, 10) : 0;
    return 1;
}

wsi_process_id wsi_process_self(void)
{
    wsi_process_id self = {.pid = getpid()};
    struct stat st;
    char state;
    if (gethostname(self.host, sizeof self.host - 1) != 0 || !self.host[0])
        snprintf(self.host, sizeof self.host, "unknown");
    if (read_start("/proc/sys/kernel/random/boot_id", self.boot, sizeof self.boot))
        self.boot[strcspn(self.boot, "\n")] = '\0';
    if (stat("/proc/self/ns/pid", &st) == 0) self.space = (uint64_t)st.st_ino;
    if (!read_stat(self.pid, &state, &self.start)) self.boot[0] = '\0';
    return self;
}

int wsi_process_is_gone(const wsi_process_id *process)
{
    const wsi_process_id self = wsi_process_self();
    char state;
    uint64_t start;
    const int here = self.boot[0] && strcmp(self.boot, process->boot) == 0 && strcmp(self.host, process->host) == 0 &&
                     self.space && self.space == process->space;
    if (!here || process->pid <= 0) return 0;
    /* /proc may hide the processes of other users. */
    if (!read_stat(process->pid, &state, &start)) return kill((pid_t)process->pid, 0) != 0 && errno == ESRCH;
    return start != process->start || state == 'Z' || state == 'X';
}

void wsi_process_run_name(const wsi_process_id *self, char *buf, int size)
{
    char host[sizeof self->host];
    uint32_t digits = 0;
    (void)!getrandom(&digits, sizeof digits, GRND_NONBLOCK);
    memcpy(host, self->host, sizeof host);
    for (char *c = host; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '-' && (*c != '.' || c == host)) *c = '_';
    }
    snprintf(buf, (size_t)size, "%s-%" PRId64 "-%08" PRIx32, host, self->pid, digits);
}
