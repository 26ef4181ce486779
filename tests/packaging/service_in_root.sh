# Run as root by systemd as process 1, after in_root.sh: the service is started by its socket, and
# answers Python with NumPy as another user of the group.
set -eu
export LC_ALL=C.UTF-8
tell() {
  echo "the service's log:"
  journalctl --no-pager -u 'dmacopy@*'
}
trap '[ $? = 0 ] || tell' EXIT
as() {
  user=$1
  shift
  setpriv --reuid "$user" --regid "$user" --init-groups "$@"
}
state() {
  systemctl is-active "dmacopy@$1.service" || true
}
# A slow machine may take longer to start the service than a client waits.
reads() {
  as reader python3 -c '
import dmacopy, numpy
for left in reversed(range(30)):
    try:
        buffers = dmacopy.receive("/run/dmacopy/m.sock")
        break
    except TimeoutError:
        if not left:
            raise
with buffers as [buffer]:
    content = numpy.frombuffer(buffer.map(), numpy.uint8)
print("read", content.tobytes().decode().strip())'
}

systemctl enable --quiet --now dmacopy@m.socket
stat -c 'socket %a %U %G' /run/dmacopy/m.sock
echo "before $(state m)"
reads
echo "after $(state m)"
systemctl show --property=StatusText dmacopy@m.service
! as stranger python3 -c 'import dmacopy; dmacopy.receive("/run/dmacopy/m.sock")' 2>/tmp/refused
grep -o PermissionError /tmp/refused | head -n 1
grep -c . "/proc/$(systemctl show --value --property=MainPID dmacopy@m.service)/maps" >/dev/null

# It says that the socket still listens, as it should.
systemctl stop dmacopy@m.service 2>/dev/null
echo "stopped $(state m) $(systemctl show --value --property=Result dmacopy@m.service)"
reads
echo "again $(state m)"
systemctl stop dmacopy@m.socket dmacopy@m.service
[ -e /run/dmacopy/m.sock ] || echo "socket gone"

echo MODEL=/srv/none >/etc/dmacopy/none.conf
! systemctl start dmacopy@none.service 2>/dev/null || exit 1
journalctl --no-pager --output=cat -u dmacopy@none.service | grep -o 'dmacopy: .*/srv/none.*'
echo "none $(state none)"
