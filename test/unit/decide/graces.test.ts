import { describe, expect, it } from 'vitest';
import { createGraceMemory, DAY_MS } from '../../../services/decide/caller-state/graces.ts';
import { createChallengeNonces, NONCE_LIFE_MS } from '../../../services/decide/challenge/nonce.ts';
import { NOW } from '../../support/decision-app.ts';

const GRACE = 900_000;

describe('who met a challenge, in memory', () => {
  it('is let be from that moment to the end of the grace, as the policy of now has it', () => {
    const graces = createGraceMemory();
    expect(graces.at('a', GRACE, NOW)).toBeNull();
    graces.add('a', NOW);
    expect(graces.at('a', GRACE, NOW)).toEqual({ metMs: NOW, untilMs: NOW + GRACE });
    expect(graces.at('a', GRACE, NOW + GRACE - 1)).not.toBeNull();
    expect(graces.at('a', GRACE, NOW + GRACE)).toBeNull();
    expect(graces.at('a', 60_000, NOW + 60_000)).toBeNull();
    expect(graces.at('b', GRACE, NOW)).toBeNull();
    // A clock that was set back, or that of another process.
    expect(graces.at('a', GRACE, NOW - 5000)).toEqual({ metMs: NOW, untilMs: NOW + GRACE });
  });

  it('on two processes at once met it once: it is neither prolonged nor counted twice', () => {
    const graces = createGraceMemory();
    graces.add('a', NOW + 700);
    graces.learn({ caller: 'a', metMs: NOW });
    graces.learn({ caller: 'a', metMs: NOW });
    expect(graces.at('a', GRACE, NOW + GRACE - 1)?.untilMs).toBe(NOW + GRACE);
    expect(graces.at('a', GRACE, NOW + GRACE)).toBeNull();
    graces.add('a', NOW + GRACE);
    expect(graces.isSpent('a', GRACE, NOW + GRACE)).toBe(false);
    graces.add('a', NOW + 2 * GRACE);
    expect(graces.isSpent('a', GRACE, NOW + 2 * GRACE)).toBe(true);
    expect(graces.isSpent('a', GRACE, NOW + DAY_MS - 1)).toBe(true);
    expect(graces.isSpent('a', GRACE, NOW + DAY_MS)).toBe(false);
  });

  it('ends after a day however long the policy has it, and the next one that is met lifts again', () => {
    const graces = createGraceMemory();
    graces.add('a', NOW);
    const later = NOW + DAY_MS + 1;
    expect(graces.at('a', 2 * DAY_MS, later - 2)).toEqual({ metMs: NOW, untilMs: NOW + DAY_MS });
    expect(graces.at('a', 2 * DAY_MS, later)).toBeNull();
    graces.add('a', later);
    expect(graces.at('a', 2 * DAY_MS, later)).toEqual({ metMs: later, untilMs: later + DAY_MS });
  });

  it('is told to others once, and again after it could not be', () => {
    const graces = createGraceMemory();
    graces.add('a', NOW);
    graces.learn({ caller: 'b', metMs: NOW });
    const told = graces.takeUntold();
    expect(told).toEqual([{ caller: 'a', metMs: NOW }]);
    expect(graces.takeUntold()).toEqual([]);
    graces.putBack(told);
    expect(graces.takeUntold()).toEqual(told);
  });

  it('is forgotten after a day, and before it when there are too many: who was longest ago first', () => {
    const graces = createGraceMemory(3);
    for (const [i, caller] of ['a', 'b', 'c', 'd'].entries()) graces.add(caller, NOW + i);
    expect(graces.size()).toBe(3);
    expect(graces.at('a', GRACE, NOW + 10)).toBeNull();
    expect(graces.at('d', GRACE, NOW + 10)).not.toBeNull();
    graces.sweep(NOW + DAY_MS + 1);
    expect(graces.size()).toBe(2);
    graces.sweep(NOW + DAY_MS + 3);
    expect(graces.size()).toBe(0);
    for (let i = 0; i < 1000; i++) graces.learn({ caller: 'a', metMs: NOW + i });
    expect(graces.size()).toBe(1);
  });
});

describe('a nonce', () => {
  it('is known again by every process of one key, says for whom it is, and holds no id', () => {
    const [here, there] = [createChallengeNonces('key'), createChallengeNonces('key')];
    const name = here.nameOf('default', { kind: 'user', id: 'alice' });
    expect(there.nameOf('default', { kind: 'user', id: 'alice' })).toBe(name);
    const others = [
      there.nameOf('shop', { kind: 'user', id: 'alice' }),
      there.nameOf('default', { kind: 'session', id: 'alice' }),
      createChallengeNonces('another').nameOf('default', { kind: 'user', id: 'alice' }),
    ];
    expect(others).not.toContain(name);
    const nonce = here.issue(name, NOW);
    expect(there.read(nonce)).toEqual({ text: nonce, issuedMs: NOW, expiresMs: NOW + NONCE_LIFE_MS, caller: name });
    expect(here.issue(name, NOW)).not.toBe(nonce);
    expect(createChallengeNonces('another').read(nonce)).toBeNull();
    expect(Buffer.from(nonce, 'base64url').toString('latin1')).not.toContain('alice');
  });
});
