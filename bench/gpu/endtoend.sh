#!/bin/sh
# Unpacks a bundle and measures it with endtoend.py.
#
# usage: endtoend.sh ARCHIVE SLIDE FOLDER [endtoend.py's arguments ...]
# ARCHIVE is wsiproc-VERSION-linux-x86_64.tar.zst, SLIDE CMU-1-Small-Region.svs; everything goes below FOLDER, the figures
# to FOLDER/endtoend.json. The status is endtoend.py's: 77 where there is no GPU.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
archive=$1
slide=$2
folder=$3
shift 3
mkdir -p "$folder/bundle"
if command -v zstd >/dev/null; then
    zstd -dqc "$archive"
else
    python3 -c 'import pyarrow, shutil, sys
shutil.copyfileobj(pyarrow.CompressedInputStream(pyarrow.OSFile(sys.argv[1]), "zstd"), sys.stdout.buffer)' "$archive"
fi | tar -x -C "$folder/bundle" --strip-components=1
cat "$folder/bundle/BUNDLE"
"$folder/bundle/bin/wsiproc" devices
exec python3 "$here/endtoend.py" --program "$folder/bundle/bin/wsiproc" --slide "$slide" --work "$folder/work" \
    --results "$folder/endtoend.json" "$@"
