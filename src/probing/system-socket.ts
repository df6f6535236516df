import koffi from 'koffi';
import type { EchoWish } from '../core/check-type.ts';
import { ipv6Bytes } from '../core/ipv6-bytes.ts';

// Node opens no ICMP sockets; the C library does. Constants from <sys/socket.h> and <netinet/in.h> of each system.
const DARWIN = process.platform === 'darwin';
const AF = { 4: 2, 6: DARWIN ? 30 : 10 } as const;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const PROTOCOL = { 4: 1, 6: 58 } as const;
const MSG_DONTWAIT = DARWIN ? 0x80 : 0x40;
const SOL_SOCKET = DARWIN ? 0xffff : 1;
const SO_RCVBUF = DARWIN ? 0x1002 : 8;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const POLLIN = 1;
const IP_LEVEL = { 4: 0, 6: 41 } as const;
const TTL = { 4: DARWIN ? 4 : 2, 6: DARWIN ? 4 : 16 } as const;
// <linux/in.h>; Darwin has no equivalent.
const IP_MTU_DISCOVER = 10;
const IP_PMTUDISC_WANT = 1;
const IP_PMTUDISC_DO = 2;
const RECEIVE_BUFFER = 4 * 1024 * 1024;

export interface IcmpSocket {
  family: 4 | 6;
  kind: 'unprivileged' | 'raw';
  /** Returns the system's error number, or 0. */
  send(packet: Buffer, address: string, wish?: EchoWish): number;
  /** Returns the next packet received; undefined when there is none. */
  receive(): Buffer | undefined;
  /** Resolves when a packet may have arrived, or after the timeout. */
  readable(timeoutMs: number): Promise<void>;
  close(): void;
}

/** Opens an ICMP socket of one family, unprivileged if the system permits; undefined if it permits none. */
export function openIcmpSocket(family: 4 | 6): IcmpSocket | undefined {
  const c = libc();
  if (c === undefined) return undefined;
  let kind: IcmpSocket['kind'] = 'unprivileged';
  let fd = c.socket(AF[family], SOCK_DGRAM, PROTOCOL[family]);
  if (fd < 0) {
    kind = 'raw';
    fd = c.socket(AF[family], SOCK_RAW, PROTOCOL[family]);
  }
  if (fd < 0) return undefined;
  const size = Buffer.alloc(4);
  size.writeInt32LE(RECEIVE_BUFFER);
  c.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4);
  if (kind === 'raw' && family === 4 && !DARWIN) {
    // A raw socket receives every ICMP packet of the machine: let through only replies and "unreachable".
    const blocked = Buffer.alloc(4);
    blocked.writeUInt32LE(~((1 << 0) | (1 << 3)) >>> 0);
    c.setsockopt(fd, SOL_RAW, ICMP_FILTER, blocked, 4);
  }
  const incoming = Buffer.alloc(2_048);
  const watched = Buffer.alloc(8);
  watched.writeInt32LE(fd, 0);
  watched.writeInt16LE(POLLIN, 4);
  return {
    family,
    kind,
    send(packet, address, { ttl, dontFragment } = {}) {
      const to = socketAddress(family, address);
      const set = (name: number, value: number) => {
        size.writeInt32LE(value);
        return c.setsockopt(fd, IP_LEVEL[family], name, size, 4);
      };
      // Nothing runs in between: the options apply to this one packet.
      if (ttl !== undefined && set(TTL[family], ttl) < 0) return koffi.errno();
      if (dontFragment && set(IP_MTU_DISCOVER, IP_PMTUDISC_DO) < 0) return koffi.errno();
      const sent = c.sendto(fd, packet, packet.length, MSG_DONTWAIT, to, to.length);
      const errno = sent < 0 ? koffi.errno() : 0;
      if (ttl !== undefined) set(TTL[family], -1);
      if (dontFragment) set(IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
      return errno;
    },
    receive() {
      const length = c.recv(fd, incoming, incoming.length, MSG_DONTWAIT);
      return length > 0 ? Buffer.from(incoming.subarray(0, length)) : undefined;
    },
    readable: (timeoutMs) =>
      new Promise((resolve) => c.poll.async(watched, 1, Math.ceil(timeoutMs), () => resolve())),
    close: () => c.close(fd),
  };
}

interface LibC {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number;
  sendto(
    fd: number,
    data: Buffer,
    length: number,
    flags: number,
    address: Buffer,
    addressLength: number,
  ): number;
  recv(fd: number, data: Buffer, length: number, flags: number): number;
  poll: { async(watched: Buffer, count: number, timeoutMs: number, callback: () => void): void };
  close(fd: number): number;
}

let loaded: LibC | undefined | null = null;

function libc(): LibC | undefined {
  if (loaded !== null) return loaded;
  try {
    if (process.platform !== 'linux' && !DARWIN) throw new Error('unknown constants');
    // The program itself: it is linked against the C library, whatever that file is called here.
    const library = koffi.load(null as unknown as string);
    loaded = {
      socket: library.func('int socket(int, int, int)'),
      setsockopt: library.func('int setsockopt(int, int, int, const void *, uint32_t)'),
      sendto: library.func('intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)'),
      recv: library.func('intptr_t recv(int, void *, size_t, int)'),
      poll: library.func(`int poll(void *, ${DARWIN ? 'uint32_t' : 'unsigned long'}, int)`),
      close: library.func('int close(int)'),
    } as unknown as LibC;
  } catch {
    loaded = undefined;
  }
  return loaded;
}

const addresses = new Map<string, Buffer>();
const MAX_ADDRESSES = 200_000;

/** struct sockaddr_in or sockaddr_in6. */
function socketAddress(family: 4 | 6, address: string): Buffer {
  let bytes = addresses.get(address);
  if (bytes === undefined) {
    bytes = Buffer.alloc(family === 4 ? 16 : 28);
    if (DARWIN) bytes.set([bytes.length, AF[family]]);
    else bytes.writeUInt16LE(AF[family], 0);
    if (family === 4) bytes.set(address.split('.').map(Number), 4);
    else bytes.set(ipv6Bytes(address), 8);
    if (addresses.size >= MAX_ADDRESSES) addresses.clear();
    addresses.set(address, bytes);
  }
  return bytes;
}
