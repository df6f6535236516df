import { fault, type Fault } from './fault.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { say } from '../text/say.ts';

/** Limits for reading RFC 9112 responses: strictly where leniency would hide a fault, and never beyond these. */
export interface HttpLimits {
  headBytes: number;
  bodyBytes: number;
  /** The body is counted and not held. */
  isOnlyCounted?: boolean;
}

export interface HttpAnswer {
  /** 1 or 1.1 */
  version: number;
  status: number;
  statusText: string;
  /** Lower-case names; repeated fields joined by `, ` (RFC 9110, 5.3). */
  headers: Map<string, string>;
  /** Fields after the body; only filled in for HTTP/2. */
  trailers?: ReadonlyMap<string, string>;
  /** Each Set-Cookie field by itself: their values contain commas of their own (RFC 6265, 3). */
  setCookies: readonly string[];
  /** At most `bodyBytes` of the body, still content-encoded; empty when it is only counted. */
  body: Buffer;
  /** Number of body bytes read. */
  bodyLength: number;
  /** The body exceeded the limit; the rest was not read. */
  bodyCut: boolean;
}

type Framing =
  | { is: 'head' }
  | { is: 'length'; left: number }
  | { is: 'chunk-size' }
  | { is: 'chunk-data'; left: number }
  | { is: 'chunk-end' }
  | { is: 'trailer' }
  | { is: 'until-close' }
  | { is: 'done' };

const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: ([^\r\n]*))?$/;
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const CHUNK_SIZE = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/;
const LINE_LIMIT = 4_096;

/** Parses the bytes of one response as they arrive. */
export class HttpResponseReader {
  readonly #limits: HttpLimits;
  readonly #bodyless: boolean;
  #framing: Framing = { is: 'head' };
  #pending: Buffer = Buffer.alloc(0);
  #answer: Omit<HttpAnswer, 'body' | 'bodyLength' | 'bodyCut'> | undefined;
  readonly #body: GrowingBytes;

  constructor(method: string, limits: HttpLimits) {
    this.#limits = limits;
    this.#body = new GrowingBytes(limits.bodyBytes, limits.isOnlyCounted);
    this.#bodyless = method === 'HEAD';
  }

  /** Returns true once the response is complete, or read as far as the limits allow. */
  push(bytes: Buffer): boolean | Fault {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const step = this.#step();
      if (step === 'more') return false;
      if (step !== 'again') return step;
      if (this.#framing.is === 'done') return true;
    }
  }

