/** `soak.js COPIES CLIENTS SEED`, in the lab's guest: ends with what passed and what failed. */
import { soak } from "./_soak.ts";

const [copies = 0, clients = 0, seed = 0] = Deno.args.map(Number);
const { passed, failures } = await soak({ copies, clients, seed, log: console.log });
for (const failure of failures) console.log(`FAILED: ${failure}`);
await Deno.writeTextFile("result.json", JSON.stringify({ passed, failed: failures.length }));
