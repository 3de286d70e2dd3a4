#!/bin/sh
# The kernels on a GPU: all operations, and groups of steps as one kernel, against the plain CPU version, under
# compute-sanitizer, their speed, and what limits them.
#
# usage: kernels.sh CHECKOP FOLDER [STEP ...]
# CHECKOP is the test program tests/checkop of a build with CUDA; steps are check, sanitize, bench and profile (the first
# three when none is given). ROUNDS, SANITIZE_ROUNDS, SANITIZE_TOOLS, SANITIZE_OPS (those alone; else everything, in
# SHARES shares that run at once), and SANITIZE_SECONDS of each process say how much. Logs, kernels.json (the
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

# sanitizer TOOL NAME ARGUMENT ...: of checkop.
sanitizer() {
    tool=$1
    name=$2
    shift 2
    run "$tool-$name" timeout "${SANITIZE_SECONDS:-300}" compute-sanitizer --tool "$tool" --error-exitcode 1 \
        "$checkop" --backend cuda --rounds "${SANITIZE_ROUNDS:-4}" "$@"
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
        for tool in ${SANITIZE_TOOLS:-memcheck initcheck racecheck}; do
            jobs=
            for op in ${SANITIZE_OPS:-}; do
                sanitizer "$tool" "$op" --op "$op" &
                jobs="$jobs $tool-$op"
            done
            shares=${SHARES:-14}
            i=0
            while [ -z "${SANITIZE_OPS:-}" ] && [ $i -lt "$shares" ]; do
                sanitizer "$tool" "$i" --share "$i/$shares" &
                jobs="$jobs $tool-$i"
                i=$((i + 1))
            done
            wait
            for job in $jobs; do ended "$job"; done
        done
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
