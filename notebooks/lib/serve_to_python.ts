import type { Handed } from "../../mod.ts";
import { serveBuffers } from "../../mod.ts";

const CLIENT = new URL("../../clients/python/read_tensor.py", import.meta.url).pathname;

/** Serves buffers at a socket to one Python program for each tensor; returns the output of each. */
export async function serveToPython(
  socket: string,
  handed: Handed,
  tensors: readonly string[],
): Promise<string[]> {
  const listening = Promise.withResolvers<void>();
  const ending = new AbortController();
  const served = serveBuffers(socket, {
    ...handed,
    signal: ending.signal,
    onListening: listening.resolve,
  });
  try {
    await Promise.race([listening.promise, served]);
    const answers: string[] = [];
    for (const tensor of tensors) answers.push(await readTensor(socket, tensor));
    return answers;
  } finally {
    ending.abort();
    await served;
  }
}

async function readTensor(socket: string, tensor: string): Promise<string> {
  const command = new Deno.Command("python3", { args: [CLIENT, socket, tensor] });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(success ? stdout : stderr).trim();
  if (!success) throw new Error(text);
  return text;
}
