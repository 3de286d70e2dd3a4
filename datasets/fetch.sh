#!/usr/bin/env bash
# Fetches public whole-slide test files by name, resumably, and checks them by SHA-256.
#
# A file appears under its final name only when its checksum is right; until then it is NAME.part, which the next
# run continues. The checksum comes from manifest.tsv, or else from the source's own index.json or index.yaml.
# Standard output carries only the paths of the files to open; everything else goes to standard error.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
manifest=$here/manifest.tsv
default_source=https://openslide.cs.cmu.edu/download/openslide-testdata
tries=5

E_USAGE=2 E_NETWORK=3 E_BROKEN=4 E_ABSENT=5

say() { printf 'fetch: %s\n' "$*" >&2; }
die() {
    local status=$1
    shift
    say "$@"
    exit "$status"
}

usage() {
    cat <<EOF
usage: datasets/fetch.sh [--dir DIR] [--mirror URL|FOLDER] NAME...
       datasets/fetch.sh --list
Fetches slides into DIR (default: datasets/cache) and prints the path of the file to open.
NAME is one of --list, or any path of the source's index, e.g. Aperio/CMU-2.svs.
--mirror, or WSIPROC_DATASETS_MIRROR: another source laid out the same way, a URL or a local folder.
Exit status: 0 all there and checked, 2 usage, 3 source out of reach, 4 truncated or corrupted, 5 not at the source,
1 anything else.
EOF
}

# ---- Sources -------------------------------------------------------------------------------------------------

is_url() { [[ $1 == *://* ]]; }

# download URL FILE: appends what is missing to FILE. 0 complete as far as the server says, 10 nothing more to get,
# 11 broken off, 12 out of reach, 13 not there, 14 cannot resume.
download() {
    local rc=0 bar=(-sS)
    [ ! -t 2 ] || bar=(--progress-bar)
    if command -v curl >/dev/null 2>&1; then
        curl "${bar[@]}" -fL --connect-timeout 20 --speed-time 60 --speed-limit 1 -C - -o "$2" "$1" </dev/null || rc=$?
        case $rc in
        0) return 0 ;;
        18 | 28 | 52 | 55 | 56 | 92) [ -s "$2" ] && return 11 || return 12 ;;
        5 | 6 | 7 | 35 | 60) return 12 ;;
        33) return 14 ;;
        22) return "$(http_failure "$1" "$2")" ;;
        23) die 1 "cannot write $2" ;;
        *) return 12 ;;
        esac
    elif command -v wget >/dev/null 2>&1; then
        wget -q -c --tries=1 --timeout=30 -O "$2" "$1" </dev/null || rc=$?
        case $rc in
        0) return 0 ;;
        3) die 1 "cannot write $2" ;;
        8) return 13 ;;
        *) [ -s "$2" ] && return 11 || return 12 ;;
        esac
    fi
    die 1 "needs curl or wget (tools/setup installs curl)"
}

# After an HTTP error: 416 for a continued download means that the server has no more than we have.
http_failure() {
    local code
    code=$(curl -sL -o /dev/null -w '%{http_code}' --connect-timeout 20 -r "$(size_of "$2")-" "$1" </dev/null || true)
    case $code in
    416) echo 10 ;;
    404 | 410 | 403) echo 13 ;;
    *) echo 12 ;;
    esac
}

size_of() { if [ -e "$1" ]; then wc -c <"$1" | tr -d ' '; else echo 0; fi; }
sha_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# ---- The index: path -> size and SHA-256 -----------------------------------------------------------------------

index_file=
index_state= # "", json, yaml, none, unreachable

load_index() {
    [ -z "$index_state" ] || return 0
    local kind rc
    index_state=none
    for kind in json yaml; do
        index_file=$work/index.$kind
        rc=0
        if is_url "$source_root"; then
            download "$source_root/index.$kind" "$index_file" 2>/dev/null || rc=$?
        elif [ -e "$source_root/index.$kind" ]; then
            cp -- "$source_root/index.$kind" "$index_file"
        else
            rc=13
        fi
        if [ $rc -eq 12 ]; then
            index_state=unreachable
            return 0
        fi
        if [ $rc -eq 0 ] && readable_index "$kind"; then
            index_state=$kind
            return 0
        fi
    done
}

