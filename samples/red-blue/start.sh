#!/usr/bin/env bash
# Starts the red server, the blue server and the load balancer, and ends them at Ctrl+C.
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
red_port=${RED_PORT:-8001}
blue_port=${BLUE_PORT:-8002}
lb_port=${LB_PORT:-9000}
admin_port=${ADMIN_PORT:-9901}

for port in "$red_port" "$blue_port" "$lb_port" "$admin_port"; do must_be_free "$port"; done
build
start red "$BACKEND" --name server1 --port "$red_port" --message "<h1 style='color:red;'>Red Server - Server 1</h1>"
start blue "$BACKEND" --name server2 --port "$blue_port" --message "<h1 style='color:blue;'>Blue Server - Server 2</h1>"
until_true "the red server answers" answers "http://localhost:$red_port/health"
until_true "the blue server answers" answers "http://localhost:$blue_port/health"

export LoadBalancer__Listeners__http__Url=http://localhost:$lb_port LoadBalancer__Admin__Url=http://localhost:$admin_port
export LoadBalancer__Clusters__pages__Destinations__server1__Address=http://localhost:$red_port
export LoadBalancer__Clusters__pages__Destinations__server2__Address=http://localhost:$blue_port
start lb "$PROXY" --config "$root/samples/red-blue/loadbalancer.json"
until_true "the load balancer is ready" answers "http://localhost:$admin_port/health"
wait
