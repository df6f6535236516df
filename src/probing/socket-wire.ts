import type { Socket } from 'node:net';
import { fault, type Fault, type PeerCertificate, type Wire } from '../core/check-type.ts';
import { faultOfCode } from '../core/fault-of-code.ts';

/** Bytes that may wait unread before the sender is held back. */
const HIGH_WATER = 256 * 1024;

/** A connected socket, read by asking. */
export class SocketWire implements Wire {
  readonly is = 'wire';
  readonly address: string;
  readonly phases: Wire['phases'];
  certificate?: PeerCertificate;
  readonly #socket: Socket;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #over: 'end' | Fault | undefined;
  #reader: ((piece: Buffer | 'end' | Fault) => void) | undefined;

  constructor(socket: Socket, address: string, phases: Wire['phases']) {
    this.#socket = socket;
    this.address = address;
    this.phases = phases;
    socket.on('data', (bytes: Buffer) => this.#give(bytes));
    socket.on('end', () => this.#finish('end'));
    socket.on('close', () => this.#finish(fault('closed', 'the connection was closed')));
  }

  write(data: string | Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(data);
  }

  read(): Promise<Buffer | 'end' | Fault> {
    const piece = this.#waiting.shift();
    if (piece !== undefined) {
      this.#waitingBytes -= piece.length;
      if (this.#waitingBytes < HIGH_WATER && this.#socket.isPaused()) this.#socket.resume();
      return Promise.resolve(piece);
    }
    if (this.#over !== undefined) return Promise.resolve(this.#over);
    return new Promise((give) => {
      this.#reader = give;
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** An error of the socket, before or after it was connected. */
  failed(error: NodeJS.ErrnoException): void {
    this.#finish(faultOfCode(error.code, this.address));
  }

  #give(bytes: Buffer): void {
    const reader = this.#reader;
    if (reader) {
      this.#reader = undefined;
      reader(bytes);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= HIGH_WATER) this.#socket.pause();
  }

  #finish(over: 'end' | Fault): void {
    if (this.#over !== undefined) return;
    this.#over = over;
    this.#reader?.(over);
    this.#reader = undefined;
  }
}
