/** What a cell shows, by MIME type; Jupyter takes the richest that it can. */
export type View = Readonly<Record<string, string>>;

/** The kernel loses what it is still sending when a cell ends: up to 2 ms, as measured. */
const PAUSE_MS = 50;

/** Shows something below the cell, and waits until it has arrived. */
export async function show(...views: View[]): Promise<void> {
  for (const view of views) await Deno.jupyter.display(view, { raw: true });
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
