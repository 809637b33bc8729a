import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalEvent } from '../../../schemas/event.ts';
import { checkEvent, isRejection, prepare, TEXT_LIMITS } from '../../../services/ingest/validate.ts';
import { normaliseAddress } from '../../../shared/address.ts';
import { cut } from '../../../shared/identity.ts';

const EVENT = {
  time: '2026-11-24T12:00:00Z',
  'http.request.method': 'GET',
  'url.path': '/v1/orders',
  'http.response.status_code': 200,
  'client.address': '203.0.113.9',
};

describe('validation of canonical events', () => {
  it('accepts what is required, and absent fields are empty', () => {
    expect(checkEvent(EVENT)).toMatchObject({
      time: Date.UTC(2026, 10, 24, 12),
      method: 'GET',
      path: '/v1/orders',
      status: 200,
      address: { ip: '203.0.113.9' },
      userId: '',
      responseSize: 0,
      captchaScore: -1,
      wafScore: -1,
    });
  });

  it.each(Object.keys(EVENT))('names %s when it is absent', (name) => {
    const { [name]: _, ...rest } = EVENT as Record<string, unknown>;
    expect(checkEvent(rest)).toMatchObject({ reason: 'missing_field', detail: expect.stringContaining(name) });
    expect(checkEvent({ ...EVENT, [name]: null })).toMatchObject({ reason: 'missing_field' });
  });

  it.each([
    ['url.path', 7, 'invalid_field'],
    ['http.response.status_code', '200', 'invalid_field'],
    ['http.response.status_code', 200.5, 'invalid_field'],
    ['http.response.status_code', -1, 'invalid_field'],
    ['http.response.size', -1, 'invalid_field'],
    ['http.response.size', 1e300, 'invalid_field'],
    ['user.id', 12, 'invalid_field'],
    ['user.id', { a: 1 }, 'invalid_field'],
    ['event_id', '', 'invalid_field'],
    ['attestation.status', 'fine', 'invalid_field'],
    ['risk.outcome', 'ALLOW', 'invalid_field'],
    ['captcha.score', 1.1, 'invalid_field'],
    ['geo.location.lat', 91, 'invalid_field'],
    ['network.asn', 4_294_967_296, 'invalid_field'],
    ['time', 'yesterday', 'invalid_time'],
    ['time', true, 'invalid_time'],
    ['client.address', 'localhost', 'invalid_address'],
    ['client.address', 9, 'invalid_address'],
  ])('rejects %s = %j as %s', (name, value, reason) => {
    const rejection = checkEvent({ ...EVENT, [name]: value });
    expect(rejection).toMatchObject({ reason, detail: expect.stringContaining(name) });
  });

  it('never quotes a value in a rejection: it may be a secret', () => {
    for (const name of Object.keys(canonicalEvent.shape)) {
      const rejection = checkEvent({ ...EVENT, [name]: { s3cr3t: 's3cr3t' } });
      expect(JSON.stringify(rejection), name).not.toContain('s3cr3t');
    }
  });

  it('takes null for absent in optional fields', () => {
    expect(checkEvent({ ...EVENT, 'user.id': null, 'waf.score': null })).toMatchObject({ userId: '', wafScore: -1 });
  });

  it.each([
    ['get', 'GET'],
    ['PATCH', 'PATCH'],
    ['PROPFIND', '_OTHER'],
    ['', '_OTHER'],
    ['x'.repeat(1000), '_OTHER'],
  ])('writes method %s as %s', (method, expected) => {
    expect(checkEvent({ ...EVENT, 'http.request.method': method })).toMatchObject({ method: expected });
  });

  it('cuts text that is too long, never in the middle of a character', () => {
    for (const [name, limit] of Object.entries(TEXT_LIMITS)) {
      const long = checkEvent({ ...EVENT, [name]: 'é'.repeat(limit + 1) });
      expect(isRejection(long), name).toBe(false);
    }
    expect(cut('ab😀', 3)).toBe('ab');
    expect(cut('ab😀', 4)).toBe('ab😀');
  });

  it('cuts at the limits of the schema', () => {
    for (const [name, limit] of Object.entries(TEXT_LIMITS)) {
      expect(canonicalEvent.safeParse({ ...EVENT, [name]: 'x'.repeat(limit) }).success, name).toBe(true);
      expect(canonicalEvent.safeParse({ ...EVENT, [name]: 'x'.repeat(limit + 1) }).success, name).toBe(false);
    }
  });

  it('agrees with the schema on every event', () => {
    const names = Object.keys(canonicalEvent.shape);
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constantFrom(
        null,
        undefined,
        '',
        0,
        1,
        -1,
        0.5,
        999,
        1000,
        'allow',
        'block',
        'met',
        'genuine',
        'failed',
        [],
        {},
      ),
      fc.constantFrom(
        'x'.repeat(300),
        '2026-11-24T12:00:00Z',
        '::1',
        Number.MAX_SAFE_INTEGER,
        2 ** 53,
        Number.POSITIVE_INFINITY,
      ),
    );
    const change = fc.record({ name: fc.constantFrom(...names), value });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), (changes) => {
        const event: Record<string, unknown> = { ...EVENT };
        for (const { name, value } of changes) event[name] = value;
        const rejected = isRejection(checkEvent(event));
        const bySchema = canonicalEvent.safeParse(prepare(event));
        // What the schema cannot say: whether the texts of time and address mean one.
        const meaning =
          bySchema.success &&
          normaliseAddress(bySchema.data['client.address']) !== null &&
          isRejection(checkEvent({ ...EVENT, time: bySchema.data.time })) === false;
        expect(!rejected).toBe(meaning);
      }),
      { numRuns: 2_000 },
    );
  });
});
