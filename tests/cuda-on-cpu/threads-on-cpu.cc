/* threads-on-cpu.h with coroutines: a stack each, made by makecontext, then left and entered again by longjmp, which
 * makes no system calls. Kernels run one at a time, whoever launches them: what they see of themselves is global. */
#include "cuda_runtime.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <map>
#include <mutex>

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace
{

enum {
    THREADS_MAX = 1024,
    STACK_BYTES = 256 << 10,
    SHARED_BYTES = 227 << 10, /* the most that a block may have */
    SHARED_FREE = 48 << 10,   /* without cudaFuncSetAttribute */
    GRID_MAX = 65535,         /* in y and z */
    PATTERN = 0xff            /* of bytes that nobody has written: NaN as floats */
};

enum wait { NONE, BLOCK, WARP, DONE };

struct thread {
    ucontext_t first;
    jmp_buf at;
    int begun; /* has a context of its own in `at` */
    uint3 index;
    wait waits;
    unsigned mask;  /* of the lanes it waits for */
    uint64_t given; /* to the others, at the barrier */
};

/* All that runs at a time; under `lock`. */
struct machine {
    std::mutex lock;
    thread threads[THREADS_MAX];
    jmp_buf scheduler;
    int count, current;
    int backward; /* 1: the last thread and the last block are the first to run */
    const wsi_launch_job *job;
    std::map<const void *, int> allowed;
    alignas(1024) unsigned char shared[SHARED_BYTES];
} all;

thread_local cudaError_t refused;

void die(const char *what)
{
    fprintf(stderr, "CUDA on a CPU: %s, block %u %u %u: %s\n", all.job->name, blockIdx.x, blockIdx.y, blockIdx.z, what);
    abort();
}

/* Back to the scheduler, until it comes back to this thread. */
void leave(wait why)
{
    thread &t = all.threads[all.current];
    t.waits = why;
    if (_setjmp(t.at) == 0) _longjmp(all.scheduler, 1);
}

/* A coroutine's whole life: one thread of a block after the other. */
void live()
{
    for (;;) {
        all.job->call(all.job->arguments);
        leave(DONE);
    }
}

void begin(thread &t)
{
    void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED || getcontext(&t.first) != 0) die("no memory for a stack");
    t.first.uc_stack.ss_sp = stack;
    t.first.uc_stack.ss_size = STACK_BYTES;
    t.first.uc_link = NULL;
    makecontext(&t.first, live, 0);
    t.begun = 1;
    setcontext(&t.first);
}

void enter(int i)
{
    thread &t = all.threads[i];
    all.current = i;
    threadIdx = t.index;
    t.waits = NONE;
    if (_setjmp(all.scheduler) != 0) return;
    if (t.begun) _longjmp(t.at, 1);
    begin(t);
}

int waiting_for(int i, wait what)
{
    return all.threads[i].waits == what;
}

/* Lets all go on that wait at the block's barrier, when all do that have not ended. */
int release_block()
{
    int waiting = 0;
    for (int i = 0; i < all.count; i++) {
        if (!waiting_for(i, BLOCK) && !waiting_for(i, DONE)) return 0;
        waiting += waiting_for(i, BLOCK);
    }
    for (int i = 0; i < all.count; i++)
        if (waiting_for(i, BLOCK)) all.threads[i].waits = NONE;
    return waiting;
}

int complete(int warp, unsigned mask)
{
    for (int lane = 0; lane < warpSize && warp + lane < all.count; lane++) {
        const thread &t = all.threads[warp + lane];
        if ((mask >> lane & 1) && t.waits != DONE && (t.waits != WARP || t.mask != mask)) return 0;
    }
    return 1;
}

/* The same of a warp's lanes, by the masks that they wait with. */
int release_warp(int warp)
{
    int released = 0;
    for (int i = warp; i < warp + warpSize && i < all.count; i++) {
        if (!waiting_for(i, WARP) || !complete(warp, all.threads[i].mask)) continue;
        const unsigned mask = all.threads[i].mask;
        for (int k = i; k < warp + warpSize && k < all.count; k++) {
            if (!waiting_for(k, WARP) || all.threads[k].mask != mask) continue;
            all.threads[k].waits = NONE;
            released++;
        }
    }
    return released;
}

int release()
{
    int released = release_block();
    for (int warp = 0; warp < all.count; warp += warpSize) released += release_warp(warp);
    return released;
}

int run_ready()
{
    int ran = 0;
    for (int k = 0; k < all.count; k++) {
        const int i = all.backward ? all.count - 1 - k : k;
        if (!waiting_for(i, NONE)) continue;
        enter(i);
        ran++;
    }
    return ran;
}

