#!/usr/bin/env bash
# Runs the scenario without Docker, and writes what happened to lb_custom_output.txt (or $OUTPUT).
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
here=$root/samples/round-robin
output=${OUTPUT:-$here/lb_custom_output.txt}
lb_port=${LB_PORT:-8080}
admin_port=${ADMIN_PORT:-9901}
web1_port=${WEB1_PORT:-8001}
web2_port=${WEB2_PORT:-8002}
web3_port=${WEB3_PORT:-8003}
url=http://localhost:$lb_port

start_web2() { start web2 "$BACKEND" --name web2 --port "$web2_port" >&2; }

# The load balancer's own view: available <name> <true|false>
is_available() {
  answers "http://localhost:$admin_port/api/clusters" | tr -d ' \r\n' | grep -Eq "\"name\":\"$1\",[^}]*\"available\":$2"
}

# requests <n>: one line for each, with status, body and the server that answered
requests() {
  local n answer status backend
  for ((n = 1; n <= $1; n++)); do
    answer=$(curl --silent --include --max-time 10 "$url" | tr -d '\r')
    status=$(sed -n '1s/^HTTP[^ ]* //p' <<<"$answer")
    backend=$(sed -n 's/^X-Backend: //p' <<<"$answer")
    echo "$n: $status | $(tail -n 1 <<<"$answer") | answered by ${backend:-the load balancer itself}"
  done
}

for port in "$lb_port" "$admin_port" "$web1_port" "$web2_port" "$web3_port"; do must_be_free "$port"; done
build
start web1 "$BACKEND" --name web1 --port "$web1_port" >&2
start_web2
start web3 "$BACKEND" --name web3 --port "$web3_port" >&2

for port in "$web1_port" "$web2_port" "$web3_port"; do
  until_true "the server on port $port answers" answers "http://localhost:$port/health"
done

# The same file as in compose.yaml; only the addresses are those of this machine.
export LoadBalancer__Listeners__http__Url=$url LoadBalancer__Admin__Url=http://localhost:$admin_port
export LoadBalancer__Clusters__web__Destinations__web1__Address=http://localhost:$web1_port
export LoadBalancer__Clusters__web__Destinations__web2__Address=http://localhost:$web2_port
export LoadBalancer__Clusters__web__Destinations__web3__Address=http://localhost:$web3_port
start lb "$PROXY" --config "$here/loadbalancer.json" >&2
for name in web1 web2 web3; do until_true "$name is available" is_available $name true; done

{
  echo "== Round robin: curl $url, five times"
  requests 5

  echo
  echo "== web2 is stopped: requests meant for it, before any health check has noticed, go to one of the others, in no fixed order; no client sees an error"
  stop web2
  requests 6

  until_true "web2 is out" is_available web2 false
  echo
  echo "== The health check has taken web2 out: the other two share the requests"
  requests 4

  echo
  echo "== All are stopped: the load balancer says so itself"
  stop web1
  stop web3
  requests 2

  start_web2
  until_true "web2 is back" is_available web2 true
  echo
  echo "== web2 is back, and found by the health check"
  requests 2

  echo
  cat "$here/reflection.txt"
} >"$output.part"
mv "$output.part" "$output"
echo "wrote $(basename "$output")"
