import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { optionProblem, type CheckType } from '../src/core/check-type.ts';
import { faultOfCode, findingOfFault } from '../src/core/fault-of-code.ts';
import { hostPort } from '../src/core/host-port.ts';
import { neutraliseLine } from '../src/core/neutralise.ts';
import { failed, good } from '../src/core/probe-result.ts';
import { tooSlow } from '../src/core/slowness.ts';
import { within } from './shared/fields.ts';

const RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;

const options = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe("Name to look up; defaults to the host in the target's url or address."),
  record: z.enum(RECORD_TYPES).default('A').describe('Record type.'),
  resolver: z
    .string()
    .min(1)
    .optional()
    .describe("Name server to query, `address` or `address:port`; defaults to this machine's resolver."),
  expect: z
    .strictObject({
      answers: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe(
          'Answers that must all be present, in the form the check prints them: `10 mail.example.com` for MX, `0 issue letsencrypt.org` for CAA.',
        ),
      only: z.boolean().default(false).describe('Allow no other answers.'),
      nxdomain: z.boolean().default(false).describe('Expect the name not to exist.'),
      within,
    })
    .prefault({}),
});

type Options = z.output<typeof options>;

export default {
  type: 'dns',
  summary: 'A name server returns the right answer for a name.',
  notes: `Fails with \`dns-nxdomain\` when the name does not exist, \`dns-error\` when the server refuses or fails,
\`answer\` when the answers differ from the expected ones or there are none (also behind a CNAME), and with
\`timeout\`, \`refused\` or \`slow\`. Addresses are compared by value, text case-sensitively, and names without
regard to case or a trailing dot. The hosts file is not used.`,
  examples: [
    { title: 'A name resolves', yaml: '{ type: dns, query: www.example.com }' },
    {
      title: 'The name server of the zone returns the right MX records',
      yaml: '{ type: dns, query: example.com, record: MX, resolver: "192.0.2.53", expect: { answers: ["10 mail.example.com"], only: true } }',
    },
  ],
  options,
  prepare({ query, record, resolver, expect }: Options, target) {
    const host = query ?? hostPort({}, target, 53)?.host;
    if (host === undefined || isIP(host) !== 0) {
      return optionProblem(['query'], 'a name to look up, here or in the target’s url or address');
    }
    if (resolver !== undefined && !isServer(resolver)) {
      return optionProblem(
        ['resolver'],
        'an IP address, with or without a port: 192.0.2.53, 192.0.2.53:5353, [2001:db8::53]:53',
      );
    }
    const ascii = asciiName(host);
    const wanted = expect.answers?.map((answer) => comparable(record, answer));
    return {
      is: 'prepared',
      subject: `${record} ${host}${resolver ? ` at ${resolver}` : ''}`,
      secrets: [],
      async probe(context) {
        // One attempt that may use all the remaining time; the runner's deadline ends it.
        const asking = new Resolver({ timeout: Math.max(1, Math.floor(context.remainingMs())), tries: 1 });
        context.onAbort(() => asking.cancel());
        if (resolver !== undefined) asking.setServers([resolver]);
        const startedAt = context.elapsedMs();
        let answers: string[];
        try {
          answers = await ask(asking, ascii, record);
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          const phases = { resolve: context.elapsedMs() - startedAt };
          if (code === 'ENOTFOUND' && expect.nxdomain) return good('does not exist, as expected', { phases });
          const where = `${record} ${host}`;
          if (code === 'ENODATA') return failed('answer', `no ${record} record for ${host}`, { phases });
          return findingOfFault(faultOfCode(code === 'ECANCELLED' ? 'ETIMEOUT' : code, where, 'dns-error'), {
            phases,
          });
        }
        const measured = { phases: { resolve: context.elapsedMs() - startedAt } };
        const shown = neutraliseLine(answers.join(', ') || 'nothing', 200);
        context.log(`answer: ${shown}`);
        if (expect.nxdomain) return failed('answer', `exists: ${shown}`, measured);
        // A name whose CNAME leads to a name without such a record returns no answers.
        if (answers.length === 0) return failed('answer', `no ${record} record for ${host}`, measured);
        if (wanted) {
          const got = answers.map((answer) => comparable(record, answer));
          const isSame = (a: string, b: string) => a === b || (record === 'TXT' && a === asBytes(b));
          const missing = wanted.filter((answer) => !got.some((one) => isSame(one, answer)));
          const extra = expect.only ? got.filter((one) => !wanted.some((answer) => isSame(one, answer))) : [];
          if (missing.length + extra.length > 0) {
            return failed('answer', `got ${shown}, expected ${expect.answers!.join(', ')}`, measured);
          }
        }
        return tooSlow(context.elapsedMs(), expect.within, measured) ?? good(shown, measured);
      },
    };
  },
} satisfies CheckType<Options, typeof options>;

