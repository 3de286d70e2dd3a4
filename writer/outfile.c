/* Part files: exclusive creation, gathered positioned writes, block checksums, atomic completion. See outfile.h.
 *
 * The order of the end is what makes it safe: data and size reach the disk (fsync), then the name changes (rename),
 * then the folder reaches the disk. The lock is held until after the rename, so that nobody takes the part over. */
#include "outfile.h"

#include "common/folders.h"
#include "common/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 20, PART_NAMES_MAX = 1000, MACHINE_DIGITS = 8 };

static const char hex_digits[] = "0123456789abcdef";

/* Dirty pages are handed to the disk this often, so that the fsync at the end has little left to do. */
static const uint64_t writeback_step = 16u << 20;
static const uint32_t out_of_order = UINT32_MAX;

/* Bytes [0, filled) of the block were written in order and have this CRC; out_of_order: must be read again. */
typedef struct block {
    uint32_t crc, filled;
} block;

struct wsi_outfile {
    char *path, *part;
    int fd;
    int error;             /* errno of the first failure, 0 = none */
    unsigned char *buffer; /* gathered bytes for [buffer_offset, buffer_offset + buffer_size) */
    uint64_t buffer_offset;
    size_t buffer_size;
    uint64_t size; /* end of the last byte written, buffered ones included */
    uint64_t written_back;
    block *blocks;
    size_t block_capacity;
};

wsi_status wsi_output_errno(wsi_error *err, int error, const char *what)
{
    const int full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    return wsi_error_set(err, full ? WSI_ERR_OUTPUT_FULL : WSI_ERR_OUTPUT, "%s: %s", what, strerror(error));
}

/* ---- Creation ---- */

static wsi_status make_folders(const char *path, wsi_error *err)
{
    char what[512];
    size_t failed;
    const int error = wsi_make_parents(path, &failed);
    if (!error) return WSI_OK;
    snprintf(what, sizeof what, "cannot create folder %.*s", (int)failed, path);
    return wsi_output_errno(err, error, what);
}

/* 1: the lock is ours and name still means this file; 0: somebody else has it; -1: no locks here. */
static int claim(int fd, const char *name)
{
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) return errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
    struct stat mine, named;
    return fstat(fd, &mine) == 0 && lstat(name, &named) == 0 && mine.st_ino == named.st_ino &&
           mine.st_dev == named.st_dev;
}

static int open_part(const char *name, int extra)
{
    return open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | extra, 0666);
}

/* Digits that every start of every machine draws anew, the beginning of its boot id. */
static int read_machine(char digits[MACHINE_DIGITS + 1])
{
    const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    const ssize_t n = read(fd, digits, MACHINE_DIGITS);
    close(fd);
    digits[n > 0 ? n : 0] = '\0';
    return strspn(digits, hex_digits) == MACHINE_DIGITS;
}

/* Where locks or machines cannot be told: a name nobody else picks. */
static int open_random(wsi_outfile *file)
{
    uint64_t digits = 0;
    if (getrandom(&digits, sizeof digits, 0) != (ssize_t)sizeof digits) return -1;
    wsi_free(file->part);
    file->part = wsi_asprintf("%s.%016" PRIx64 ".part", file->path, digits);
    errno = ENOMEM;
    return file->part ? open_part(file->part, O_EXCL) : -1;
}

/* Opens and claims a part file into file->part and file->fd; sets errno on failure. */
static int open_claimed(wsi_outfile *file)
{
    char machine[MACHINE_DIGITS + 1];
    if (!read_machine(machine)) {
        file->fd = open_random(file);
        return file->fd < 0 ? -1 : 0;
    }
    for (int i = 0; i < PART_NAMES_MAX; i++) {
        wsi_free(file->part);
        file->part = i == 0 ? wsi_asprintf("%s.%s.part", file->path, machine)
                            : wsi_asprintf("%s.%s.%d.part", file->path, machine, i);
        errno = ENOMEM;
        if (!file->part) return -1;
        file->fd = open_part(file->part, 0);
        if (file->fd < 0) return -1;
        const int claimed = claim(file->fd, file->part);
        if (claimed > 0) return ftruncate(file->fd, 0);
        close(file->fd);
        file->fd = -1;
        if (claimed < 0) {
            unlink(file->part);
            file->fd = open_random(file);
            return file->fd < 0 ? -1 : 0;
        }
    }
    errno = EBUSY;
    return -1;
}

static void destroy(wsi_outfile **file)
{
    if ((*file)->fd >= 0) close((*file)->fd);
    wsi_free((*file)->path);
    wsi_free((*file)->part);
    wsi_free((*file)->buffer);
    wsi_free((*file)->blocks);
    wsi_free(*file);
    *file = NULL;
}

