# The steps that decode.sh and encode.sh share; sourced by them with their arguments: BENCH TEST SLIDE FOLDER [STEP ...].
# They set name (of the figures' file), shown_check and shown_bench (lines of these logs that
# are shown) and rounds (of the check under compute-sanitizer); bench_arguments, further ones of BENCH, may be empty.
# shellcheck shell=sh disable=SC2154 # set by those who source this
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
        run "$shown_check" check "$test" "${ROUNDS:-60}"
        ;;
    sanitize)
        for tool in ${SANITIZE_TOOLS:-memcheck racecheck initcheck}; do
            run 3 "$tool" compute-sanitizer --tool "$tool" --error-exitcode 1 "$test" "${SANITIZE_ROUNDS:-$rounds}"
        done
        ;;
    bench)
        # shellcheck disable=SC2086 # a list
        run "$shown_bench" bench "$bench" "$slide" "$folder/$name.json" "${SECONDS_EACH:-0.5}" $bench_arguments
        ;;
    *)
        echo "$name.sh: no step '$step'" >&2
        exit 2
        ;;
    esac
done
exit $failed
