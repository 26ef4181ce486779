/** The first descriptor of those handed over; see sd_listen_fds(3). */
export const FIRST_DESCRIPTOR = 3;
/** The kernel's own limit, fs.nr_open. */
const MAX_DESCRIPTORS = 2 ** 20;

/**
 * The descriptors that this program was started with, as for sd_listen_fds(3).
 *
 * @throws {TypeError} if `LISTEN_FDS` is not a count
 */
export function inheritedDescriptors(): number[] {
  if (Deno.env.get("LISTEN_PID") !== String(Deno.pid)) return [];
  const text = Deno.env.get("LISTEN_FDS") ?? "";
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(count <= MAX_DESCRIPTORS)) throw new TypeError(`LISTEN_FDS is not a count: ${text}`);
  return Array.from({ length: count }, (_, i) => FIRST_DESCRIPTOR + i);
}
