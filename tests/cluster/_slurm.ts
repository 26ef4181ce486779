import { hostname } from "node:os";

/** Slurm's daemons with a configuration of their own, on this machine alone. */
export interface Slurm extends AsyncDisposable {
  /** Runs one of its programs, and gives what it prints. */
  run(program: string, args: string[]): Promise<string>;
}

const DAEMONS = ["munged", "slurmctld", "slurmd"];

/** Why Slurm can't be tried here; null where it can. */
export function slurmObstacle(): string | null {
  if (Deno.uid() !== 0) return "its daemons need root";
  const missing = [...DAEMONS, "sbatch"].filter((name) =>
    !["/usr/bin/", "/usr/sbin/"].some((folder) => {
      try {
        return Deno.statSync(folder + name).isFile;
      } catch {
        return false;
      }
    })
  );
  if (missing.length === 0) return null;
  return `there is no ${missing[0]}: apt-get install slurm-wlm munge`;
}

function freePort(): number {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function configuration(folder: string, node: string, cpus: number): string {
  return `
ClusterName=dmacopy
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${freePort()}
SlurmdPort=${freePort()}
AuthType=auth/munge
# A requeued job may start again only when its credential has ended, after two minutes as it is.
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
SlurmUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
KillWait=2
NodeName=${node} NodeAddr=127.0.0.1 CPUs=${cpus} State=UNKNOWN
PartitionName=all Nodes=${node} Default=YES State=UP
`;
}

/** Starts them; `folder` gets their files. */
export async function startSlurm(folder: string): Promise<Slurm> {
  const node = hostname().split(".")[0]!;
  for (const name of ["state", "spool"]) await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeFile(`${folder}/munge.key`, crypto.getRandomValues(new Uint8Array(1024)), {
    mode: 0o400,
  });
  const cpus = navigator.hardwareConcurrency;
  await Deno.writeTextFile(`${folder}/slurm.conf`, configuration(folder, node, cpus));
  await Deno.chmod(folder, 0o755);
  const env = { SLURM_CONF: `${folder}/slurm.conf` };
  const daemon = (name: string, args: string[]) =>
    new Deno.Command(name, { args, env, stdout: "null", stderr: "null" }).spawn();
  const munged = ["-F", "--force", "--key-file", `${folder}/munge.key`];
  const files = ["pid-file", "log-file", "seed-file", "socket"];
  const places = files.flatMap((name) => [`--${name}`, `${folder}/munge.${name.slice(0, 6)}`]);
  const children = [
    daemon("munged", [...munged, ...places]),
    daemon("slurmctld", ["-D", "-L", `${folder}/slurmctld.log`]),
    daemon("slurmd", ["-D", "-N", node, "-L", `${folder}/slurmd.log`]),
  ];
  return {
    async run(program, args) {
      const { success, stdout, stderr } = await new Deno.Command(program, { args, env }).output();
      const text = (data: Uint8Array) => new TextDecoder().decode(data);
      if (!success) throw new Error(`${program} ${args.join(" ")}: ${text(stderr)}`);
      return text(stdout);
    },
    async [Symbol.asyncDispose]() {
      for (const child of children.toReversed()) {
        try {
          child.kill("SIGKILL");
        } catch { /* It has ended. */ }
        await child.status;
      }
    },
  };
}
