#!/usr/bin/env bash
# The portable bundle runs by itself: unpacked in a folder with blanks in its name, with an empty environment and, where
# this user may change root, with nothing around it but glibc. It makes the bytes that the build's own program makes, and
# packing twice makes the same archive.
#
# usage: bundle.sh BUILD VERSION      WSIPROC names the build's program, WSIPROC_TEST_DATA the folder with slides/
set -euo pipefail
export LC_ALL=C
build=$1
version=$2
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
name=wsiproc-$version-linux-$(uname -m)
archive=$build/$name.tar.zst
folder=$(mktemp -d "/tmp/wsiproc bundle XXXXXX")
trap 'rm -rf "$folder"' EXIT
top=$folder/$name
chain='rgb2hed as hed | channel:index=0 | gaussian:sigma=2 | threshold:value=0.08 | opening:footprint=disk,radius=3 as m'
slide=synthetic:3000x2000
real=${WSIPROC_TEST_DATA:-}/slides/CMU-1-Small-Region.svs

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

ok() { echo "ok: $*"; }

# glibc's own files, which every system has.
is_glibc() {
    case ${1##*/} in
    linux-vdso.so.* | ld-linux*.so.* | libc.so.* | libm.so.* | libmvec.so.* | libpthread.so.* | libdl.so.* | librt.so.* | \
        libresolv.so.* | libutil.so.* | libanl.so.*) return 0 ;;
    esac
    return 1
}

same_bytes_twice() {
    cp "$archive" "$folder/first"
    "$source/tools/bundle" "$build" "$version" >/dev/null
    cmp "$archive" "$folder/first" || fail "packing twice makes the same archive"
    ok "packing twice makes the same archive"
}

contents() {
    local file
    for file in bin/wsiproc lib/libwsiproc.so.0 include/wsiproc/wsiproc.h lib/wsiproc/hdf5-plugins/libh5zstd_wsiproc.so \
        LICENSE README.md BUNDLE licenses/PACKAGES; do
        [ -s "$top/$file" ] || fail "$file is in the bundle"
    done
    while read -r file _; do
        [ -s "$top/licenses/$file" ] || fail "a licence of package $file"
    done <"$top/licenses/PACKAGES"
    ok "$(find "$top" -type f | wc -l) files, $(wc -l <"$top/licenses/PACKAGES") licences"
}

# The library exports what its headers declare, and a C program can use it.
library() {
    local declared exported
    declared=$(grep -rhoE 'WSI_API [^;]*' "$top/include" | grep -oE 'wsi_\w+ *\(' | tr -d ' (' | sort)
    exported=$(nm -D --defined-only --without-symbol-versions "$top/lib/libwsiproc.so.0" | awk '$2 != "A" { print $3 }' | sort)
    [[ -n $declared && $declared = "$exported" ]] || fail "exports: $exported; declared: $declared"
    cat >"$folder/user.c" <<'C'
#include <stdio.h>
#include <wsiproc/wsiproc.h>
int main(void) { return printf("%s %s\n", wsi_version(), wsi_status_name(WSI_OK)) < 0; }
C
    cc -I"$top/include" "$folder/user.c" -L"$top/lib" -lwsiproc -o "$folder/user"
    [ "$(LD_LIBRARY_PATH=$top/lib "$folder/user")" = "$version ok" ] || fail "a program that uses the library"
    ok "the library exports what its headers declare: $(tr '\n' ' ' <<<"$exported")"
}

# Nothing the program loads while it works comes from outside, glibc apart.
self_contained() {
    local path outside=""
    (cd "$folder" && env -i LD_DEBUG=files LD_DEBUG_OUTPUT=loaded "$top/bin/wsiproc" run "${1:-$slide}" -o "out" \
        --chain "$chain" --progress none >/dev/null)
    while read -r path; do
        [[ $path == "$top"/* ]] || is_glibc "$path" || outside+=" $path"
    done < <(sed -n 's/.*calling init: //p' "$folder"/loaded.* | sort -u)
    [ -z "$outside" ] || fail "loaded from outside:$outside"
    [ "$(grep -h 'calling init: ' "$folder"/loaded.* | grep -cF "$top/bin/../lib/")" -gt 10 ] || fail "its libraries are loaded"
    ok "every library but glibc is the bundle's own"
}

# The same bytes as the build's program, in each format.
same_results() {
    local input format
    for input in "$@"; do
        for format in hdf5 tiff; do
            rm -rf "$folder/ours" "$folder/theirs"
            env -i "$top/bin/wsiproc" run "$input" -o "$folder/ours" --chain "$chain" --format $format --progress none \
                >/dev/null
            "$WSIPROC" run "$input" -o "$folder/theirs" --chain "$chain" --format $format --progress none >/dev/null
            diff -r -x summary.json -x .wsiproc "$folder/ours" "$folder/theirs" || fail "$input to $format: the same bytes"
            env -i "$top/bin/wsiproc" verify "$folder/ours" >/dev/null || fail "$input to $format: verified"
        done
        ok "$input: the same bytes as the build's own program"
    done
}

# The filter plugin finds its zstd in the bundle, whichever program loads it.
plugin() {
    if ! command -v h5dump >/dev/null; then
        echo "no h5dump: the filter plugin is not tried"
        return
    fi
    "$top/bin/wsiproc" run "$slide" -o "$folder/zstd" --chain rgb2gray --compression zstd --progress none >/dev/null
    env -i HDF5_PLUGIN_PATH="$top/lib/wsiproc/hdf5-plugins" "$(command -v h5dump)" -d /rgb2gray/0 -s 0,0 -c 1,4 \
        "$folder/zstd/"*.h5 | grep -q '(0,0):' || fail "h5dump reads zstd with the bundle's plugin"
    ok "h5dump reads zstd with the bundle's plugin"
}

# A root folder that holds glibc, the bundle and a slide.
bare_root() {
    local root=$folder/root path change_root
    change_root=("$(command -v chroot)")
    [ "$(id -u)" -eq 0 ] || change_root=("$(command -v unshare)" -r "${change_root[@]}")
    if ! "${change_root[@]}" / true 2>/dev/null; then
        echo "this user may not change root: not tried with nothing around it but glibc"
        return
    fi
    mkdir -p "$root/opt" "$root/tmp"
    while read -r path; do
        is_glibc "$path" && mkdir -p "$root${path%/*}" && cp -L "$path" "$root$path"
    done < <(env -i ldd "$top/bin/wsiproc" | grep -oE '/[^ ]+' | sort -u)
    cp -r "$top" "$root/opt/"
    mkdir -p "$root/proc/self" # the loader's $ORIGIN is the folder of what this link names
    ln -s "/opt/$name/bin/wsiproc" "$root/proc/self/exe"
    [ ! -e "$real" ] || cp "$real" "$root/slide.svs"
    env -i "${change_root[@]}" "$root" "/opt/$name/bin/wsiproc" run "$slide" ${1:+/slide.svs} -o /tmp/out \
        --chain "$chain" --progress none >/dev/null || fail "runs with nothing around it but glibc"
    ok "runs with nothing around it but glibc"
}

same_bytes_twice
tar -C "$folder" -I zstd -xf "$archive"
contents
library
if [ -e "$real" ]; then
    self_contained "$real"
    same_results "$slide" "$real"
    bare_root real
else
    echo "no test data in ${WSIPROC_TEST_DATA:-nowhere}: only the synthetic slide is tried"
    self_contained
    same_results "$slide"
    bare_root
fi
plugin
