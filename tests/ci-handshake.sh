#!/usr/bin/env bash
# Does the WebSocket server at URL answer the opening handshake correctly? Exits 0 if so, 1 if not, 2 if there was nothing to judge.
# Usage: ci-handshake.sh http://HOST:PORT/PATH [COMMAND [ARGUMENT]...]     COMMAND starts the server; it is stopped afterwards
set -euo pipefail
[ $# -gt 0 ] || { echo 'usage: ci-handshake.sh URL [COMMAND [ARGUMENT]...]' >&2; exit 2; }
url=$1
shift
if [ $# -gt 0 ]; then
    "$@" &
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
fi

# Whether the server still runs, where this script has started one.
is_alive() { [ -z "${server-}" ] || kill -0 "$server" 2>/dev/null; }

key=$(wskey gen)

# After a 101 curl stays connected until -m ends it, and exits with 28: that is the good case. 7 means that nobody listens yet.
for _ in {1..25}; do
    code=0
    response=$(curl -s --http1.1 -m 2 -D - -o /dev/null -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
        -H 'Sec-WebSocket-Version: 13' -H "Sec-WebSocket-Key: $key" "$url") || code=$?
    [ "$code" -eq 7 ] && is_alive || break
    sleep 0.2
done
if ! is_alive; then
    echo "the server has exited${response:+; another server answered}" >&2
    exit 2
fi
case $response in
    'HTTP/1.1 101'*) ;;
    HTTP/*) printf 'the response is not a 101: %q\n' "${response%%$'\r'*}" >&2; exit 1 ;;
    *) echo "no response from $url (curl exited with $code)" >&2; exit 2 ;;
esac

accept=$(awk 'tolower($0) ~ /^sec-websocket-accept:/ { sub(/^[^:]*:/, ""); sub(/\r$/, ""); print }' <<< "$response")
wskey verify -- "$key" "$accept"
