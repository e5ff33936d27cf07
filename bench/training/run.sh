#!/bin/sh
# Compares fits and predictions with scikit-learn and LightGBM, in turns, so that a busy machine is unfair to nobody:
#
#   python3 -m venv venv && venv/bin/pip install -r bench/training/requirements.txt
#   PYTHON=venv/bin/python bench/training/run.sh DATA.csv SPLIT.json [ROUNDS]
set -eu
[ $# -ge 2 ] || { echo "usage: run.sh DATA.csv SPLIT.json [ROUNDS]" >&2; exit 2; }
data=$1 split=$2 rounds=${3:-3} python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
target=${CARGO_TARGET_DIR:-$root/target}
cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p cuaderno-ml --example training_speed
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
for threads in 1 2; do
    round=0
    while [ "$round" -lt "$rounds" ]; do
        RAYON_NUM_THREADS=$threads "$target/release/examples/training_speed" "$data" "$split" 3 >>"$lines"
        "$python" "$here/peers.py" "$data" "$split" 3 "$threads" >>"$lines"
        round=$((round + 1))
    done
done
"$python" "$here/table.py" <"$lines"