  /** The server has closed the connection: the response is complete only when the close frames its body. */
  end(): true | Fault {
    if (this.#framing.is === 'until-close' || this.#framing.is === 'done') return true;
    if (this.#framing.is === 'head' && this.#pending.length === 0) {
      return fault('closed', say('probe.closed-before-response'));
    }
    if (this.#framing.is === 'head') return fault('closed', say('probe.closed-in-headers'));
    return fault('closed', say('probe.closed-in-body', { bytes: this.#body.length }));
  }

  get answer(): HttpAnswer {
    const { bytes: body, length: bodyLength, isCut: bodyCut } = this.#body;
    return { ...this.#answer!, body, bodyLength, bodyCut };
  }

  #step(): 'more' | 'again' | Fault {
    const framing = this.#framing;
    switch (framing.is) {
      case 'head':
        return this.#head();
      case 'length':
      case 'chunk-data': {
        if (this.#pending.length === 0) return 'more';
        const piece = this.#pending.subarray(0, framing.left);
        this.#pending = this.#pending.subarray(piece.length);
        this.#body.add(piece);
        const left = framing.left - piece.length;
        if (this.#body.isCut) this.#framing = { is: 'done' };
        else if (left > 0) this.#framing = { is: framing.is, left };
        else this.#framing = framing.is === 'length' ? { is: 'done' } : { is: 'chunk-end' };
        return 'again';
      }
      case 'until-close':
        if (this.#pending.length === 0) return 'more';
        this.#body.add(this.#pending);
        this.#pending = this.#pending.subarray(this.#pending.length);
        if (this.#body.isCut) this.#framing = { is: 'done' };
        return this.#body.isCut ? 'again' : 'more';
      case 'chunk-size': {
        const line = this.#line();
        if (line === 'more' || 'is' in line) return line;
        const size = CHUNK_SIZE.exec(line.text);
        if (!size) return fault('protocol', say('probe.chunk-size-invalid'));
        const left = Number.parseInt(size[1]!, 16);
        this.#framing = left === 0 ? { is: 'trailer' } : { is: 'chunk-data', left };
        return 'again';
      }
      case 'chunk-end': {
        const line = this.#line();
        if (line === 'more' || 'is' in line) return line;
        if (line.text !== '') return fault('protocol', say('probe.chunk-too-long'));
        this.#framing = { is: 'chunk-size' };
        return 'again';
      }
      case 'trailer': {
        const line = this.#line();
        if (line === 'more' || 'is' in line) return line;
        if (line.text === '') this.#framing = { is: 'done' };
        return 'again';
      }
      case 'done':
        return 'again';
    }
  }

  #line(): { text: string } | 'more' | Fault {
    const feed = this.#pending.indexOf(0x0a);
    const end = feed > 0 && this.#pending[feed - 1] === 0x0d ? feed - 1 : feed;
    if (end === -1 || end > LINE_LIMIT) {
      if (this.#pending.length > LINE_LIMIT) return fault('protocol', say('probe.chunk-header-too-long'));
      return 'more';
    }
    const line = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(feed + 1);
    return { text: line };
  }

  #head(): 'more' | 'again' | Fault {
    // Empty lines before the response are left over from an earlier one (RFC 9112, 2.2).
    if (this.#pending[0] === 0x0d || this.#pending[0] === 0x0a) {
      const rest = this.#pending.subarray(this.#pending[0] === 0x0d && this.#pending[1] === 0x0a ? 2 : 1);
      if (this.#pending[0] === 0x0d && this.#pending.length === 1) return 'more';
      this.#pending = rest;
      return 'again';
    }
    const { end, after } = endOfHead(this.#pending);
    if (end === -1 || end > this.#limits.headBytes) {
      if (this.#pending.length > this.#limits.headBytes) {
        return fault('too-large', say('probe.headers-too-large', { bytes: this.#limits.headBytes }));
      }
      if (this.#pending.length >= 5 && this.#pending.toString('latin1', 0, 5) !== 'HTTP/') return notHttp();
      return 'more';
    }
    // A line that begins with a blank continues the one before (RFC 9112, 5.2).
    const head = this.#pending.toString('latin1', 0, end).replace(/\r?\n[ \t]+/g, ' ');
    const lines = head.split(/\r?\n/);
    this.#pending = this.#pending.subarray(after);
    const statusLine = STATUS_LINE.exec(lines[0]!);
    if (!statusLine) return notHttp();
    const status = Number(statusLine[2]);
    const headers = new Map<string, string>();
    const setCookies: string[] = [];
    for (let index = 1; index < lines.length; index++) {
      const line = lines[index]!;
      const colon = line.indexOf(':');
      // Blanks before the colon are wrong, but every browser accepts them.
      const name = line.slice(0, Math.max(0, colon)).replace(/[ \t]+$/, '');
      if (colon < 1 || !FIELD_NAME.test(name)) return fault('protocol', say('probe.header-invalid'));
      const key = name.toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (key === 'set-cookie') setCookies.push(value);
      const earlier = headers.get(key);
      headers.set(key, earlier === undefined ? value : `${earlier}, ${value}`);
    }
    if (status < 200 && status !== 101) return 'again'; // interim responses: the final one follows
    const version = Number(statusLine[1]);
    this.#answer = { version, status, statusText: statusLine[3] ?? '', headers, setCookies };
    const framing = this.#bodyFraming(status, headers);
    if (framing.is === 'fault') return framing;
    this.#framing = framing;
    return 'again';
  }

  #bodyFraming(status: number, headers: Map<string, string>): Framing | Fault {
    if (this.#bodyless || status === 101 || status === 204 || status === 304) return { is: 'done' };
    const coding = headers.get('transfer-encoding');
    if (coding !== undefined) {
      const last = coding.split(',').at(-1)!.trim().toLowerCase();
      return last === 'chunked' ? { is: 'chunk-size' } : { is: 'until-close' };
    }
    const length = headers.get('content-length');
    if (length === undefined) return { is: 'until-close' };
    const sizes = new Set(length.split(',').map((size) => size.trim()));
    const [size] = sizes;
    if (sizes.size !== 1 || !/^\d{1,15}$/.test(size!))
      return fault('protocol', say('probe.content-length-invalid'));
    return Number(size) === 0 ? { is: 'done' } : { is: 'length', left: Number(size) };
  }
}

/** Returns where the head ends, with either kind of line end (RFC 9112, 2.2), and where the rest begins. */
function endOfHead(bytes: Buffer): { end: number; after: number } {
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    const end = at > 0 && bytes[at - 1] === 0x0d ? at - 1 : at;
    if (bytes[at + 1] === 0x0a) return { end, after: at + 2 };
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return { end, after: at + 3 };
  }
  return { end: -1, after: -1 };
}

const notHttp = (): Fault => fault('protocol', say('probe.not-http'));
