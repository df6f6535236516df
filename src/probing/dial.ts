import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { fault, type Destination, type Fault, type Wire } from '../core/check-type.ts';
import { faultOfCode } from '../core/fault-of-code.ts';
import type { Lifetime } from './ports.ts';
import { resolveHost } from './resolve-host.ts';
import { SocketWire } from './socket-wire.ts';
import { secured, tlsOptions } from './tls-client.ts';

/** Addresses of one name that are tried before the name counts as unreachable. */
const MAX_ADDRESSES = 4;

/**
 * Opens a new connection, with TLS if requested. Addresses are tried one after another, each with an equal share of the
 * remaining time, so that one dead address does not use it all.
 */
export async function dial(to: Destination, life: Lifetime): Promise<Wire | Fault> {
  const resolved = await resolveHost(to.host, to.family ?? 0, life);
  if (resolved.is === 'fault') return resolved;
  const allowed = resolved.addresses.filter((address) => !to.refuses?.(address));
  if (allowed.length === 0) return fault('unreachable', `${to.host} leads to an address that is not probed`);
  const addresses = allowed.slice(0, MAX_ADDRESSES);
  const resolveMs = isIP(to.host) === 0 ? resolved.tookMs : undefined;
  let last: Fault = fault('unreachable', `no address found for ${to.host}`);
  for (const [index, address] of addresses.entries()) {
    const share = life.remainingMs() / (addresses.length - index);
    const wire = await connectSafely(to, address, index + 1 < addresses.length ? share : undefined, life);
    if (wire.is === 'wire') {
      if (resolveMs !== undefined) wire.phases.resolve = resolveMs;
      return wire;
    }
    last = { ...wire, address };
    if (life.aborted || wire.reason === 'internal') break;
    if (addresses.length > 1) life.log(wire.message);
  }
  return last;
}

/** What the system refuses outright, such as an invalid port, is an answer too. */
function connectSafely(...order: Parameters<typeof connect>): Promise<Wire | Fault> {
  return connect(...order).catch((error: unknown) =>
    fault('internal', error instanceof Error ? error.message : String(error)),
  );
}

function connect(
  to: Destination,
  address: string,
  giveUpMs: number | undefined,
  life: Lifetime,
): Promise<Wire | Fault> {
  return new Promise((settle) => {
    const startedAt = life.elapsedMs();
    const where = isIP(address) === 6 ? `[${address}]:${to.port}` : `${address}:${to.port}`;
    const phases: Wire['phases'] = { connect: 0 };
    let wire: SocketWire | undefined;
    let giveUp: NodeJS.Timeout | undefined;
    const place = { host: address, port: to.port, autoSelectFamily: false };
    const socket: Socket = to.tls
      ? connectTls({ ...tlsOptions(to.tls, to.host), ...place })
      : connectTcp(place);

    const stop = (why: Fault) => {
      clearTimeout(giveUp);
      socket.destroy();
      settle(why);
    };
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (wire) return wire.failed(error);
      const stage = phases.connect > 0 ? 'tls-handshake' : 'unreachable';
      stop(faultOfCode(error.code, where, stage));
    });
    life.onAbort(() => {
      const doing = phases.connect > 0 && to.tls ? 'in the TLS handshake with' : 'connecting to';
      if (wire) socket.destroy();
      else stop(fault('timeout', `timed out ${doing} ${where}`));
    });
    if (giveUpMs !== undefined) {
      giveUp = setTimeout(() => {
        if (!wire) stop(fault('timeout', `timed out connecting to ${where} within its share of the timeout`));
      }, giveUpMs);
    }
    socket.once('connect', () => {
      phases.connect = Math.max(life.elapsedMs() - startedAt, 0.001);
      life.log(`connected to ${where}`);
      if (to.tls) return;
      clearTimeout(giveUp);
      wire = new SocketWire(socket, address, phases, life);
      settle(wire);
    });
    if (to.tls) {
      const wish = to.tls;
      socket.once('secureConnect', () => {
        phases.tls = life.elapsedMs() - startedAt - phases.connect;
        const outcome = secured(socket as TLSSocket, wish, to.host, life);
        if (outcome.is === 'fault') return stop(outcome);
        wire = new SocketWire(socket, address, phases, life);
        clearTimeout(giveUp);
        wire.certificate = outcome.certificate;
        wire.alpn = outcome.alpn;
        settle(wire);
      });
      socket.once('end', () => {
        if (!wire) stop(fault('tls-handshake', `${where} closed the connection during the TLS handshake`));
      });
    }
  });
}
