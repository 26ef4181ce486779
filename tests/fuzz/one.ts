// Feeds one target: `one.ts INDEX RUNS SEED`. Prints how far it is, and then the report, as JSON.
import { fuzz } from "./_target.ts";
import { targets } from "./_targets.ts";

const TELL_MS = 1000;

const [index = 0, runs = 0, seed = 0] = Deno.args.map(Number);
let told = performance.now();
let done = 0;

const report = await fuzz(targets[index]!, {
  runs,
  seed,
  onInput() {
    done++;
    if (performance.now() - told < TELL_MS) return;
    told = performance.now();
    console.log(JSON.stringify({ done }));
  },
});
const peak = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/self/status"));
console.log(JSON.stringify({ ...report, peakMiB: Math.round(Number(peak?.[1]) / 1024) }));
