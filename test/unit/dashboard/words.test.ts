import { describe, expect, it } from 'vitest';
import {
  bytes,
  decibels,
  duration,
  headline,
  oneIn,
  percent,
  precisely,
  subline,
} from '../../../dashboards/web/src/format.ts';
import type { OverviewAnswer } from '../../../schemas/api.ts';

const nobody = { user: 0, session: 0, device: 0, ip: 0, net: 0, client: 0 };
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('the headline', () => {
  it.each([
    [nobody, nobody, 'Nobody is over the challenge line.'],
    [nobody, { ...nobody, ip: 2 }, '2 addresses are over the challenge line, nobody over the block line.'],
    [{ ...nobody, ip: 1 }, nobody, '1 address is over the block line.'],
    [
      { ...nobody, ip: 2, user: 1, net: 1 },
      { ...nobody, device: 1 },
      '1 user, 2 addresses and 1 network are over the block line; 1 device is over the challenge line.',
    ],
  ])('says who is over which line', (block, challenge, expected) => {
    expect(plain(headline({ block, challenge }))).toBe(expected);
  });
});

const overview = (change: Partial<OverviewAnswer>): OverviewAnswer => ({
  time: '',
  from: '',
  to: '',
  bucket_s: 30,
  policy: { version: 1, mode: 'enforce', challenge_db: 30, block_db: 40 },
  total: { requests: 1000, challenge: 300, block: 112 },
  genuine: { requests: 500, challenge: 0, block: 0 },
  decided: 1000,
  would: { challenge: 0, block: 0 },
  series: [],
  over: { challenge: nobody, block: nobody },
  freshness: {
    caught_up: null,
    lag_messages: null,
    delay_p50_s: null,
    delay_p95_s: null,
    rate_per_s: 0,
    last_event: null,
    snapshot_step: null,
    snapshot_age_ms: null,
    dead_letters: 0,
  },
  calibration: [],
  ...change,
});

describe('what it meant for traffic', () => {
  it.each([
    [{}, '412 of 1,000 requests were refused in the last hour, 0 of them genuine.'],
    [
      { genuine: { requests: 0, challenge: 0, block: 0 } },
      '412 of 1,000 requests were refused in the last hour, no attested-genuine traffic to measure against.',
    ],
    [
      {
        policy: { version: 1, mode: 'shadow' as const, challenge_db: 30, block_db: 40 },
        would: { challenge: 7, block: 2 },
      },
      'Shadow mode refuses nobody. Enforcing would have refused 9 of 1,000 requests in the last hour.',
    ],
    [
      { decided: 0 },
      '1,000 requests in the last hour. None of them carries a decision: so far, the gateway only sends its log.',
    ],
    [{ total: { requests: 0, challenge: 0, block: 0 } }, 'No request arrived in the last hour.'],
  ])('%#', (change, expected) => {
    expect(subline(overview(change), 'the last hour')).toBe(expected);
  });
});

it('reads numbers as people do, and parts none from its unit', () => {
  const parted = (text: string) => text.replaceAll('\u00a0', '|');
  expect([0, 13, 30, 40].map(oneIn)).toEqual(['every one', '1 in 20', '1 in 1,000', '1 in 10,000']);
  expect([0, 999, 1500, 2.5e9].map(bytes).map(parted)).toEqual(['0|B', '999|B', '1.5|kB', '2.5|GB']);
  expect([0.2, 3.14, 45, 600, 7200, 200_000].map(duration).map(parted)).toEqual([
    '200|ms',
    '3.1|s',
    '45|s',
    '10|min',
    '2|h',
    '2|days',
  ]);
  expect([0.004, 0.37].map(percent).map(parted)).toEqual(['0.4|%', '37|%']);
  expect([parted(precisely(0.000123, 2)), parted(decibels(20)), parted(decibels(20, 0))]).toEqual([
    '0.012|%',
    '20.0|dB',
    '20|dB',
  ]);
});
