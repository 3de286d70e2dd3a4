/* threads-on-cpu.h with coroutines: a stack each, made by makecontext, then left and entered again by longjmp, which
 * makes no system calls. A coroutine runs one thread after the other; only a thread that waits keeps it, and the next
 * one begins on another. Kernels run one at a time, whoever launches them: what they see of themselves is global. */
#include "cuda_runtime.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <map>
#include <mutex>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#else
/* AddressSanitizer is told which stack is in use. */
static inline void __sanitizer_start_switch_fiber(void **, const void *, size_t)
{
}
static inline void __sanitizer_finish_switch_fiber(void *, const void **, size_t *)
{
}
#endif

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

enum wait { NEW, READY, BLOCK, WARP, DONE };

/* Where a stack is left and entered again. */
struct place {
    jmp_buf at;
    void *kept; /* AddressSanitizer's */
    const void *stack;
    size_t bytes;
};

struct coroutine {
    ucontext_t first;
    place here;
    int begun; /* has a stack, and what it was about is in `at` */
};

struct thread {
    uint3 index;
    wait waits;
    int runs_on;    /* coroutine; of one that is not NEW or DONE */
    unsigned mask;  /* of the lanes it waits for */
    uint64_t given; /* to the others, at the barrier */
};

/* All that runs at a time; under `lock`. */
struct machine {
    std::mutex lock;
    thread threads[THREADS_MAX];
    coroutine coroutines[THREADS_MAX];
    int idle[THREADS_MAX], idle_count; /* coroutines without a thread */
    place scheduler;                   /* on the stack of who launches */
    int count, current;
    int ended;
    int position; /* in the order of threads, of the one that runs */
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

/* Goes from one stack to the other, until somebody comes back. */
void change(place &from, place &to)
{
    __sanitizer_start_switch_fiber(&from.kept, to.stack, to.bytes);
    if (_setjmp(from.at) == 0) _longjmp(to.at, 1);
    __sanitizer_finish_switch_fiber(from.kept, &to.stack, &to.bytes); /* launched by another thread, it has moved */
}

void wait_for(wait what)
{
    thread &t = all.threads[all.current];
    t.waits = what;
    change(all.coroutines[t.runs_on].here, all.scheduler);
}

/* The k-th thread to run. */
int in_order(int k)
{
    return all.backward ? all.count - 1 - k : k;
}

void become(int i, int coroutine)
{
    all.current = i;
    all.threads[i].runs_on = coroutine;
    all.threads[i].waits = READY;
    threadIdx = all.threads[i].index;
}

/* The running thread has ended: if the next one is new, it goes on as that. */
int go_on_with_next(int coroutine)
{
    const int k = all.position + 1, i = k < all.count ? in_order(k) : 0;
    if (k < all.count && all.threads[i].waits == NEW) {
        all.position = k;
        become(i, coroutine);
        return 1;
    }
    return 0;
}

/* A coroutine's whole life. */
void live()
{
    __sanitizer_finish_switch_fiber(NULL, &all.scheduler.stack, &all.scheduler.bytes);
    for (;;) {
        all.job->call(all.job->arguments);
        thread &t = all.threads[all.current];
        const int mine = t.runs_on;
        t.waits = DONE;
        all.ended++;
        if (go_on_with_next(mine)) continue;
        all.idle[all.idle_count++] = mine;
        change(all.coroutines[mine].here, all.scheduler);
    }
}

void begin(coroutine &c)
{
    void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED || getcontext(&c.first) != 0) die("no memory for a stack");
    c.first.uc_stack.ss_sp = stack;
    c.first.uc_stack.ss_size = STACK_BYTES;
    c.first.uc_link = NULL;
    makecontext(&c.first, live, 0);
    c.begun = 1;
    c.here.stack = stack;
    c.here.bytes = STACK_BYTES;
    __sanitizer_start_switch_fiber(&all.scheduler.kept, stack, STACK_BYTES);
    if (_setjmp(all.scheduler.at) == 0) setcontext(&c.first);
    __sanitizer_finish_switch_fiber(all.scheduler.kept, NULL, NULL);
}

/* Runs the thread until it waits, or it has ended and so have those after it that were new. */
void enter(int i)
{
    become(i, all.threads[i].waits == NEW ? all.idle[--all.idle_count] : all.threads[i].runs_on);
    coroutine &c = all.coroutines[all.threads[i].runs_on];
    if (c.begun)
        change(all.scheduler, c.here);
    else
        begin(c);
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
        if (waiting_for(i, BLOCK)) all.threads[i].waits = READY;
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
            all.threads[k].waits = READY;
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

void run_ready()
{
    for (all.position = 0; all.position < all.count; all.position++) {
        const int i = in_order(all.position);
        if (waiting_for(i, NEW) || waiting_for(i, READY)) enter(i);
    }
}

void run_block()
{
    memset(all.shared, PATTERN, all.job->shared);
    all.idle_count = 0;
    for (int i = 0; i < all.count; i++) {
        all.threads[i].waits = NEW;
        all.idle[all.idle_count++] = all.count - 1 - i;
    }
    all.ended = 0;
    for (run_ready(); all.ended < all.count; run_ready())
        if (!release()) die("some threads wait at a barrier that others do not reach");
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
    wait_for(WARP);
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
    wait_for(BLOCK);
}

int __syncthreads_or(int predicate)
{
    int any = 0;
    all.threads[all.current].given = predicate != 0;
    wait_for(BLOCK);
    for (int i = 0; i < all.count; i++) any |= all.threads[i].waits != DONE && all.threads[i].given;
    wait_for(BLOCK);
    return any;
}
