#!/bin/sh
# Starts Watchdesk with the Node that comes with its package, whatever Node the system has.
# It stays one process: signals and exit codes are those of Watchdesk itself.
set -u
self=$(readlink -f -- "$0") || exit 1
dist=$(dirname -- "$self")
for node in "$dist/../node_modules/node/bin/node" "$dist/../../node/bin/node"; do
  [ -x "$node" ] && exec "$node" "$dist/src/main.js" "$@"
done
node=$(command -v node) || { echo "watchdesk: found no Node.js; install Node.js 26 or later" >&2; exit 1; }
major=$("$node" -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 26 ]; then
  echo "watchdesk: needs Node.js 26 or later, but $node is $("$node" -v) and the one of the package is missing." >&2
  echo "Install again with install scripts allowed, or put Node.js 26 in the PATH." >&2
  exit 1
fi
exec "$node" "$dist/src/main.js" "$@"
