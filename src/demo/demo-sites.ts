import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps, type Server as SecureServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { makeCertificate, type Certificate } from './make-certificate.ts';

/** The ways in which a site can fail, all familiar to operators. */
export type Ailment = 'refused' | 'hanging' | 'error' | 'wrong-body' | 'expired-certificate';

/** A small site on loopback that can be made to fail. */
export interface DemoSite {
  readonly name: string;
  readonly url: string;
  break(how: Ailment): Promise<void>;
  mend(): Promise<void>;
  stop(): void;
}

export async function startSite(name: string): Promise<DemoSite> {
  let ailment: Ailment | undefined;
  const server = createHttp(answering(() => ailment));
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    async break(how) {
      ailment = how;
      if (how === 'refused') close(server);
    },
    async mend() {
      if (ailment === 'refused') await listen(server, port);
      ailment = undefined;
    },
    stop: () => close(server),
  };
}

const DAY_MS = 86_400_000;

/** A TLS site whose certificate can expire; `authority` is the CA to trust. */
export async function startSecureSite(name: string): Promise<DemoSite & { authority: string }> {
  const now = Date.now();
  const between = (from: number, to: number) => ({
    validFrom: new Date(now + from * DAY_MS),
    validTo: new Date(now + to * DAY_MS),
  });
  const issuer = makeCertificate({
    commonName: 'Watchdesk demo authority',
    names: [],
    isAuthority: true,
    ...between(-400, 400),
  });
  const valid = makeCertificate({ names: ['127.0.0.1'], issuer, ...between(-30, 60) });
  const expired = makeCertificate({ names: ['127.0.0.1'], issuer, ...between(-90, -1) });
  const options = ({ certificate, key }: Certificate) => ({ cert: certificate, key });
  const server = createHttps(
    options(valid),
    answering(() => undefined),
  );
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    name,
    url: `https://127.0.0.1:${port}`,
    authority: issuer.certificate,
    async break() {
      server.setSecureContext(options(expired));
    },
    async mend() {
      server.setSecureContext(options(valid));
    },
    stop: () => close(server),
  };
}

function answering(ailment: () => Ailment | undefined): RequestListener {
  return (_request, response) => {
    switch (ailment()) {
      case 'hanging':
        return;
      case 'error':
        response.writeHead(500).end('Internal Server Error');
        return;
      case 'wrong-body':
        response.end('<h1>Database maintenance</h1>');
        return;
      default:
        response.end('all is ok');
    }
  };
}

async function listen(server: Server | SecureServer, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

function close(server: Server | SecureServer): void {
  server.closeAllConnections();
  server.close();
}
