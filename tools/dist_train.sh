#!/usr/bin/env bash
# Train with several processes on one or more machines:
#   tools/dist_train.sh CONFIG PROCESSES [flags of train.py]
set -euo pipefail

USAGE="usage: $0 CONFIG PROCESSES [flags of train.py]"
CONFIG=${1:?$USAGE}
GPUS=${2:?$USAGE}
TOOLS=$(cd "$(dirname "$0")" && pwd)

PYTHONPATH="$TOOLS/..${PYTHONPATH:+:$PYTHONPATH}" \
"${PYTHON:-python}" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$GPUS" \
    "$TOOLS/train.py" "$CONFIG" --launcher pytorch "${@:3}"
