# What the scripts of the samples share; they source it. Works with the bash of Linux and macOS.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pids=()

# Whatever way a script ends, nothing that it started stays behind.
end_all() {
  local pid
  for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null || true; done
  wait
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Builds the two programs, unless PROXY and BACKEND name executables that are there already.
build() {
  if [[ -z ${PROXY:-} || -z ${BACKEND:-} ]]; then
    echo "building ..." >&2
    dotnet build "$root/LoadBalancer.Proxy" --configuration Release --nologo --verbosity quiet --tl:off -clp:NoSummary >&2
    dotnet build "$root/LoadBalancer.Backend" --configuration Release --nologo --verbosity quiet --tl:off -clp:NoSummary >&2
    PROXY=$root/LoadBalancer.Proxy/bin/Release/net10.0/LoadBalancer.Proxy
    BACKEND=$root/LoadBalancer.Backend/bin/Release/net10.0/LoadBalancer.Backend
  fi
}

# must_be_free <port>: somebody else's server there would answer in place of ours.
must_be_free() {
  if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
    echo "port $1 is in use; the variables at the top of ${0##*/} choose other ports" >&2
    exit 1
  fi
}

# start <name> <command...>: runs it in the background; stop <name> ends it.
start() {
  local name=$1
  shift
  "$@" &
  pids+=($!)
  printf -v "pid_of_$name" %s $!
}

stop() {
  local pid=pid_of_$1
  kill "${!pid}"
  wait "${!pid}" 2>/dev/null || true
}

# until_true <what> <command...>: tries every tenth of a second until the command succeeds, for 30 seconds at most.
until_true() {
  local what=$1 tries
  shift
  for ((tries = 0; tries < 300; tries++)); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "gave up waiting until $what" >&2
  exit 1
}

answers() { curl --silent --fail --max-time 2 "$1"; }