wsi_status wsi_outfile_create(const char *path, wsi_outfile **out, wsi_error *err)
{
    struct stat st;
    WSI_RETURN_IF(stat(path, &st) == 0 && !S_ISREG(st.st_mode), WSI_ERR_OUTPUT, "exists and is not a regular file");
    WSI_FORWARD(make_folders(path, err));
    wsi_outfile *file = wsi_calloc(1, sizeof *file);
    WSI_RETURN_IF(!file, WSI_ERR_NO_MEMORY, "out of memory");
    file->fd = -1;
    file->path = wsi_strdup(path);
    file->buffer = wsi_calloc(1, BUFFER_BYTES);
    if (!file->path || !file->buffer) {
        destroy(&file);
        return wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    }
    if (open_claimed(file) != 0) {
        const int error = errno;
        destroy(&file);
        return wsi_output_errno(err, error, "cannot create the file");
    }
    *out = file;
    return WSI_OK;
}

/* ---- Writing ---- */

wsi_status wsi_outfile_status(const wsi_outfile *file, wsi_error *err)
{
    return file->error ? wsi_output_errno(err, file->error, "cannot write") : WSI_OK;
}

uint64_t wsi_outfile_size(const wsi_outfile *file)
{
    return file->size;
}

static wsi_status write_out(wsi_outfile *file, uint64_t offset, const unsigned char *bytes, size_t size, wsi_error *err)
{
    while (size > 0) {
        const ssize_t n = pwrite(file->fd, bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            file->error = n < 0 ? errno : EIO;
            return wsi_outfile_status(file, err);
        }
        bytes += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    if (offset >= file->written_back + writeback_step) {
        /* Advice only: a failure here shows again in fsync. */
        (void)sync_file_range(file->fd, (off_t)file->written_back, (off_t)(offset - file->written_back),
                              SYNC_FILE_RANGE_WRITE);
        file->written_back = offset;
    }
    return WSI_OK;
}

static wsi_status flush(wsi_outfile *file, wsi_error *err)
{
    const size_t size = file->buffer_size;
    file->buffer_size = 0;
    return size ? write_out(file, file->buffer_offset, file->buffer, size, err) : WSI_OK;
}

static wsi_status reserve_blocks(wsi_outfile *file, uint64_t end, wsi_error *err)
{
    const uint64_t need = (end + WSI_BLOCK_BYTES - 1) / WSI_BLOCK_BYTES;
    if (need <= file->block_capacity) return WSI_OK;
    const size_t capacity = (size_t)need + file->block_capacity + 64;
    block *blocks = wsi_realloc_array(file->blocks, capacity, sizeof *blocks);
    if (!blocks) {
        file->error = ENOMEM;
        return wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    }
    memset(blocks + file->block_capacity, 0, (capacity - file->block_capacity) * sizeof *blocks);
    file->blocks = blocks;
    file->block_capacity = capacity;
    return WSI_OK;
}

static void note_blocks(wsi_outfile *file, uint64_t offset, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        block *b = &file->blocks[offset / WSI_BLOCK_BYTES];
        const size_t start = (size_t)(offset % WSI_BLOCK_BYTES);
        const size_t n = size < WSI_BLOCK_BYTES - start ? size : WSI_BLOCK_BYTES - start;
        if (b->filled == start) {
            b->crc = libdeflate_crc32(b->crc, bytes, n);
            b->filled += (uint32_t)n;
        } else {
            b->filled = out_of_order;
        }
        bytes += n;
        offset += n;
        size -= n;
    }
}

wsi_status wsi_outfile_write(wsi_outfile *file, uint64_t offset, const void *bytes, size_t size, wsi_error *err)
{
    WSI_FORWARD(wsi_outfile_status(file, err));
    if (size == 0) return WSI_OK;
    if (offset > (uint64_t)INT64_MAX - size) {
        file->error = EFBIG;
        return wsi_outfile_status(file, err);
    }
    WSI_FORWARD(reserve_blocks(file, offset + size, err));
    note_blocks(file, offset, bytes, size);
    if (offset != file->buffer_offset + file->buffer_size || size > BUFFER_BYTES - file->buffer_size) {
        WSI_FORWARD(flush(file, err));
        file->buffer_offset = offset;
    }
    if (offset + size > file->size) file->size = offset + size;
    if (size > BUFFER_BYTES / 2) {
        WSI_FORWARD(flush(file, err));
        file->buffer_offset = offset + size;
        return write_out(file, offset, bytes, size, err);
    }
    memcpy(file->buffer + file->buffer_size, bytes, size);
    file->buffer_size += size;
    return WSI_OK;
}

