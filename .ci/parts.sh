# Sourced by .ci/run and .ci/full: runs a part and says how long it took; or says why it was left out.

# part NAME COMMAND...: the command is a program or a function, and runs in a shell of its own, which its first failure ends.
part() {
  local name=$1 begin=$SECONDS
  shift
  if ! bash -euo pipefail -c "$(declare -f)"'; "$@"' part "$@"; then
    echo "ci: $name: FAILED after $((SECONDS - begin)) s" >&2
    exit 1
  fi
  echo "ci: $name: passed in $((SECONDS - begin)) s"
}

skip() {
  echo "ci: $1: left out, $2"
}
