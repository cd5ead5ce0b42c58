# What the tests with real peers share; to be sourced. It goes to the project's folder, builds wskey and puts it into PATH.
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
logs=$target/peers/logs
mkdir -p "$logs"
cargo build --quiet --locked --bin wskey
export PATH=$target/debug:$PATH no_proxy=127.0.0.1

servers=()
trap '[ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true' EXIT

# listen LOG COMMAND...: starts a server that prints its port first, its stderr to LOG, and sets $port and $at, its address.
listen() {
    local stdout log=$1
    shift
    exec {stdout}< <(exec "$@" 2> "$log")
    servers+=($!)
    read -r -t 30 -u "$stdout" port || { echo "it has not started: $*; see $log" >&2; exit 2; }
    at=http://127.0.0.1:$port
}

# start NAME: starts that server.
start() { listen "$logs/$1.log" tests/peers/serve "$1"; }

passed=0 failed=0

# expect CODE TEXT COMMAND...: the command exits with CODE, and TEXT is in what it says. $name is what the line is called.
expect() {
    local wanted=$1 text=$2 code=0 output
    shift 2
    output=$("$@" 2> "$logs/stderr") || code=$?
    output+=$'\n'$(< "$logs/stderr")
    if [ "$code" -eq "$wanted" ] && [[ $output == *"$text"* ]]; then
        echo "ok    $name: exits $code"
        passed=$((passed + 1))
    else
        printf 'FAIL  %s: exits %s, expected %s and "%s" from: %s\n%s\n' "$name" "$code" "$wanted" "$text" "$*" "$output"
        failed=$((failed + 1))
    fi
}

# finish: says how it went; the last command of a test.
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