wsi_status wsi_outfile_read(wsi_outfile *file, uint64_t offset, void *bytes, size_t size, wsi_error *err)
{
    WSI_FORWARD(wsi_outfile_status(file, err));
    WSI_FORWARD(flush(file, err));
    unsigned char *to = bytes;
    while (size > 0) {
        const ssize_t n = pread(file->fd, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return wsi_output_errno(err, errno, "cannot read back");
        if (n == 0) {
            memset(to, 0, size);
            break;
        }
        to += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return WSI_OK;
}

wsi_status wsi_outfile_resize(wsi_outfile *file, uint64_t size, wsi_error *err)
{
    WSI_FORWARD(wsi_outfile_status(file, err));
    WSI_FORWARD(flush(file, err));
    if (ftruncate(file->fd, (off_t)size) != 0) {
        file->error = errno;
        return wsi_outfile_status(file, err);
    }
    WSI_FORWARD(reserve_blocks(file, size, err));
    for (uint64_t i = size / WSI_BLOCK_BYTES; i < file->block_capacity; i++)
        if (i * WSI_BLOCK_BYTES < file->size) file->blocks[i].filled = out_of_order;
    file->size = size;
    return WSI_OK;
}

/* ---- Completion ---- */

wsi_status wsi_outfile_checksums(wsi_outfile *file, uint32_t **crcs, size_t *count, wsi_error *err)
{
    WSI_FORWARD(reserve_blocks(file, file->size, err));
    const size_t n = (size_t)((file->size + WSI_BLOCK_BYTES - 1) / WSI_BLOCK_BYTES);
    uint32_t *list = wsi_calloc(n + 1, sizeof *list);
    unsigned char *bytes = wsi_calloc(1, WSI_BLOCK_BYTES);
    wsi_status status = list && bytes ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < n && status == WSI_OK; i++) {
        const uint64_t start = (uint64_t)i * WSI_BLOCK_BYTES;
        const size_t length = file->size - start < WSI_BLOCK_BYTES ? (size_t)(file->size - start) : WSI_BLOCK_BYTES;
        list[i] = file->blocks[i].crc;
        if (file->blocks[i].filled == length) continue;
        status = wsi_outfile_read(file, start, bytes, length, err);
        list[i] = libdeflate_crc32(0, bytes, length);
    }
    wsi_free(bytes);
    if (status != WSI_OK) {
        wsi_free(list);
        return status;
    }
    *crcs = list;
    *count = n;
    return WSI_OK;
}

/* The rename itself must survive a crash; folders that cannot be synced (some network file systems) are let be. */
static void sync_folder(const char *path)
{
    const int fd = wsi_open_folder_of(path);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

wsi_status wsi_outfile_commit(wsi_outfile **file, wsi_error *err)
{
    wsi_outfile *f = *file;
    wsi_status status = wsi_outfile_status(f, err);
    if (status == WSI_OK) status = flush(f, err);
    if (status == WSI_OK && fsync(f->fd) != 0) status = wsi_output_errno(err, errno, "cannot write");
    if (status == WSI_OK && rename(f->part, f->path) != 0)
        status = wsi_output_errno(err, errno, "cannot give the finished file its name");
    if (status == WSI_OK)
        sync_folder(f->path);
    else
        unlink(f->part);
    destroy(file);
    return status;
}

void wsi_outfile_discard(wsi_outfile **file)
{
    if (!*file) return;
    unlink((*file)->part);
    destroy(file);
}

/* ---- Leftovers ---- */

/* "NAME.DIGITS.part", "NAME.DIGITS.N.part". */
static int is_part_of(const char *found, const char *name)
{
    static const char end[] = ".part";
    const size_t length = strlen(name);
    if (strncmp(found, name, length) != 0 || found[length] != '.') return 0;
    const char *digits = found + length + 1;
    if (strspn(digits, hex_digits) < MACHINE_DIGITS) return 0;
    digits += strspn(digits, hex_digits);
    if (strcmp(digits, end) == 0) return 1;
    const size_t number = *digits == '.' ? strspn(digits + 1, "0123456789") : 0;
    return number > 0 && strcmp(digits + 1 + number, end) == 0;
}

void wsi_outfile_sweep(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const int fd = wsi_open_folder_of(path);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0) close(fd);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (is_part_of(entry->d_name, name)) (void)unlinkat(fd, entry->d_name, 0);
    }
    closedir(dir);
}
