#!/bin/sh
# The figures of operations on a GPU that bench/results keeps: all of them next to cuCIM's (bench/ops --device cuda), and
# the four vessel filters next to scikit-image and CuPy (vessels.py).
#
# usage: figures.sh BUILD IMAGE [FOLDER]
# BUILD has tests/checkop and bench/bench-device-speed of a build with CUDA, IMAGE is retina.jpg of scikit-image's data.
# WSIPROC_COMMIT names the commit where this is no repository. What was written to bench/results is copied to FOLDER.
# Status: 77 where there is no GPU, 1 where a part failed.
set -u
build=$1
image=$2
folder=${3:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
failed=0

# ended STATUS WHAT
ended() {
    [ "$1" -eq 77 ] && exit 77
    [ "$1" -eq 0 ] && return
    echo "$2: status $1"
    failed=1
}

"$root/bench/ops" --device cuda --build "$build"
ended $? "ops --device cuda"
"$root/bench/gpu/vessels.py" --build "$build" --image "$image"
ended $? "vessels.py"
for result in "$root"/bench/results/ops-cuda-*.json "$root"/bench/results/vessels-*.json; do
    [ -z "$folder" ] || [ ! -f "$result" ] || cp "$result" "$folder"/
done
exit $failed
