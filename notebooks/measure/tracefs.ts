/** A kprobe or an event of the kernel's, and the histogram to keep of it. */
export interface Probe {
  /** Its name in the results. */
  name: string;
  /**
   * A kprobe's definition (Documentation/trace/kprobetrace.rst), `p` or `r` first; the fields of a
   * synthetic event, `s` first; or `e:SYSTEM/EVENT`, an event that the kernel has.
   */
  define: string;
  /** The trigger's keys and values (Documentation/trace/histogram.rst). */
  hist: string;
  /** The hits that count: those of the calling thread, or all. @default "thread" */
  of?: "thread" | "all";
}

/** One line of a histogram: its key, its hits, and the sums of its values. */
export type HistogramLine = Record<string, number> & { hitcount: number };

const TRACEFS = "/sys/kernel/tracing";
const GROUP = "dmacopy";

/** Reads a histogram as tracefs prints it, `{ key: N } hitcount: N  value: N`. */
export function parseHistogram(text: string): HistogramLine[] {
  return text.split("\n").filter((line) => line.startsWith("{")).map((line) => {
    const fields = [...line.matchAll(/([\w$.-]+):\s+(-?\d+)/g)].map(([, name, value]) =>
      [name!, Number(value)] as const
    );
    return { hitcount: 0, ...Object.fromEntries(fields) };
  });
}

/** Mounts tracefs if it is not mounted. */
export function mountTracefs(): void {
  if ([...Deno.readDirSync(TRACEFS)].length > 0) return;
  const { success, stderr } = new Deno.Command("mount", {
    args: ["-t", "tracefs", "tracefs", TRACEFS],
  }).outputSync();
  if (!success) throw new Error(`no tracefs: ${new TextDecoder().decode(stderr).trim()}`);
}

function write(path: string, text: string): void {
  try {
    Deno.writeTextFileSync(`${TRACEFS}/${path}`, text, { append: true, create: false });
  } catch (cause) {
    const log = Deno.readTextFileSync(`${TRACEFS}/error_log`).trim().split("\n").slice(-4);
    throw new Error(`${path} refuses "${text}": ${log.join(" ")}`, { cause });
  }
}

/** The place of an event below events/, and the commands to define and remove it. */
function placeOf({ name, define }: Probe): { event: string; file?: string; lines: string[] } {
  const rest = define.slice(2);
  if (define.startsWith("e:")) return { event: rest, lines: [] };
  if (define.startsWith("s ")) {
    const lines = [`${name} ${rest}`, `!${name}`];
    return { event: `synthetic/${name}`, file: "synthetic_events", lines };
  }
  const lines = [`${define[0]}:${GROUP}/${name} ${rest}`, `-:${GROUP}/${name}`];
  return { event: `${GROUP}/${name}`, file: "kprobe_events", lines };
}

function triggerOf({ hist, of = "thread" }: Probe): string {
  return `hist:${hist}${of === "thread" ? ` if common_pid == ${Deno.pid}` : ""}`;
}

/** Sets probes, which count from zero, until disposed of. */
export class Tracer implements Disposable {
  readonly #probes: readonly Probe[];

  constructor(probes: readonly Probe[]) {
    this.#probes = probes;
    for (const probe of probes) {
      const { event, file, lines } = placeOf(probe);
      if (file) write(file, `${lines[0]}\n`);
      write(`events/${event}/trigger`, triggerOf(probe));
    }
  }

  /** The counts, by the probes' names. */
  read(): Record<string, HistogramLine[]> {
    return Object.fromEntries(this.#probes.map((probe) => [
      probe.name,
      parseHistogram(Deno.readTextFileSync(`${TRACEFS}/events/${placeOf(probe).event}/hist`)),
    ]));
  }

  [Symbol.dispose](): void {
    const probes = [...this.#probes].reverse();
    for (const probe of probes) {
      write(`events/${placeOf(probe).event}/trigger`, `!${triggerOf(probe)}`);
    }
    for (const probe of probes) {
      const { file, lines } = placeOf(probe);
      if (file) write(file, `${lines[1]}\n`);
    }
  }
}
