/* Any bytes as one file of a job folder, among good ones: a record, a list, a lease, a summary. What `status` and
 * `merge` make of it is made; a lease is taken over or respected. The first byte says which file it is. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/job-overview.h"
#include "cli/lease.h"
#include "cli/merge-report.h"
#include "cli/summary-records.h"
#include "common/mem.h"

#define HASH "ba7816bf8f01cfea414140de5dae2223"

static const char *const names[] = {
    ".wsiproc/slides/" HASH ".json",
    ".wsiproc/runs/host-1-abc.json",
    ".wsiproc/batches/" HASH ".json",
    ".wsiproc/leases/" HASH ".1",
    "summary.json",
};
enum { NAMES = sizeof names / sizeof *names };

static void look(const char *dir)
{
    wsi_overview overview;
    wsi_error err = {0};
    const wsi_status status = wsi_overview_read(dir, NULL, &overview, &err);
    fuzz_expect(status, &err);
    json_t *report = status == WSI_OK ? wsi_merge_json(&overview, NULL) : NULL;
    if (report) {
        char *text = NULL;
        size_t size = 0;
        fuzz_expect(wsi_merge_csv(report, &text, &size, &err), &err);
        wsi_free(text);
        text = NULL;
        fuzz_expect(wsi_merge_html(report, NULL, &text, &size, &err), &err);
        wsi_free(text);
    }
    json_decref(report);
    wsi_overview_clear(&overview);
}

static void read_summaries(const char *dir)
{
    wsi_folder_contents contents;
    wsi_error err = {0};
    fuzz_expect(wsi_summary_records_read(dir, NULL, &contents, &err), &err);
    wsi_folder_contents_clear(&contents);
}

static void take_lease(const char *dir)
{
    static const char hash[WSI_FOLDER_HASH_MAX] = HASH;
    const wsi_lease_terms terms = {.dir = dir, .run = "fuzz", .seconds = 60, .self = wsi_process_self()};
    wsi_lease_watch watch = {0};
    wsi_lease *lease = NULL;
    wsi_error err = {0};
    fuzz_expect(wsi_lease_acquire(&terms, hash, &watch, &lease, &err), &err);
    wsi_lease_release(&lease);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    const char *dir = fuzz_folder();
    wsi_error err = {0};
    const int which = data[0] % NAMES;
    fuzz_expect(wsi_job_folder_make(dir, &err), &err);
    fuzz_folder_file(names[which], data + 1, size - 1);
    if (which == 3) {
        take_lease(dir);
    } else if (which == 4) {
        read_summaries(dir);
    } else {
        look(dir);
    }
    fuzz_folder_file(names[which], NULL, 0);
    return 0;
}