void run_block()
{
    memset(all.shared, PATTERN, all.job->shared);
    for (int i = 0; i < all.count; i++) all.threads[i].waits = NONE;
    while (run_ready()) release();
    for (int i = 0; i < all.count; i++)
        if (!waiting_for(i, DONE)) die("some threads wait at a barrier that others do not reach");
}

void number_threads(dim3 block)
{
    all.count = 0;
    for (unsigned z = 0; z < block.z; z++)
        for (unsigned y = 0; y < block.y; y++)
            for (unsigned x = 0; x < block.x; x++) all.threads[all.count++].index = uint3{x, y, z};
}

int launchable(const wsi_launch_job *job)
{
    const uint64_t threads = (uint64_t)job->block.x * job->block.y * job->block.z;
    const auto found = all.allowed.find(job->kernel);
    const size_t most = found == all.allowed.end() || found->second < SHARED_FREE ? SHARED_FREE : (size_t)found->second;
    return threads > 0 && threads <= THREADS_MAX && job->grid.x > 0 && job->grid.x <= INT32_MAX && job->grid.y > 0 &&
           job->grid.y <= GRID_MAX && job->grid.z > 0 && job->grid.z <= GRID_MAX && job->shared <= most;
}

void run_grid(const wsi_launch_job *job)
{
    const uint64_t across = job->grid.x, plane = across * job->grid.y, blocks = plane * job->grid.z;
    const char *order = getenv("WSIPROC_CUDA_ON_CPU_ORDER");
    all.job = job;
    all.backward = order && strcmp(order, "backward") == 0;
    blockDim = job->block;
    gridDim = job->grid;
    number_threads(job->block);
    for (uint64_t k = 0; k < blocks; k++) {
        const uint64_t i = all.backward ? blocks - 1 - k : k;
        blockIdx = uint3{(unsigned)(i % across), (unsigned)(i % plane / across), (unsigned)(i / plane)};
        run_block();
    }
}

/* Waits for the lanes in mask. */
void meet(unsigned mask)
{
    all.threads[all.current].mask = mask;
    leave(WARP);
}

thread &lane_of_warp(int lane)
{
    return all.threads[all.current / warpSize * warpSize + lane];
}

/* A bit for each lane in mask that has given something else than 0. */
unsigned votes(unsigned mask)
{
    unsigned v = 0;
    for (int lane = 0; lane < warpSize && all.current / warpSize * warpSize + lane < all.count; lane++)
        if ((mask >> lane & 1) && lane_of_warp(lane).waits != DONE && lane_of_warp(lane).given) v |= 1u << lane;
    return v;
}

} // namespace

void wsi_run_kernel(const wsi_launch_job *job)
{
    std::lock_guard<std::mutex> held(all.lock);
    if (launchable(job))
        run_grid(job);
    else
        refused = cudaErrorInvalidConfiguration;
}

cudaError_t wsi_allow_shared(const void *kernel, int bytes)
{
    std::lock_guard<std::mutex> held(all.lock);
    if (bytes < 0 || bytes > SHARED_BYTES) return refused = cudaErrorInvalidValue;
    all.allowed[kernel] = bytes;
    return cudaSuccess;
}

void *wsi_dynamic_shared(void)
{
    return all.shared;
}

cudaError_t cudaGetLastError(void)
{
    const cudaError_t code = refused;
    refused = cudaSuccess;
    return code;
}

int wsi_lane(void)
{
    return all.current % warpSize;
}

uint64_t wsi_exchange(unsigned mask, uint64_t mine, int from)
{
    if (!(mask >> wsi_lane() & 1)) die("a thread shuffles that is not in its own mask");
    all.threads[all.current].given = mine;
    meet(mask);
    const int there = all.current / warpSize * warpSize + from < all.count;
    const uint64_t theirs = there && (mask >> from & 1) ? lane_of_warp(from).given : mine;
    meet(mask);
    return theirs;
}

void __syncwarp(unsigned mask)
{
    meet(mask);
}

unsigned __ballot_sync(unsigned mask, int predicate)
{
    all.threads[all.current].given = predicate != 0;
    meet(mask);
    const unsigned v = votes(mask);
    meet(mask);
    return v;
}

int __all_sync(unsigned mask, int predicate)
{
    return __ballot_sync(mask, !predicate) == 0;
}

void __syncthreads(void)
{
    leave(BLOCK);
}

int __syncthreads_or(int predicate)
{
    int any = 0;
    all.threads[all.current].given = predicate != 0;
    leave(BLOCK);
    for (int i = 0; i < all.count; i++) any |= all.threads[i].waits != DONE && all.threads[i].given;
    leave(BLOCK);
    return any;
}
