#!/bin/sh
# All that is measured of whole runs, in one go on a machine with one or several GPUs, each part with its own limit.
#
# usage: everything.sh ARCHIVE SLIDES FOLDER [SIZE]
# ARCHIVE: a bundle; SLIDES: a folder with CMU-1-Small-Region.svs and others; results and logs go to FOLDER. One GPU is
# measured on 16 cores, several on all of them. SIZE: mosaics as for endtoend.py.
set -u
here=$(cd "$(dirname "$0")" && pwd)
archive=$1
slides=$2
folder=$3
size=${4:-256:100000x80000}
mkdir -p "$folder"

# part NAME SECONDS [PREFIX ...] -- STEP ARGUMENT ...
part() {
    name=$1
    limit=$2
    shift 2
    prefix=
    while [ "$1" != -- ]; do
        prefix="$prefix $1"
        shift
    done
    shift
    start=$(date +%s)
    # shellcheck disable=SC2086 # a command and its options
    timeout "$limit" $prefix sh "$here/endtoend.sh" "$archive" "$slides/CMU-1-Small-Region.svs" "$folder/run" --slides "$slides" \
        "$@" >"$folder/$name.log" 2>&1
    echo "$name: status $?, $(($(date +%s) - start)) s"
    [ -f "$folder/run/endtoend.json" ] && mv "$folder/run/endtoend.json" "$folder/$name.json"
    grep -E "^(WRONG|equality|whole|speed|scaling|memory|faults|failed|all checks)" "$folder/$name.log"
}

part equality 60 -- --every 9 equality
part whole 75 -- --every 9 whole
part speed 75 taskset -c 0-15 -- --rounds 2 --decoders gpu,auto --size "$size" speed
part scaling 50 -- --rounds 2 --size "$size" scaling
part memory 45 -- memory
part faults 70 -- faults
