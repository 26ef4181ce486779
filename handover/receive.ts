import { openBuffer, type SharedBuffer } from "../copy/mod.ts";
import { connectTo, Descriptor, getSeals, readText, receiveMessage } from "../ffi/mod.ts";
import { inheritedDescriptors } from "./_inherited.ts";
import { type Manifest, parseManifest } from "./manifest.ts";

/** Buffers that another process made. Disposing it closes them here. */
export interface ReceivedBuffers extends Disposable {
  /** The buffers, in the manifest's order. */
  buffers: readonly SharedBuffer[];
  /** The description of the buffers. */
  manifest: Manifest;
}

/** Buffers that this program was started with. Disposing it closes them here. */
export interface InheritedBuffers extends Pick<ReceivedBuffers, "buffers">, Disposable {
  /** The description of the buffers; null if the program got none. */
  manifest: Manifest | null;
}

/**
 * Gets the buffers that `dmacopy copy --serve SOCKET` holds.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFile, manifestOf, receiveBuffers, serveBuffers } from "dmacopy";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/model.bin`, "weights");
 * {
 *   using model = await loadFile(`${folder}/model.bin`, { to: "memfd" });
 *   const handed = { buffers: [model.buffer], manifest: manifestOf([model]) };
 *   const listening = Promise.withResolvers<void>();
 *   const served = serveBuffers(`${folder}/model.sock`, {
 *     ...handed,
 *     maxClients: 1,
 *     onListening: listening.resolve,
 *   });
 *   await listening.promise;
 *   using received = await receiveBuffers(`${folder}/model.sock`);
 *   const content = new Uint8Array(received.manifest.buffers[0]!.bytes);
 *   received.buffers[0]!.mapping.peek(0n, content);
 *   assertEquals(new TextDecoder().decode(content), "weights");
 *   await served;
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @throws {SystemError} `ECONNREFUSED` if no server listens there
 * @throws {TypeError} if the manifest is invalid, descriptors are missing, or the sender could shrink a
 * memfd while it is mapped here
 */
export async function receiveBuffers(path: string): Promise<ReceivedBuffers> {
  using socket = connectTo(path);
  const { data, descriptors } = await receiveMessage(socket);
  using received = new DisposableStack();
  for (const descriptor of descriptors) received.use(descriptor);
  if (data.length === 0) throw new TypeError(`the server at ${path} refuses this client`);
  const manifest = parseManifest(new TextDecoder().decode(data));
  if (manifest.buffers.length !== descriptors.length) {
    const { length } = manifest.buffers;
    throw new TypeError(`${descriptors.length} of ${length} descriptors came from ${path}`);
  }
  const opened = openAll(descriptors.map(({ number }) => number));
  const wrong = manifest.buffers.map(({ bytes }, i) => findWrong(opened.buffers[i]!, bytes));
  const first = wrong.findIndex((what) => what !== null);
  if (first < 0) return { manifest, ...opened };
  opened[Symbol.dispose]();
  throw new TypeError(`buffer ${first} from ${path} ${wrong[first]}`);
}

function findWrong(buffer: SharedBuffer, bytes: number): string | null {
  if (buffer.bytes < bytes) return "is shorter than the manifest says";
  // Access to pages that its sender has cut off would end this process with SIGBUS.
  const canShrink = buffer.kind === "memfd" && !getSeals(buffer.share).includes("shrink");
  return canShrink ? "is a memfd that is not sealed against shrinking (F_SEAL_SHRINK)" : null;
}

/**
 * The buffers that `dmacopy copy --exec` started this program with, if it did.
 *
 * @example
 * ```ts
 * import { inheritedBuffers } from "dmacopy";
 *
 * using inherited = inheritedBuffers();
 * for (const { kind, bytes } of inherited.buffers) console.log(`a ${kind} of ${bytes} bytes`);
 * for (const { name } of inherited.manifest?.buffers ?? []) console.log(name);
 * ```
 *
 * @returns the buffers and their manifest, which is null if something else started this program
 *
 * @throws {SystemError} if one of them has been closed since
 * @throws {TypeError} if `LISTEN_FDS` is not a count, or `DMACOPY_MANIFEST` does not lead to a manifest
 */
export function inheritedBuffers(): InheritedBuffers {
  const numbers = inheritedDescriptors();
  const number = numbers.length === 0 ? undefined : Deno.env.get("DMACOPY_MANIFEST");
  return { manifest: number === undefined ? null : readManifest(number), ...openAll(numbers) };
}

function readManifest(number: string): Manifest {
  if (!/^\d{1,7}$/.test(number)) throw new TypeError(`DMACOPY_MANIFEST is not a number: ${number}`);
  using file = Descriptor.duplicate(Number(number));
  return parseManifest(readText(file));
}

function openAll(numbers: readonly number[]): { buffers: SharedBuffer[] } & Disposable {
  using opening = new DisposableStack();
  const buffers = numbers.map((number) => opening.use(openBuffer(number)));
  const stack = opening.move();
  return { buffers, [Symbol.dispose]: () => stack.dispose() };
}
