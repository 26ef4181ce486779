# Run as root in a clean root of Debian that has the package as /tmp/dmacopy.deb: installs it, runs
# it, and has the service started by its socket answer another user of the group.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
quietly() {
  "$@" >/tmp/log 2>&1 || { cat /tmp/log >&2; exit 1; }
}
quietly apt-get update -qq
quietly apt-get install -y -qq --no-install-recommends /tmp/dmacopy.deb
! command -v cc || exit 1
cd /tmp
echo "version $(dmacopy --version)"
echo weights > /srv/model.bin
echo "copied $(dmacopy copy /srv/model.bin memfd --verify --quiet --exec sh -c 'head -n 1 <&3')"
for file in man/man1/dmacopy.1.gz bash-completion/completions/dmacopy \
  zsh/vendor-completions/_dmacopy fish/vendor_completions.d/dmacopy.fish; do
  # Minimal roots may leave manuals out.
  [ -s "/usr/share/$file" ] || dpkg -L dmacopy | grep -qx "/usr/share/$file"
done

echo MODEL=/srv/model.bin >/etc/dmacopy/m.conf
systemd-analyze verify --man=no dmacopy@m.service dmacopy@m.socket
systemd-analyze security --offline=true dmacopy@m.service | sed -n 's/.*exposure level[^:]*: \([0-9.]*\).*/exposure \1/p'
quietly apt-get install -y -qq --no-install-recommends udev python3-numpy
if udevadm verify --help >/dev/null 2>&1; then
  quietly udevadm verify "$(dpkg -L dmacopy | grep 70-dmacopy.rules)"
  echo "rules verified"
fi

# systemd itself does not run here: its own tool starts the unit's command as its socket unit does.
useradd --groups dmacopy reader
useradd stranger
unit=$(dpkg -L dmacopy | grep 'dmacopy@.service$')
command=$(sed -n 's/^ExecStart=//p' "$unit" | sed 's/%i/m/; s#${MODEL}#/srv/model.bin#; s/\$OPTIONS//')
# shellcheck disable=SC2086 # the unit's words
setpriv --reuid dmacopy --regid dmacopy --init-groups env XDG_CACHE_HOME=/tmp/cache HOME=/tmp \
  systemd-socket-activate --listen=/run/dmacopy/m.sock $command 2>/tmp/service.log &
service=$!
until [ -S /run/dmacopy/m.sock ]; do sleep 0.1; done
chmod 0660 /run/dmacopy/m.sock
as() {
  user=$1
  shift
  setpriv --reuid "$user" --regid "$user" --init-groups env PYTHONPATH=/tmp/python "$@"
}
as reader python3 -c '
import dmacopy, numpy
with dmacopy.receive("/run/dmacopy/m.sock") as [buffer], buffer.reading() as memory:
    print("read", numpy.frombuffer(memory, numpy.uint8).tobytes().decode().strip())
' || { cat /tmp/service.log >&2; exit 1; }
! as stranger python3 -c 'import dmacopy; dmacopy.receive("/run/dmacopy/m.sock")' 2>/tmp/refused
grep -o PermissionError /tmp/refused | head -n 1
kill "$service"
