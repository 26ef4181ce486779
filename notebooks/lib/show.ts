/** The output of a cell, by MIME type; Jupyter takes the richest type that it can show. */
export type View = Readonly<Record<string, string>>;

/** The kernel loses output that it is still sending when a cell ends; measured delays reach 2 ms. */
const PAUSE_MS = 50;

/** Shows something below the cell, and waits until it has arrived. */
export async function show(...views: View[]): Promise<void> {
  for (const view of views) await Deno.jupyter.display(view, { raw: true });
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
