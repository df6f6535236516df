import { blackboxModuleSchema } from './module-schema.ts';

/** The modules of blackbox_exporter's own config that have a prober here. */
export const BUILT_IN_MODULES = new Map(
  Object.entries({
    http_2xx: { prober: 'http' },
    http_post_2xx: { prober: 'http', http: { method: 'POST' } },
    tcp_connect: { prober: 'tcp' },
    pop3s_banner: { prober: 'tcp', tcp: { query_response: [{ expect: '^+OK' }], tls: true } },
    ssh_banner: {
      prober: 'tcp',
      tcp: { query_response: [{ expect: '^SSH-2.0-' }, { send: 'SSH-2.0-blackbox-ssh-check' }] },
    },
    irc_banner: {
      prober: 'tcp',
      tcp: {
        query_response: [
          { send: 'NICK prober' },
          { send: 'USER prober prober prober :prober' },
          { expect: 'PING :([^ ]+)', send: 'PONG ${1}' },
          { expect: '^:[^ ]+ 001' },
        ],
      },
    },
    grpc: { prober: 'grpc', grpc: { tls: true, preferred_ip_protocol: 'ip4' } },
    grpc_plain: { prober: 'grpc', grpc: { tls: false, service: 'service1' } },
    icmp: { prober: 'icmp' },
    icmp_ttl5: { prober: 'icmp', timeout: '5s', icmp: { ttl: 5 } },
    tls_connect: { prober: 'tcp', tcp: { tls: true } },
  }).map(([name, module]) => [name, blackboxModuleSchema.parse(module)] as const),
);
