# Run as root in a clean root of Debian that has the package as /srv/dmacopy.deb and the client for
# Python as /srv/python: installs both, runs the command, and verifies the units and rules.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
quietly() {
  "$@" >/tmp/log 2>&1 || { cat /tmp/log >&2; exit 1; }
}
quietly apt-get update -qq
quietly apt-get install -y -qq --no-install-recommends /srv/dmacopy.deb
! command -v cc || exit 1
cd /srv
echo "version $(dmacopy --version)"
echo weights >model.bin
echo "copied $(dmacopy copy model.bin memfd --verify --quiet --exec sh -c 'head -n 1 <&3')"
for file in man/man1/dmacopy.1.gz bash-completion/completions/dmacopy \
  zsh/vendor-completions/_dmacopy fish/vendor_completions.d/dmacopy.fish; do
  # Minimal roots may leave manuals out.
  [ -s "/usr/share/$file" ] || dpkg -L dmacopy | grep -qx "/usr/share/$file"
done

quietly apt-get install -y -qq --no-install-recommends systemd udev python3-numpy python3-pip \
  python3-setuptools python3-wheel
echo MODEL=/srv/model.bin >/etc/dmacopy/m.conf
systemd-analyze verify --man=no dmacopy@m.service dmacopy@m.socket
systemd-analyze security --offline=true dmacopy@m.service |
  sed -n 's/.*exposure level[^:]*: \([0-9.]*\).*/exposure \1/p'
if udevadm verify --help >/dev/null 2>&1; then
  quietly udevadm verify "$(dpkg -L dmacopy | grep 70-dmacopy.rules)"
  echo "rules verified"
fi

set -- --no-index --no-deps --no-build-isolation --root-user-action=ignore
! python3 -m pip install --help | grep -q break-system-packages || set -- "$@" --break-system-packages
quietly python3 -m pip install "$@" /srv/python
useradd --groups dmacopy reader
useradd stranger
