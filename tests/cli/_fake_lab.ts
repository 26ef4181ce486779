import { factsOf, HOST_ARCH } from "../../kernel/lab/arch.ts";
import { DEFAULT_MODEL_BYTES, diskName } from "../../kernel/lab/disk.ts";
import { readRecipe } from "../../kernel/lab/variant.ts";
import { works } from "../_works.ts";
import { DENO_DIR } from "./_run.ts";

const FACTS = factsOf(HOST_ARCH);
/** The files that the lab takes from the host in any case. */
const NEEDED = ["/usr/src/linux-source-6.12.tar.xz", "/bin/busybox"];
/** A disk image of the default size need not be made where there is one. */
const DISK = diskName(DEFAULT_MODEL_BYTES);

/** Stand-ins for the programs that take minutes. Each leaves its mark in $MARKS. */
const PROGRAMS: Record<string, string> = {
  tar: 'while [ "$1" != -C ]; do shift; done; printf "VERSION = 6\\n" >"$2/Makefile"',
  patch: "cat >/dev/null",
  mke2fs: 'while [ $# -gt 2 ]; do shift; done; : >"$1"',
  make: `
    case "$*" in
      *allnoconfig) cp "$KCONFIG_ALLCONFIG" "$3/.config"; exit ;;
    esac
    trap 'echo ended >>"$MARKS"; exit 1' TERM
    mkdir "$2/busy" || { echo clash >>"$MARKS"; exit 1; }
    echo begun >>"$MARKS"
    sleep "$BUILD_SECONDS" & wait
    mkdir -p "$2/arch/${FACTS.kernel}/boot"
    echo kernel >"$2/arch/${FACTS.kernel}/boot/${FACTS.image}"
    rmdir "$2/busy"
    echo built >>"$MARKS"`,
  [FACTS.qemu]: `
    for arg; do
      case $arg in
        local,path=*) job=\${arg#local,path=}; job=\${job%%,*} ;;
        *dmacopy.device=*) device=\${arg#*dmacopy.device=}; device=\${device%% *} ;;
      esac
    done
    if [ -e "$RESULT" ] && [ "$DIES_AT" != "$device" ]; then
      sleep "$GUEST_SECONDS"
      model="{\\"bytesPerSecond\\":\${device%,*},\\"latencyUs\\":\${device#*,}}"
      sed "s/\\"device\\":null/\\"device\\":$model/" "$RESULT" >"$job/out/result.json"
      echo "measured $device" >>"$MARKS"
      [ ! -x "$job/program" ] || "$job/program" >"$job/stdout"
      echo 0 >"$job/status"
      exit
    fi
    cp "$PARTIAL" "$job/out/partial.json"
    kill -KILL $$`,
};

/**
 * A lab in an empty cache whose builds take as long as is said, and whose guests die; where $RESULT
 * is there, they run /job/program if they have it, and end well with the result, as of their own disk.
 */
export interface FakeLab extends AsyncDisposable {
  folder: string;
  cache: string;
  /** For the command line. */
  env: Record<string, string>;
  /** The marks that the programs have left so far. */
  marks(): Promise<string[]>;
}

/** Whether the host has what the fake lab needs. */
export function canFakeLab(): boolean {
  return NEEDED.every((path) => works("test", ["-e", path]));
}

/** Makes a fake lab. */
export async function fakeLab({ buildSeconds }: { buildSeconds: number }): Promise<FakeLab> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  await Deno.mkdir(`${folder}/bin`);
  for (const [name, text] of Object.entries(PROGRAMS)) {
    await Deno.writeTextFile(`${folder}/bin/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const [cache, marks] = [`${folder}/cache/dmacopy`, `${folder}/marks`];
  await Deno.mkdir(`${cache}/guest`, { recursive: true });
  await Deno.mkdir(`${cache}/kernel`);
  await Deno.writeTextFile(`${cache}/guest/${DISK}`, "");
  await Deno.writeTextFile(marks, "");
  return {
    folder,
    cache,
    env: {
      PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
      XDG_CACHE_HOME: `${folder}/cache`,
      // Deno's own cache is separate from the lab's.
      DENO_DIR,
      BUILD_SECONDS: String(buildSeconds),
      MARKS: marks,
      PARTIAL: `${folder}/partial.json`,
      RESULT: `${folder}/measured.json`,
      GUEST_SECONDS: "0",
      DIES_AT: "",
    },
    marks: async () => (await Deno.readTextFile(marks)).split("\n").filter(Boolean),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Puts a kernel into the fake lab's cache as if it had been built. */
export async function addKernel({ cache }: FakeLab): Promise<void> {
  const { name, key } = await readRecipe({});
  await Deno.writeTextFile(`${cache}/kernel/${FACTS.image}-${name}-${key}`, "kernel");
}
