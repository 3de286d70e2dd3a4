#!/bin/sh
# JPEG decoders alone on a GPU machine: bits checked against libjpeg-turbo, then speed; under compute-sanitizer on request.
#
# usage: decode.sh BENCH TEST SLIDE FOLDER [STEP ...]
# BENCH is bench-jpeg-decoders, TEST test-kernels-jpeg-device of a build with CUDA; SLIDE a classic TIFF with JPEG tiles
# as Aperio's scanners write them. Steps are check, sanitize and bench (all of them when none is given). ROUNDS,
# SANITIZE_ROUNDS, SANITIZE_TOOLS, SECONDS_EACH and DECODERS (device prepared turbo nvjpeg) say how much. Logs and
# decode.json, the figures, go to FOLDER. The status is 77 where there is no GPU.
set -u
bench=$1
test=$2
slide=$3
folder=$4
shift 4
[ $# -gt 0 ] || set -- check sanitize bench
mkdir -p "$folder"
failed=0

# run LINES LOG COMMAND ...: notes a failure, shows the end of its log.
run() {
    lines=$1
    log=$folder/$2.log
    shift 2
    "$@" >"$log" 2>&1
    status=$?
    tail -n "$lines" "$log"
    echo "$(basename "$log" .log): status $status"
    [ $status -eq 77 ] && exit 77
    [ $status -eq 0 ] || failed=1
}

for step; do
    case $step in
    check)
        run 3 check "$test" "${ROUNDS:-60}"
        ;;
    sanitize)
        for tool in ${SANITIZE_TOOLS:-memcheck racecheck initcheck}; do
            run 3 "$tool" compute-sanitizer --tool "$tool" --error-exitcode 1 "$test" "${SANITIZE_ROUNDS:-2}"
        done
        ;;
    bench)
        # shellcheck disable=SC2086 # a list
        run 200 bench "$bench" "$slide" "$folder/decode.json" "${SECONDS_EACH:-0.5}" ${DECODERS:-}
        ;;
    *)
        echo "decode.sh: no step '$step'" >&2
        exit 2
        ;;
    esac
done
exit $failed
