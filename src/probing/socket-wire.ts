import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { fault, type Fault, type PeerCertificate, type TlsWish, type Wire } from '../core/check-type.ts';
import { faultOfCode } from '../core/fault-of-code.ts';
import type { Lifetime } from './ports.ts';
import { secured, tlsOptions } from './tls-client.ts';

/** Unread bytes buffered before the sender is paused. */
const HIGH_WATER = 256 * 1024;

/** A connected socket that is read on demand. */
export class SocketWire implements Wire {
  readonly is = 'wire';
  readonly address: string;
  readonly phases: Wire['phases'];
  certificate?: PeerCertificate;
  alpn?: string;
  readonly #life: Lifetime;
  #socket: Socket;
  #isListening = false;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #over: 'end' | Fault | undefined;
  #reader: ((piece: Buffer | 'end' | Fault) => void) | undefined;

  constructor(socket: Socket, address: string, phases: Wire['phases'], life: Lifetime) {
    this.#socket = socket;
    this.address = address;
    this.phases = phases;
    this.#life = life;
    socket.on('close', () => this.#finish(fault('closed', 'the connection was closed')));
  }

  write(data: string | Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(data);
  }

  read(): Promise<Buffer | 'end' | Fault> {
    this.#listen();
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

  /** Data that has already arrived unrequested was sent in plaintext and must not be trusted (RFC 3207, 6). */
  secure(host: string, wish: TlsWish): Promise<Fault | undefined> {
    const plain = this.#socket;
    plain.off('data', this.#give);
    plain.off('end', this.#end);
    this.#isListening = false;
    this.#waiting.length = 0;
    const startedAt = this.#life.elapsedMs();
    return new Promise((settle) => {
      const socket = connectTls({ ...tlsOptions(wish, host), socket: plain });
      this.#socket = socket;
      const stop = (why: Fault) => {
        socket.destroy();
        settle(why);
      };
      socket.on('error', (error: NodeJS.ErrnoException) => {
        this.failed(error);
        stop(faultOfCode(error.code, this.address, 'tls-handshake'));
      });
      socket.once('end', () =>
        stop(fault('tls-handshake', 'the connection was closed during the TLS handshake')),
      );
      socket.once('secureConnect', () => {
        socket.removeAllListeners('end');
        this.phases.tls = this.#life.elapsedMs() - startedAt;
        const outcome = secured(socket, wish, host, this.#life);
        if (outcome.is === 'fault') return stop(outcome);
        this.certificate = outcome.certificate;
        settle(undefined);
      });
    });
  }

  /** Hands the raw socket to a caller that speaks another protocol on it; this wire stops reading it. */
  handOver(): Socket | TLSSocket {
    this.#socket.off('data', this.#give);
    this.#socket.off('end', this.#end);
    return this.#socket;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** A socket error, before or after it was connected. */
  failed(error: NodeJS.ErrnoException): void {
    this.#finish(faultOfCode(error.code, this.address));
  }

  /** Nothing is read before it is requested: what follows may be in another protocol. */
  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#socket.on('data', this.#give);
    this.#socket.on('end', this.#end);
  }

  readonly #end = () => this.#finish('end');

  readonly #give = (bytes: Buffer) => {
    const reader = this.#reader;
    if (reader) {
      this.#reader = undefined;
      reader(bytes);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= HIGH_WATER) this.#socket.pause();
  };

  #finish(over: 'end' | Fault): void {
    if (this.#over !== undefined) return;
    this.#over = over;
    this.#reader?.(over);
    this.#reader = undefined;
  }
}