readable_index() {
    [ "$1" = yaml ] && return 0
    if ! command -v python3 >/dev/null 2>&1; then return 1; fi
    python3 -c 'import json, sys; assert isinstance(json.load(open(sys.argv[1])), dict)' "$index_file" 2>/dev/null ||
        {
            say "index.json of the source cannot be read, trying index.yaml"
            return 1
        }
}

# index_entry PATH: prints "size sha256 licence" ("-" for what is not known), nothing when PATH is not in it.
index_entry() {
    case $index_state in
    json)
        python3 - "$index_file" "$1" <<'EOF'
import json, sys
entry = json.load(open(sys.argv[1], encoding="utf-8")).get(sys.argv[2])
if isinstance(entry, dict):
    print(entry.get("size", "-"), str(entry.get("sha256", "-")).lower(), entry.get("license", "-"))
EOF
        ;;
    yaml)
        awk -v want="$1" '
            function clean(s) { gsub(/^[ \t"\047]+|[ \t\r"\047]+$/, "", s); return s }
            /^[^ \t#]/ { key = $0; sub(/:[ \t\r]*$/, "", key); inside = clean(key) == want; if (inside) found = 1; next }
            inside && /^[ \t]+[A-Za-z0-9_]+:/ {
                key = clean(substr($0, 1, index($0, ":") - 1)); value = clean(substr($0, index($0, ":") + 1))
                if (value != "") entry[key] = value
            }
            function get(k) { return k in entry ? entry[k] : "-" }
            END { if (found) print get("size"), tolower(get("sha256")), get("license") }' "$index_file"
        ;;
    esac
}

# ---- One file --------------------------------------------------------------------------------------------------

# obtain PATH PART SIZE: brings PART to its full length, as far as can be told.
obtain() {
    local path=$1 part=$2 size=$3 rc before attempt
    if ! is_url "$source_root"; then
        local from=$source_root/$path
        [ -e "$from" ] || from=$source_root/$(basename "$path")
        [ -e "$from" ] || die $E_ABSENT "$path is not in $source_root"
        cp -- "$from" "$part" || die 1 "cannot write $part"
        return 0
    fi
    for ((attempt = 1; attempt <= tries; attempt++)); do
        before=$(size_of "$part")
        if [ "$size" != - ] && [ "$before" -gt "$size" ]; then
            rm -f -- "$part"
            before=0
        fi
        [ "$size" = - ] || [ "$before" -ne "$size" ] || return 0
        [ "$before" -eq 0 ] || say "$path: continuing after $before bytes"
        rc=0
        download "$source_root/$path" "$part" || rc=$?
        case $rc in
        0 | 10)
            [ "$size" = - ] || [ "$(size_of "$part")" -ge "$size" ] || short_source "$path" "$part" "$size"
            return 0
            ;;
        11) say "$path: connection broke off at $(size_of "$part") bytes" ;;
        13) rm -f -- "$part" && die $E_ABSENT "$source_root has no $path" ;;
        14) say "$path: the source cannot resume, starting over" && rm -f -- "$part" ;;
        *) unreachable "$path" ;;
        esac
    done
    die $E_BROKEN "$path: truncated: $(size_of "$part")$([ "$size" = - ] || printf ' of %s' "$size") bytes after" \
        "$tries attempts; run again to continue"
}

short_source() {
    local got
    got=$(size_of "$2")
    rm -f -- "$2"
    die $E_BROKEN "$1: truncated: the source has $got of $3 bytes"
}

unreachable() {
    say "$1: cannot reach $source_root (no network?)"
    say "give another source with --mirror URL|FOLDER or WSIPROC_DATASETS_MIRROR, or use a slide of your own;"
    die $E_NETWORK "without any, wsiproc takes synthetic:WxH as a slide"
}

