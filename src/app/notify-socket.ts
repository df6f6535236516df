import koffi from 'koffi';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Size of `sun_path` in struct sockaddr_un. */
const LONGEST_PATH = 108;

/** The struct sockaddr_un of a path, or of an abstract name that begins with `@`. */
export function unixAddress(path: string): Buffer {
  const name = Buffer.from(path);
  if (name.length === 0 || name.length >= LONGEST_PATH)
    throw new RangeError(`a socket path has 1 to ${LONGEST_PATH - 1} bytes; found ${name.length}`);
  if (name[0] === '@'.charCodeAt(0)) name[0] = 0;
  const isAbstract = name[0] === 0;
  const address = Buffer.alloc(2 + name.length + (isAbstract ? 0 : 1));
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}

/**
 * Sends datagrams to a Unix socket, which Node itself cannot: the messages of a service to systemd, see sd_notify(3)
 * (https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html). Sending never blocks, and a failed message
 * is lost: the service manager notices its absence and acts on that.
 */
export function notifySocket(path: string): { send(text: string): void; close(): void } {
  const library = koffi.load(null as unknown as string);
  const socket = library.func('int socket(int, int, int)') as (...of: number[]) => number;
  const sendto = library.func('intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)');
  const close = library.func('int close(int)') as (fd: number) => number;
  const address = unixAddress(path);
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return {
    send(text) {
      const bytes = Buffer.from(text);
      if (fd >= 0) sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length);
    },
    close() {
      if (fd >= 0) close(fd);
    },
  };
}
