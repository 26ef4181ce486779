# Run as root in a clean root of Debian that has a checkout at /srv/dmacopy: README's commands, which
# have to install what they take.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 NO_COLOR=1 HOME=/root
cd /srv/dmacopy

# step NAME COMMAND…: says that it is done, or all that it printed.
step() {
  name=$1
  shift
  if ! "$@" >/tmp/log 2>&1; then
    echo "$name failed: $*"
    cat /tmp/log
    exit 1
  fi
  echo "done: $name"
}

# readme LINE: runs a line that README has.
readme() {
  grep -qxF -- "$1" README.md || { echo "README has no line: $1"; exit 1; }
  sh -euc "$1"
}

echo weights >/srv/FILE
# All that README asks for.
step "npm" sh -euc "apt-get update && apt-get install -y --no-install-recommends npm"
step "copy" sh -euc "cd /srv && dmacopy/run copy FILE --verify"
step "doctor" ./run doctor
step "the unit tests" ./run test:unit
step "the package for npm" readme "./run npm"
step "npm install" readme "npm install -g ./dist/dmacopy-0.1.0.tgz"
test "$(dmacopy copy /srv/FILE memfd -q --exec head -c 7 /proc/self/fd/3)" = weights
npm uninstall -g dmacopy >/tmp/log 2>&1
step "the packages for Debian" readme "./run deb"
package=$(echo ./dist/dmacopy_*_"$(dpkg --print-architecture)".deb)
step "apt-get install" apt-get install -y "$package"
test "$(/usr/bin/dmacopy copy /srv/FILE memfd -q --exec head -c 7 /proc/self/fd/3)" = weights
# The longest: it builds a kernel.
step "bench --quick" ./run bench --quick
