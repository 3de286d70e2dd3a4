#!/bin/sh
# The JPEG encoder alone on a GPU machine: bytes checked against libjpeg-turbo, then speed; compute-sanitizer too.
#
# usage: encode.sh BENCH TEST SLIDE FOLDER [STEP ...]
# BENCH is bench-jpeg-encoder, TEST test-kernels-jpeg-encode-device of a build with CUDA; SLIDE a classic TIFF
# with JPEG tiles as Aperio writes them.
# Steps are check, sanitize and bench (all of them when none is given). ROUNDS, SANITIZE_ROUNDS, SANITIZE_TOOLS and
# SECONDS_EACH say how much. Logs and encode.json, the figures, go to FOLDER. The status is 77 where there is no GPU.
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
        run 5 check "$test" "${ROUNDS:-60}"
        ;;
    sanitize)
        for tool in ${SANITIZE_TOOLS:-memcheck racecheck initcheck}; do
            run 3 "$tool" compute-sanitizer --tool "$tool" --error-exitcode 1 "$test" "${SANITIZE_ROUNDS:-4}"
        done
        ;;
    bench)
        run 30 bench "$bench" "$slide" "$folder/encode.json" "${SECONDS_EACH:-0.5}"
        ;;
    *)
        echo "encode.sh: no step '$step'" >&2
        exit 2
        ;;
    esac
done
exit $failed
