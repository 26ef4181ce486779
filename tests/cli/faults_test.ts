// The command line where the system has no more to give: one line that says so, and what to do.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { output } from "../handover/_fixtures.ts";
import { loopDevice, mayMountImages } from "../_loop.ts";
import { mayMount, works } from "../_works.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;
const DMACOPY = `"${Deno.execPath()}" run -A ${MAIN}`;
const MIB = 2 ** 20;
/** Root may lock as much memory as it likes. */
const NO_PRIVILEGE = Deno.uid() === 0
  ? "setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock"
  : "";

/** Runs an action with a folder and a file of `bytes` zeros in it, which take no space. */
async function withFile(
  bytes: number,
  action: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  try {
    await Deno.writeFile(`${folder}/model.bin`, new Uint8Array());
    await Deno.truncate(`${folder}/model.bin`, bytes);
    await action(`${folder}/model.bin`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function shell(script: string) {
  // Deno reads the certificates at a time of its own, and warns where the limit stops that.
  const env = { NO_COLOR: "1", INIT_CWD: "", NODE_EXTRA_CA_CERTS: "" };
  return await output("bash", ["-c", script], { env });
}

/** The mounts in there disappear with the last process. */
const NAMESPACE = "unshare --map-root-user --mount";
const MAY_MOUNT = mayMount();
/** A loop device takes the real root. */
const ROOTS_NAMESPACE = "unshare --mount";
const MAY_MOUNT_IMAGES = mayMountImages();

/** A kernel may know ext4 and lack ext2, as the lab's does. */
const HAS_EXT2 = /\text2$/m.test(Deno.readTextFileSync("/proc/filesystems")) ||
  works("modprobe", ["ext2"]);

/** A filesystem of a few MiB: on a disk that is a file, or in memory. */
interface Filesystem {
  namespace: string;
  /** The call that finds it full. */
  call: string;
  ignore: boolean;
}

const FILESYSTEMS: Record<string, Filesystem> = {
  "tmpfs": { namespace: NAMESPACE, call: "fallocate", ignore: !MAY_MOUNT },
  "ext4": { namespace: ROOTS_NAMESPACE, call: "fallocate", ignore: !MAY_MOUNT_IMAGES },
  // It can't allocate a file before it is written, so the disk fills up during the write.
  "ext2": { namespace: ROOTS_NAMESPACE, call: "pwrite", ignore: !MAY_MOUNT_IMAGES || !HAS_EXT2 },
};

/** A filesystem made on a device, until disposed of. */
function deviceWith(type: string, folder: string): { path: string } & Disposable {
  const image = `${folder}/image`;
  assert(works("mke2fs", ["-q", "-t", type, "-m", "0", image, "4m"]));
  return loopDevice(image);
}

for (const [name, { namespace, call, ignore }] of Object.entries(FILESYSTEMS)) {
  Deno.test({
    name: `dmacopy copy leaves nothing on a full ${name}, and says so`,
    ignore,
    async fn() {
      await withFile(8 * MIB, async (path, folder) => {
        await Deno.mkdir(`${folder}/full`);
        using device = name === "tmpfs" ? null : deviceWith(name, folder);
        const what = device?.path ?? "-t tmpfs -o size=2m full";
        const script = `set -e; mount ${what} ${folder}/full; cd ${folder}/full; ` +
          `echo old > out; set +e; ${DMACOPY} copy fd:3 out -q --chunk 64k; echo $?; ` +
          "rm -rf lost+found; ls -A; cat out";
        await Deno.writeTextFile(`${folder}/script`, script);
        const save = `${namespace} sh ${folder}/script 2>&1`;
        const { stdout } = await shell(`${DMACOPY} copy ${path} memfd -q --exec ${save}`);
        assertMatch(
          stdout,
          new RegExp(`^dmacopy: ${call} \\S*out: ENOSPC .*: that disk is full: .*$`, "m"),
        );
        assertEquals(stdout.split("\n").slice(1), ["1", "out", "old", ""]);
      });
    },
  });
}

Deno.test("dmacopy copy says which limit is too low", async () => {
  await withFile(8 * MIB, async (path, folder) => {
    const [files, locked, load, save] = await Promise.all([
      // The failing call may be any that needs a descriptor.
      shell(
        `for n in 96 97 98 99 100; do (ulimit -n $n; ${DMACOPY} copy ${path} memfd -q --split 64k)
        done`,
      ),
      shell(`ulimit -l 64; ${NO_PRIVILEGE} ${DMACOPY} copy ${path} memfd -q --method io_uring`),
      shell(`ulimit -f 1024; ${DMACOPY} copy ${path} memfd -q`),
      shell(
        `cd ${folder}; ${DMACOPY} copy ${path} memfd -q --exec ` +
          `bash -c 'ulimit -f 1024; ${DMACOPY} copy fd:3 out -q'; echo $?; ls -A`,
      ),
    ]);
    for (const { stderr } of [load, save]) {
      assertMatch(stderr, /^dmacopy: [^\n]* EFBIG [^\n]*: raise ulimit -f[^\n]*\n$/);
    }
    assertEquals([load.code, load.stdout, save.stdout], [1, "", "1\nmodel.bin\n"]);
    assertMatch(
      files.stderr,
      /^(dmacopy: [^\n]*Too many open files[^\n]*: raise ulimit -n[^\n]*\n){5}$/,
    );
    assertMatch(
      locked.stderr,
      /^dmacopy: [^\n]*io_uring_(register|setup) [^\n]*: raise ulimit -l[^\n]*\n$/,
    );
    assertEquals([files.code, files.stdout, locked.code, locked.stdout], [1, "", 1, ""]);
    // io_uring is not needed unless --method asks for it.
    const other = await shell(`ulimit -l 0; ${NO_PRIVILEGE} ${DMACOPY} copy ${path} memfd -q`);
    assertEquals(other, { code: 0, stdout: "", stderr: "" });
  });
});
