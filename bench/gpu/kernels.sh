#!/bin/sh
# The kernels on a GPU: all operations, and groups of steps as one kernel, against the plain CPU version, under
# compute-sanitizer, their speed, and what limits them.
#
# usage: kernels.sh CHECKOP FOLDER [STEP ...]
# CHECKOP is the test program tests/checkop of a build with CUDA; steps are check, sanitize, bench and profile (the first
# three when none is given). ROUNDS, SANITIZE_ROUNDS, SANITIZE_TOOLS, SANITIZE_OPS (of racecheck, which is slow; the
# other tools take everything) and SANITIZE_SECONDS say how much; all sanitizers run at once. Logs, kernels.json (the
# figures) and profile.csv (hardware counters) go to FOLDER; kernels_json.py makes bench/results/ of them. The status is
# 77 where there is no GPU.
set -u
checkop=$1
folder=$2
shift 2
[ $# -gt 0 ] || set -- check sanitize bench
mkdir -p "$folder"
failed=0

# run LOG COMMAND ...: leaves the status beside the log, and says how it ended.
run() {
    name=$1
    shift
    start=$(date +%s)
    "$@" >"$folder/$name.log" 2>&1
    status=$?
    echo "$status" >"$folder/$name.status"
    echo "$name: status $status, $(($(date +%s) - start)) s: $(tail -n 1 "$folder/$name.log")"
}

# ended LOG: takes the status of a run into account.
ended() {
    status=$(cat "$folder/$1.status")
    [ "$status" -eq 77 ] && exit 77
    [ "$status" -eq 0 ] || failed=1
}

# sanitizer TOOL OPERATION: "every" for all of them and the groups.
sanitizer() {
    tool=$1
    op=$2
    set -- --op "$op"
    if [ "$op" = every ]; then set --; fi
    run "$tool-$op" timeout "${SANITIZE_SECONDS:-300}" compute-sanitizer --tool "$tool" --error-exitcode 1 \
        "$checkop" --backend cuda --rounds "${SANITIZE_ROUNDS:-2}" "$@"
}

counters=gpu__time_duration.sum,dram__throughput.avg.pct_of_peak_sustained_elapsed
counters=$counters,sm__inst_issued.avg.pct_of_peak_sustained_active
for pipe in alu fma lsu; do
    counters=$counters,sm__inst_executed_pipe_$pipe.avg.pct_of_peak_sustained_active
done
counters=$counters,l1tex__data_pipe_lsu_wavefronts.avg.pct_of_peak_sustained_elapsed
counters=$counters,sm__warps_active.avg.pct_of_peak_sustained_active,smsp__inst_executed.sum
counters=$counters,launch__registers_per_thread

for step; do
    case $step in
    check)
        run check "$checkop" --backend cuda --rounds "${ROUNDS:-40}"
        ended check
        ;;
    sanitize)
        jobs=
        for tool in ${SANITIZE_TOOLS:-memcheck initcheck racecheck}; do
            ops=every
            default="gaussian sobel erosion opening median rgb2hed rescale_intensity groups"
            [ "$tool" = racecheck ] && ops=${SANITIZE_OPS:-$default}
            for op in $ops; do
                sanitizer "$tool" "$op" &
                jobs="$jobs $tool-$op"
            done
        done
        wait
        for job in $jobs; do ended "$job"; done
        ;;
    bench)
        run bench "$checkop" --backend cuda --bench --json "$folder/kernels.json"
        ended bench
        ;;
    profile)
        run profile ncu --clock-control none --filter-mode per-launch-config --launch-skip 5 --launch-count 1 \
            --metrics "$counters" --csv --page raw --log-file "$folder/profile.csv" "$checkop" --backend cuda --bench
        ended profile
        ;;
    *)
        echo "kernels.sh: no step '$step'" >&2
        exit 2
        ;;
    esac
done
exit $failed
