import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

const PROMETHEUS = '/usr/bin/prometheus';

export const isPrometheusHere = existsSync(PROMETHEUS);
if (!isPrometheusHere)
  console.log('Skipped: tests with a real Prometheus; to run them install it (apt-get install prometheus).');

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** A real Prometheus, asked through its API. */
export class Prometheus {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** `files` beside `prometheus.yml`, by name. */
  static async start(files: Readonly<Record<string, string>>): Promise<Prometheus> {
    const [folder, port] = await Promise.all([temporaryFolder(files), freePort()]);
    const child = spawn(
      PROMETHEUS,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=exemplar-storage',
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr.on('data', (piece) => (said += piece));
    onTestFinished(() => void child.kill('SIGKILL'));
    const url = `http://127.0.0.1:${port}`;
    await until('Prometheus', async () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended: ${said}`);
      return (await fetch(`${url}/-/ready`)).ok;
    });
    return new Prometheus(url);
  }

  /** Its answer at this moment; throws with its words when it does not understand. */
  async query(expr: string): Promise<Sample[]> {
    const { data } = await this.#ask<{
      result: { metric: Record<string, string>; value: [number, string] }[];
    }>(`query?query=${encodeURIComponent(expr)}`);
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async exemplars(expr: string): Promise<{ exemplars: { labels: Record<string, string> }[] }[]> {
    const now = Date.now() / 1_000;
    const query = `query_exemplars?query=${encodeURIComponent(expr)}&start=${now - 600}&end=${now + 10}`;
    return (await this.#ask<{ exemplars: { labels: Record<string, string> }[] }[]>(query)).data;
  }

  async rules(): Promise<{ groups: { rules: { name: string; health: string; lastError?: string }[] }[] }> {
    return (
      await this.#ask<{ groups: { rules: { name: string; health: string; lastError?: string }[] }[] }>(
        'rules',
      )
    ).data;
  }

  async #ask<Data>(path: string): Promise<{ data: Data }> {
    const answer = await fetch(`${this.#url}/api/v1/${path}`);
    const body = (await answer.json()) as { status: string; error?: string; data: Data };
    if (body.status !== 'success') throw new Error(`${path}: ${body.error}`);
    return body;
  }
}
