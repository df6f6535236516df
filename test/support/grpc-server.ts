import { Server, ServerCredentials, status, type Metadata, type ServiceDefinition } from '@grpc/grpc-js';
import { HealthImplementation, service, type ServingStatusMap } from 'grpc-health-check';
import { onTestFinished } from 'vitest';

const SERVICES: ServingStatusMap = { '': 'SERVING', 'shop.Orders': 'SERVING', 'shop.Stock': 'NOT_SERVING' };

/** A real gRPC server on loopback with the health service, or without; its port. */
export async function grpcServer({
  tls,
  services = SERVICES,
  token,
}: {
  tls?: { key: string; cert: string };
  /** `undefined` as a whole stands for the usual; null: a server without the health service. */
  services?: ServingStatusMap | null;
  /** What has to be sent as `authorization`. */
  token?: string;
} = {}): Promise<number> {
  const server = new Server();
  if (services !== null && token === undefined) new HealthImplementation(services).addToServer(server);
  if (token !== undefined)
    server.addService(service as unknown as ServiceDefinition, {
      check: (
        { metadata }: { metadata: Metadata },
        answer: (error: object | null, reply?: object) => void,
      ) => {
        const [given] = metadata.get('authorization');
        if (given === token) answer(null, { status: 'SERVING' });
        else answer({ code: status.UNAUTHENTICATED, details: `“${String(given)}” is not let in` });
      },
    });
  const credentials = tls
    ? ServerCredentials.createSsl(null, [
        { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) },
      ])
    : ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  onTestFinished(() => server.forceShutdown());
  return port;
}
