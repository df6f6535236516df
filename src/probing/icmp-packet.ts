// RFC 792 and RFC 4443. An echo carries eight bytes of our own: four that identify this process, four that identify the
// echo; the system may rewrite the identifier, never the payload.
const PAYLOAD_BYTES = 56;
const HEADER_BYTES = 8;
const ECHO = { 4: 8, 6: 128 } as const;
const ECHO_REPLY = { 4: 0, 6: 129 } as const;
const UNREACHABLE = { 4: 3, 6: 1 } as const;

export function echoRequest(
  family: 4 | 6,
  instance: number,
  token: number,
  payloadBytes = PAYLOAD_BYTES,
): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + Math.max(payloadBytes, 8));
  packet[0] = ECHO[family];
  packet.writeUInt16BE(instance & 0xffff, 4);
  packet.writeUInt16BE(token & 0xffff, 6);
  packet.writeUInt32BE(instance, 8);
  packet.writeUInt32BE(token, 12);
  // For IPv6 the system fills in the checksum: it covers addresses that are not known here.
  if (family === 4) packet.writeUInt16BE(checksum(packet), 2);
  return packet;
}

export interface IcmpAnswer {
  is: 'reply' | 'unreachable';
  token: number;
  /** TTL of the packet, if the system passes its IP header on. */
  hopLimit?: number;
}

/** Whether an incoming packet answers one of our echoes; undefined when it does not. */
export function readAnswer(family: 4 | 6, bytes: Buffer, instance: number): IcmpAnswer | undefined {
  const packet = withoutIpHeader(family, bytes);
  if (packet.length < HEADER_BYTES + 8) return undefined;
  if (packet[0] === ECHO_REPLY[family]) {
    const answer = tokenIn(packet, instance, 'reply');
    // Byte 8 of an IPv4 header (RFC 791, 3.1).
    return answer && packet !== bytes ? { ...answer, hopLimit: bytes[8]! } : answer;
  }
  if (packet[0] !== UNREACHABLE[family]) return undefined;
  // An ICMP error quotes the packet that caused it, from its IP header on.
  const quoted = packet.subarray(HEADER_BYTES);
  const inner = family === 4 ? withoutIpHeader(4, quoted) : quoted.subarray(40);
  return inner[0] === ECHO[family] ? tokenIn(inner, instance, 'unreachable') : undefined;
}

function tokenIn(packet: Buffer, instance: number, is: IcmpAnswer['is']): IcmpAnswer | undefined {
  if (packet.length < HEADER_BYTES + 8 || packet.readUInt32BE(8) !== instance) return undefined;
  return { is, token: packet.readUInt32BE(12) };
}

/** Raw IPv4 sockets deliver the IP header too. No ICMP message begins with its 0x4… */
function withoutIpHeader(family: 4 | 6, packet: Buffer): Buffer {
  const first = packet[0] ?? 0;
  return family === 4 && first >> 4 === 4 ? packet.subarray((first & 0xf) * 4) : packet;
}

/** RFC 1071. */
export function checksum(packet: Buffer): number {
  let sum = 0;
  for (let index = 0; index + 1 < packet.length; index += 2) sum += packet.readUInt16BE(index);
  if (packet.length % 2 === 1) sum += packet[packet.length - 1]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
