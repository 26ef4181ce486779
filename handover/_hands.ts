import {
  type Descriptor,
  hangUp,
  type Message,
  type Peer,
  peerOf,
  sendMessage,
  SystemError,
} from "../ffi/mod.ts";
import { type Access, refusal } from "./_access.ts";

/** Called for each client; `error` says why it got nothing. */
export type OnClient = (peer: Peer, error: Error | null) => void;

/** The clients that are being served. */
export class Hands {
  /** The number of clients that got everything. */
  served = 0;
  readonly #clients = new Map<Descriptor, Promise<void>>();
  #failure: { error: unknown } | null = null;
  readonly #message: Message;
  readonly #access: Access;
  readonly #onClient: OnClient | undefined;

  constructor(message: Message, access: Access, onClient: OnClient | undefined) {
    this.#message = message;
    this.#access = access;
    this.#onClient = onClient;
  }

  /** The number of clients that are being served. */
  get busy(): number {
    return this.#clients.size;
  }

  /** Starts to serve a client, and closes it at the end. */
  give(client: Descriptor): void {
    const serving = this.#serve(client).finally(() => {
      this.#clients.delete(client);
      client.close();
    });
    // The error of a client reaches the caller that waits for it.
    serving.catch((error) => this.#failure ??= { error });
    this.#clients.set(client, serving);
  }

  async #serve(client: Descriptor): Promise<void> {
    const peer = peerOf(client);
    // The server continues if a client went away, does not read, or may not have the buffers.
    const error = refusal(client, peer, this.#access) ?? await send(client, this.#message);
    if (error === null) this.served++;
    this.#onClient?.(peer, error);
  }

  /** Waits until one of them is served. */
  async oneDone(): Promise<void> {
    await Promise.race(this.#clients.values());
  }

  /** Waits until all are served; throws the error of one of them. */
  async allDone(): Promise<void> {
    await Promise.allSettled(this.#clients.values());
    if (this.#failure) throw this.#failure.error;
  }

  /** Ends all that are being served. */
  hangUp(): void {
    for (const client of this.#clients.keys()) hangUp(client);
  }
}

async function send(client: Descriptor, message: Message): Promise<Error | null> {
  try {
    await sendMessage(client, message);
    return null;
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
}