/** A name in the form that is queried: internationalised names in ASCII, without the final dot. */
function asciiName(name: string): string {
  const plain = name.replace(/\.$/, '');
  // eslint-disable-next-line no-control-regex
  return /[^\u0000-\u007f]/.test(plain) ? domainToASCII(plain) || plain : plain;
}

/** Node returns TXT records byte by byte, so UTF-8 text is compared as its bytes. */
const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/**
 * The value that two records of that type are compared by: addresses by value, text with its case, names without case
 * and without the final dot; of CAA the tag without case and the value as it stands (RFC 8659).
 */
function comparable(record: (typeof RECORD_TYPES)[number], answer: string): string {
  switch (record) {
    case 'TXT':
      return answer;
    case 'A':
      return answer.trim();
    case 'AAAA': {
      const address = answer.trim().replace(/^\[|\]$/g, '');
      return isIP(address) === 6 ? new URL(`http://[${address}]/`).hostname : address;
    }
    case 'CAA': {
      const match = /^(\d+)\s+([a-z0-9]+)\s+"?([^"]*)"?$/i.exec(answer.trim());
      return match ? `${match[1]} ${match[2]!.toLowerCase()} ${match[3]}` : answer.trim();
    }
    default:
      return answer
        .trim()
        .split(/\s+/)
        .map((word) => asciiName(word).toLowerCase())
        .join(' ');
  }
}

function isServer(server: string): boolean {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(server);
  return (
    isIP(server) !== 0 ||
    (match !== null && isIP(match[1] ?? match[2]!) !== 0 && Number(match[3] ?? 53) < 65_536)
  );
}

async function ask(asking: Resolver, host: string, record: (typeof RECORD_TYPES)[number]): Promise<string[]> {
  switch (record) {
    case 'A':
      return asking.resolve4(host);
    case 'AAAA':
      return asking.resolve6(host);
    case 'CNAME':
      return asking.resolveCname(host);
    case 'NS':
      return asking.resolveNs(host);
    case 'PTR':
      return asking.resolvePtr(host);
    case 'TXT':
      return (await asking.resolveTxt(host)).map((parts) => parts.join(''));
    case 'MX':
      return (await asking.resolveMx(host)).map(({ priority, exchange }) => `${priority} ${exchange || '.'}`);
    case 'SRV':
      return (await asking.resolveSrv(host)).map(
        ({ priority, weight, port, name }) => `${priority} ${weight} ${port} ${name}`,
      );
    case 'SOA': {
      const { nsname, hostmaster, serial } = await asking.resolveSoa(host);
      return [`${nsname} ${hostmaster} ${serial}`];
    }
    case 'CAA':
      return (await asking.resolveCaa(host)).flatMap(({ critical, ...tags }) =>
        Object.entries(tags)
          .filter(([tag]) => tag !== 'type')
          .map(([tag, value]) => `${critical} ${tag} ${String(value)}`),
      );
  }
}
