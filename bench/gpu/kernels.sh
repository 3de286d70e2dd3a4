#!/bin/sh
# The kernels on a GPU: all operations against the plain CPU version, under compute-sanitizer, and their speed.
#
# usage: kernels.sh CHECKOP FOLDER [STEP ...]
# CHECKOP is the test program tests/checkop of a build with CUDA; steps are check, sanitize and bench (all of them
# when none is given). ROUNDS, SANITIZE_ROUNDS, SANITIZE_TOOLS and SANITIZE_OPS say how much. Logs and kernels.json,
# the figures, go to FOLDER. The status is 77 where there is no GPU.
set -u
checkop=$1
folder=$2
shift 2
[ $# -gt 0 ] || set -- check sanitize bench
mkdir -p "$folder"
failed=0

# run LOG COMMAND ...: notes a failure, shows the end of its log.
run() {
    log=$folder/$1.log
    shift
    start=$(date +%s)
    "$@" >"$log" 2>&1
    status=$?
    tail -n 3 "$log"
    echo "$(basename "$log" .log): status $status, $(($(date +%s) - start)) s"
    [ $status -eq 77 ] && exit 77
    [ $status -eq 0 ] || failed=1
}

for step; do
    case $step in
    check)
        run check "$checkop" --backend cuda --rounds "${ROUNDS:-40}"
        ;;
    sanitize)
        for tool in ${SANITIZE_TOOLS:-memcheck racecheck initcheck}; do
            for op in ${SANITIZE_OPS:-every}; do
                set -- --op "$op"
                if [ "$op" = every ]; then set --; fi
                run "$tool-$op" compute-sanitizer --tool "$tool" --error-exitcode 1 "$checkop" --backend cuda \
                    --rounds "${SANITIZE_ROUNDS:-2}" "$@"
            done
        done
        ;;
    bench)
        run bench "$checkop" --backend cuda --bench --json "$folder/kernels.json"
        ;;
    *)
        echo "kernels.sh: no step '$step'" >&2
        exit 2
        ;;
    esac
done
exit $failed
