# podman.sh FOLDER SHORT build|run ARG…: podman with what it keeps in FOLDER, and in SHORT, a folder
# whose path is no longer than podman allows; for a user who may not raise limits. crun wants no other hierarchy of control groups than the unified one, which other
# machines have beside another.
set -eu
folder=$1
short=$2
command=$3
shift 3
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
case $command in
  build) set -- --isolation chroot --network host --build-arg BASE=localhost/base "$@" ;;
  run) set -- --cgroups disabled --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 "$@" ;;
esac
exec podman --root "$folder/store" --runroot "$short" --storage-driver overlay \
  --cgroup-manager cgroupfs "$command" "$@"
