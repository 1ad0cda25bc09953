# For cases with a network card: a server on the host, and the guest's side of a connection.
# shellcheck shell=bash disable=SC2154 # variables of lib.sh

# serve FOLDER [ADDRESS]: starts a web server for it, on 127.0.0.1 unless told otherwise; its port
# is in $http_port, what it says in $work/http.
serve() {
  have python3 || skip 'no python3 here; images/setup tests'
  python3 "$guest_tests/http_server.py" "$1" "${2:-127.0.0.1}" >"$work/http" &
  http_server=$!
  trap 'kill "$http_server" 2>/dev/null || true; rm -rf -- "$work"' EXIT
  until [[ -s $work/http ]]; do sleep 0.1; done
  http_port=$(head -n 1 "$work/http")
}

# free_port: a TCP port of 127.0.0.1 that nobody uses just now.
free_port() {
  python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# The guest's card, up with the address that DHCP would give.
network_up='ifconfig eth0 10.0.2.15 up && route add default gw 10.0.2.2'

# feature BIT: whether the driver of the network card has it, from what the guest printed by
# $print_features.
print_features='for d in /sys/bus/virtio/drivers/virtio_net/virtio*; do
  echo "net features $(cat $d/features)"
done'
feature() {
  local bits
  bits=$(sed -n 's/^net features //p' "$log")
  [[ ${bits:$1:1} == 1 ]]
}