# place PATH FILE SIZE SHA: FILE with the right checksum.
place() {
    local path=$1 file=$2 size=$3 sha=$4 part=$2.part resumed got
    if [ -e "$file" ]; then
        if [ "$(sha_of "$file")" = "$sha" ]; then
            say "$path: already there, checksum right"
            return 0
        fi
        say "$path: $file has a wrong checksum, fetching it again"
    fi
    resumed=$(size_of "$part")
    while :; do
        obtain "$path" "$part" "$size"
        got=$(sha_of "$part")
        [ "$got" != "$sha" ] || break
        local length
        length=$(size_of "$part")
        rm -f -- "$part"
        # What an earlier run left may have been bad: once more from nothing before blaming the source.
        if [ "$resumed" -eq 0 ]; then
            [ "$size" = - ] || [ "$length" -ge "$size" ] || die $E_BROKEN "$path: truncated: $length of $size bytes"
            die $E_BROKEN "$path: corrupted: SHA-256 is $got, not $sha ($length bytes); removed"
        fi
        say "$path: continued download has a wrong checksum, starting over"
        resumed=0
    done
    mv -f -- "$part" "$file"
    say "$path: SHA-256 right"
}

# unpack ARCHIVE FOLDER: into a temporary folder first, so that FOLDER is whole or absent.
unpack() {
    [ ! -d "$2" ] || [ "$1" -nt "$2" ] || return 0
    local temporary=$2.part
    rm -rf -- "$temporary" "$2"
    mkdir -p -- "$temporary"
    if command -v unzip >/dev/null 2>&1; then
        unzip -q "$1" -d "$temporary" </dev/null >&2
    else
        python3 -m zipfile -e "$1" "$temporary"
    fi || die $E_BROKEN "$1: cannot unpack"
    mv -- "$temporary" "$2"
    touch -- "$2"
}

fetch_one() {
    local name=$1 row path main size sha licence isize isha
    row=$(awk -F '\t' -v n="$name" '!/^#/ && ($1 == n || $2 == n)' "$manifest" | head -n 1)
    if [ -n "$row" ]; then
        IFS=$'\t' read -r _ path main size sha _ <<<"$row"
    elif [[ $name == */* && $name != *..* && $name != /* ]]; then
        path=$name main=$(basename "$name") size=- sha=-
    else
        die $E_USAGE "unknown slide \"$name\"; --list shows those known"
    fi

    load_index
    read -r isize isha licence < <(index_entry "$path") || true
    [[ ${isize:-} =~ ^[0-9]+$ ]] || isize=-
    [[ ${isha:-} =~ ^[0-9a-f]{64}$ ]] || isha=-
    if [ "$sha" = - ]; then
        [ "$index_state" != unreachable ] || unreachable "$path"
        [ "$isha" != - ] || die $E_ABSENT "$path: no SHA-256 known: not in manifest.tsv, and no index of" \
            "$source_root has it"
        sha=$isha size=$isize
    elif [ "$size" = - ] && [ "$isha" = "$sha" ]; then
        size=$isize
    fi

    local file=$dir/${path//\//-}
    [[ $path == *.zip ]] || file=$dir/$main
    place "$path" "$file" "$size" "$sha"
    say "$path: licence: ${licence:-see $default_source/}"
    if [[ $path == *.zip ]]; then
        unpack "$file" "${file%.zip}"
        file=$(find "${file%.zip}" -name "$main" -type f | head -n 1)
        [ -n "$file" ] || die $E_BROKEN "$path: no $main inside"
    fi
    printf '%s\n' "$file"
}

list() {
    awk -F '\t' '!/^#/ && NF { printf "%-24s %s\n", $1, $6 }' "$manifest"
    printf '\nOpenSlide test data, free to use and distribute; each file'\''s licence and credit stand in\n%s/index.json\n' \
        "$default_source"
}

# ---- Command line ------------------------------------------------------------------------------------------------

dir=$here/cache
source_root=${WSIPROC_DATASETS_MIRROR:-$default_source}
names=()
while [ $# -gt 0 ]; do
    case $1 in
    --list) list && exit 0 ;;
    -h | --help) usage && exit 0 ;;
    --dir | --mirror)
        [ $# -ge 2 ] || die $E_USAGE "$1 needs a value"
        if [ "$1" = --dir ]; then dir=$2; else source_root=$2; fi
        shift
        ;;
    -*) usage >&2 && exit $E_USAGE ;;
    *) names+=("$1") ;;
    esac
    shift
done
[ ${#names[@]} -gt 0 ] || { usage >&2 && exit $E_USAGE; }
source_root=${source_root%/}
source_root=${source_root#file://}
is_url "$source_root" || [ -d "$source_root" ] || die $E_NETWORK "mirror folder $source_root is not there"

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -p -- "$dir" || die 1 "cannot make $dir"
for name in "${names[@]}"; do
    fetch_one "$name"
done
