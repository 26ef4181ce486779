import { type BenchDocument, mergeDocuments, selectRows } from "../bench/mod.ts";
import { type Measured, measureInGuests } from "./measure.ts";
import type { Request } from "./request.ts";

/** A guest's memory plus the memory of QEMU itself. */
const GUEST_BYTES = 4.5 * 2 ** 30;
/** The least number of rows per guest: for fewer, booting takes longer than it saves. */
const ROWS_PER_GUEST = 6;

/** The number of guests for which this machine has cores and memory. */
export function guestsHere(): number {
  const byMemory = Math.floor(Deno.systemMemoryInfo().available / GUEST_BYTES);
  return Math.max(1, Math.min(navigator.hardwareConcurrency, byMemory));
}

/**
 * Deals rows out to `guests` in turn, as neighbouring rows use the same method and so cost the same.
 * Rows 1 and 23 stay together, to show drift.
 */
export function dealRows(rows: string | undefined, guests: number): string[] {
  const ids = selectRows(rows).map(({ id }) => id);
  const hands = Array.from({ length: Math.min(guests, ids.length) }, (): typeof ids => []);
  const rest = ids.filter((id) => id !== 23);
  rest.forEach((id, index) => hands[index % hands.length]!.push(id));
  if (ids.includes(23)) (hands.find((hand) => hand.includes(1)) ?? hands[0]!).push(23);
  return hands.map((hand) => hand.join(","));
}

function guestsFor({ rows, clock, guests }: Request): number {
  if (guests !== undefined) return guests;
  // In real time they would disturb each other.
  if (clock === "wall") return 1;
  return Math.max(1, Math.min(guestsHere(), Math.floor(selectRows(rows).length / ROWS_PER_GUEST)));
}

/**
 * Measures in the lab. Several guests share the rows and run at once, as the model's clock does not
 * depend on the host.
 *
 * @throws {LabError} if a guest or the bench in it fails
 */
export async function measureInLab(request: Request): Promise<Measured<BenchDocument>> {
  const hands = dealRows(request.rows, guestsFor(request));
  const tasks = hands.map((rows) => ({ request: { ...request, rows } }));
  const { quiet } = request;
  const { found, failure } = await measureInGuests(tasks, { guests: hands.length, quiet });
  return { found: mergeDocuments(found), failure };
}
