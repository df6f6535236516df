import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gsm7Length, toGsm7 } from '../../src/core/gsm7.ts';
import type { Incident } from '../../src/core/incident.ts';
import { pageText, type PageFacts } from '../../src/core/page-text.ts';
import { sampleIncident } from '../support/sample-incident.ts';

const startedAt = Date.parse('2026-11-22T08:12:00Z');

const incident = sampleIncident({
  customer: 'Acme',
  startedAt,
  openedAt: startedAt + 90_000,
  message: 'connection refused: 192.0.2.1:443 (ECONNREFUSED)',
  ticket: { adapter: 'desk', helpdesk: 'desk', remoteId: '4711', url: 'https://w.example/tickets/4711' },
});

const facts = (more: Partial<Incident> = {}, other: Partial<PageFacts> = {}): PageFacts => ({
  occasion: { is: 'outage' },
  incident: { ...incident, ...more },
  now: startedAt + 90_000,
  timeZone: 'America/Toronto',
  link: 'https://w.example/a/K7Q2M9',
  perhapsDouble: false,
  nameOf: (person) => person,
  wall: 'https://w.example/',
  ...other,
});

describe('page text', () => {
  test.each<[string, Partial<Incident>, Partial<PageFacts>, string]>([
    [
      'an outage',
      {},
      {},
      'URGENT shop (Acme) down since 03:12: connection refused: 192.0.2.1:443 (ECONNREFUSED). Ticket Desk 4711. https://w.example/a/K7Q2M9',
    ],
    [
      'one without a ticket yet',
      { ticket: undefined, message: 'connection refused' },
      {},
      'URGENT shop (Acme) down since 03:12: connection refused. https://w.example/a/K7Q2M9',
    ],
    [
      'one that may have arrived',
      { message: 'connection refused' },
      { perhapsDouble: true },
      'URGENT (sent again) shop (Acme) down since 03:12: connection refused. Ticket Desk 4711. https://w.example/a/K7Q2M9',
    ],
    [
      'a relapse',
      { message: 'connection refused' },
      { occasion: { is: 'again' } },
      'URGENT shop (Acme) down again, first failed 03:12: connection refused. Ticket Desk 4711. https://w.example/a/K7Q2M9',
    ],
    [
      'a reminder',
      { message: 'connection refused' },
      { occasion: { is: 'reminder' } },
      'URGENT shop (Acme) still down since 03:12, unacknowledged: connection refused. Ticket Desk 4711. https://w.example/a/K7Q2M9',
    ],
    [
      'a recovery',
      { status: { is: 'resolved', at: startedAt + 720_000, how: 'recovered' } },
      { occasion: { is: 'recovery' } },
      'RECOVERED shop (Acme) up since 03:24 after 12 min. Ticket Desk 4711. https://w.example/a/K7Q2M9',
    ],
    [
      'a page that comes too late',
      {
        message: 'connection refused',
        status: { is: 'resolved', at: startedAt + 720_000, how: 'recovered' },
      },
      {},
      'URGENT shop (Acme) was down 03:12 to 03:24: connection refused. Resolved. Ticket Desk 4711. https://w.example/a/K7Q2M9',
    ],
    [
      'an outage of yesterday',
      { message: 'connection refused' },
      { now: startedAt + 86_400_000 },
      'URGENT shop (Acme) down since Nov 22 03:12: connection refused. Ticket Desk 4711. https://w.example/a/K7Q2M9',
    ],
  ])('of %s', (_what, more, other, expected) => {
    expect(pageText(facts(more, other))).toBe(expected);
    expect(gsm7Length(expected)).toBeLessThanOrEqual(160);
  });

  test('takes two messages where one does not hold what is needed: code, customer, time, ticket and link', () => {
    const text = pageText(
      facts({
        target: 'a-rather-long-name-of-a-target-in-a-data-centre-far-away',
        customer: 'Très Longue Société Anonyme',
      }),
    );
    expect(gsm7Length(text)).toBeGreaterThan(160);
    expect(gsm7Length(text)).toBeLessThanOrEqual(306);
    for (const part of [
      'URGENT a-rather',
      'Longue',
      'since 03:12',
      'connection refused',
      'Ticket Desk 4711.',
      'https://w.example/a/K7Q2M9',
    ])
      expect(text).toContain(part);
  });

  test('fits the alphabet of phones whatever a target is called or answers', () => {
    const hostile = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(hostile, hostile, hostile, (target, customer, message) => {
        const text = pageText(facts({ target, customer, message }));
        expect(gsm7Length(text) ?? 0).toBeLessThanOrEqual(306);
        if (gsm7Length(text) === undefined) expect(text.length).toBeLessThanOrEqual(134);
        expect(text).not.toMatch(/[\n\r]/);
      }),
    );
  });

  test('a name that the alphabet of phones cannot write keeps its letters', () => {
    const text = pageText(
      facts({ target: 'Сервер почты Київ', customer: undefined, message: 'connection refused' }),
    );
    expect(text).toContain('URGENT Сервер почты Київ down since 03:12');
    expect(text.length).toBeLessThanOrEqual(134);
  });

  test('plain marks stand in for typographic ones', () => {
    expect(toGsm7('“Łódź” – it’s 5 €…')).toBe('"?ódz" - it\'s 5 €...'.replace('ó', 'o'));
  });
});
