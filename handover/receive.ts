import { openBuffer, type SharedBuffer } from "../copy/mod.ts";
import { connectTo, receiveMessage } from "../ffi/mod.ts";
import { inheritedDescriptors } from "./_inherited.ts";
import { type Manifest, parseManifest } from "./manifest.ts";

/** Buffers that another process made. Disposing it closes them here. */
export interface ReceivedBuffers extends Disposable {
  /** The buffers, in the manifest's order. */
  buffers: readonly SharedBuffer[];
  /** What is in them. */
  manifest: Manifest;
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
 * @throws {SystemError} `ECONNREFUSED` if nobody serves there
 * @throws {TypeError} if what comes is no manifest, or not all descriptors come
 */
export async function receiveBuffers(path: string): Promise<ReceivedBuffers> {
  using socket = connectTo(path);
  const { data, descriptors } = await receiveMessage(socket);
  using received = new DisposableStack();
  for (const descriptor of descriptors) received.use(descriptor);
  if (data.length === 0) throw new TypeError(`the server at ${path} gives us nothing`);
  const manifest = parseManifest(new TextDecoder().decode(data));
  if (manifest.buffers.length !== descriptors.length) {
    const { length } = manifest.buffers;
    throw new TypeError(`${descriptors.length} of ${length} descriptors came from ${path}`);
  }
  const opened = openAll(descriptors.map(({ number }) => number));
  const short = manifest.buffers.findIndex(({ bytes }, i) => opened.buffers[i]!.bytes < bytes);
  if (short < 0) return { manifest, ...opened };
  opened[Symbol.dispose]();
  throw new TypeError(`buffer ${short} from ${path} is shorter than the manifest says`);
}

/**
 * The buffers that `dmacopy copy --exec` started this program with; none if it did not.
 *
 * @example
 * ```ts
 * import { inheritedBuffers } from "dmacopy";
 *
 * using inherited = inheritedBuffers();
 * for (const { kind, bytes } of inherited.buffers) console.log(`a ${kind} of ${bytes} bytes`);
 * ```
 *
 * @throws {SystemError} if one of them was closed since
 * @throws {TypeError} if `LISTEN_FDS` is no count
 */
export function inheritedBuffers(): Pick<ReceivedBuffers, "buffers"> & Disposable {
  return openAll(inheritedDescriptors());
}

function openAll(numbers: readonly number[]): { buffers: SharedBuffer[] } & Disposable {
  using opening = new DisposableStack();
  const buffers = numbers.map((number) => opening.use(openBuffer(number)));
  const stack = opening.move();
  return { buffers, [Symbol.dispose]: () => stack.dispose() };
}
