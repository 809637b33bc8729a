import type { Platform } from './agents.ts';
import type { Person } from './people.ts';
import { DAY, HOUR, within } from './plan.ts';
import { hex8, mix } from './random.ts';
import type { Actor } from './schedule.ts';
import type { Caller, Label, Proof } from './site.ts';

/** Seconds that an attestation token lives. */
export const TOKEN_LIFE_MS = 300_000;

/** What a crowd comes for: one thing, by one way in. */
export interface Purpose {
  kind: string;
  /** A screen, or null for the usual ones. */
  entry: string | null;
  /** Index of the thing, or -1. */
  focus: number;
}

/** One visit of a person: sign-in if need be, then a walk over the app's screens with the calls that each makes. */
export class Visit implements Actor {
  private readonly person: Person;
  private readonly purpose: Purpose | null;
  private readonly caller: Caller;
  private readonly kind: string;
  private readonly salt: number;
  /** Calls before the first token comes. */
  private readonly tokenAfter: number;
  private queue: string[] = [];
  private state: string;
  private attempts = 0;
  private calls = 0;
  private failedSignins = 0;
  private stormy = false;

  constructor(person: Person, now: number, purpose: Purpose | null) {
    const { world, random, group } = person;
    this.person = person;
    this.purpose = purpose;
    this.salt = random.word();
    this.state = purpose?.entry ?? random.weighted(group.spec.entry);
    const place = this.place(now);
    const { platform } = person;
    const release = person.sinceUpgrade(now) >= 0 ? 5 : 3 + (mix(person.hardware, 8) % 2);
    const software = world.agents.software(
      platform,
      platform === 'server' ? mix(person.index, 3) : person.deviceOf(now),
      release,
    );
    const isApp = platform !== 'web' && platform !== 'server';
    const partner = group.spec.partner === true;
    const remembers = isApp && platform !== 'device' && random.chance(0.93);
    const signsIn = !isApp && !partner && random.chance(group.spec.signedIn);
    this.caller = {
      ...place.origin,
      agent: software.agent,
      ja4: software.ja4,
      version: software.version,
      platform,
      apiClient: partner ? `partner-${person.index - group.first + 1}` : world.site.apiClient(platform),
      user: remembers ? world.site.userId(person.index) : '',
      session: platform === 'server' || platform === 'device' ? '' : hex8(this.salt) + hex8(mix(this.salt, 2)),
      device: isApp ? deviceId(person.deviceOf(now)) : '',
    };
    this.kind = purpose?.kind ?? this.benignKind(now, place.name);
    // A late token: the app's first calls go out without one; now and then the provider never answers at all.
    const late = random.chance(world.plan.missingRate * 1.5);
    this.tokenAfter = !late ? 0 : random.chance(0.4) ? 1000 : 2 + random.int(10);

    if (remembers && random.chance(0.4)) this.queue.push('refresh');
    else if (signsIn || (isApp && platform !== 'device' && random.chance(0.6)))
      this.queue.push(random.chance(0.04) ? 'signup' : 'signin');
  }

  act(now: number): number {
    const { person, caller } = this;
    const { world, random } = person;
    const name = this.queue.shift() ?? this.state;
    const isScreen = this.queue.length === 0 && name === this.state;
    const status = this.answer(name, now);
    this.calls++;
    this.wander(now);
    const subject = name === 'signin' ? this.subject() : '';
    world.site.call(now, caller, this.proof(now), name, this.resolve, status, subject, this.label(now, status));
    if (this.calls > 3000) return this.end();
    if (status >= 500) return this.again(now, name);
    this.attempts = 0;
    if (name === 'signin' || name === 'signup') return this.afterSignin(now, name, status);
    if (isScreen) this.enter(name, now);
    if (this.queue.length > 0) return now + random.lognormal(120, 0.7);
    const route = world.plan.spec.routes[name];
    const { spec } = person.group;
    if (this.state === 'exit') return this.end();
    return now + Math.min(random.lognormal((route?.think ?? 5) * 1000, spec.jitter), 25 * 60_000);
  }

  /** A phone leaves the house, or a VPN reconnects: another address in the middle of a session, maybe another country. */
  private wander(now: number): void {
    const { person, caller } = this;
    const { networks } = person.world;
    const { random } = person;
    const isPhone = caller.platform === 'android' || caller.platform === 'ios';
    if (!isPhone || this.queue.length > 0 || !random.chance(0.02)) return;
    const origin = person.vpn ? networks.vpn(random.int(24)) : networks.carrier(person.index, now);
    if (this.kind !== 'traveller' && this.kind !== 'office-nat') Object.assign(caller, origin);
  }

  /** Queues what the app asks for beside a screen and chooses the next one. */
  private enter(name: string, now: number): void {
    const { person } = this;
    const { world, random, group } = person;
    const route = world.plan.spec.routes[name];
    const companions = [...(route?.beside ?? [])];
    // The new version asks for one more thing on most screens: the behaviour change of an app release.
    if (
      person.sinceUpgrade(now) >= 0 &&
      person.platform !== 'device' &&
      person.platform !== 'server' &&
      random.chance(0.6)
    )
      for (let i = 0; i < world.plan.novelties; i++) companions.push(world.plan.spec.novelty);
    this.queue.push(...companions);
    this.state = random.weighted(group.spec.chain[name] ?? [['exit', 1]]);
  }

  private answer(name: string, now: number): number {
    const { person } = this;
    const { plan } = person.world;
    const { random } = person;
    if (within(plan.outage, now) && random.chance(0.75)) {
      this.stormy = true;
      return random.pick([502, 503, 503, 504]);
    }
    if (name === 'signin') {
      // One sign-in in ten or so fails for honest people (assumed); the forgetful fail again and again.
      const p = person.forgetful ? 0.65 : this.failedSignins > 0 ? 0.35 : 0.08;
      return random.chance(p) && this.failedSignins < 7 ? 401 : 0;
    }
    for (const [status, p] of plan.spec.routes[name]?.fail ?? []) if (random.chance(p)) return status;
    // What goes wrong for honest people everywhere: old links, lost permissions, bad forms.
    if (!random.chance(0.005)) return 0;
    return random.pick([404, 404, 403, 403, 400, 422, 405, 500]);
  }

  /** Clients try again after a server error, soon and several times. */
  private again(now: number, name: string): number {
    const { random } = this.person;
    this.attempts++;
    if (this.attempts > 6 || random.chance(0.12)) return this.end();
    if (name !== this.state || this.queue.length > 0) this.queue.unshift(name);
    return now + random.lognormal(500 * this.attempts, 0.5);
  }

  private afterSignin(now: number, name: string, status: number): number {
    const { world, random, index } = this.person;
    if (status === 401) {
      this.failedSignins++;
      if (this.failedSignins > 3 && random.chance(0.5)) {
        this.queue.unshift('reset', 'signin');
        return now + random.lognormal(6000, 0.5);
      }
      if (random.chance(0.12)) return this.end();
      this.queue.unshift('signin');
      return now + random.lognormal(7000, 0.6);
    }
    if (status >= 400) {
      this.queue.unshift(name);
      return now + random.lognormal(12_000, 0.6);
    }
    this.caller.user = world.site.userId(index);
    if (random.chance(world.plan.secondFactor)) this.queue.unshift('otp');
    return now + random.lognormal(900, 0.5);
  }

  private subject(): string {
    const { world, random, index } = this.person;
    return random.chance(0.06) ? world.site.subject(index + 5_000_000 + random.int(9)) : world.site.subject(index);
  }

  private readonly resolve = (pool: string): number => {
    const { person } = this;
    const { world, random, group } = person;
    const spec = world.plan.spec.pools[pool];
    const { users } = world.site;
    const owner = group.spec.anyone ? random.int(users) : person.index;
    switch (spec?.use) {
      case 'owned':
        return owner + users * random.zipf(spec.size);
      case 'session':
        return this.salt % 50_000_000;
      case 'self':
        return owner;
      case 'code':
        return random.int(2_000_000_000);
      default: {
        const size = poolSize(spec?.size ?? 1000, users);
        if (this.purpose && this.purpose.focus >= 0 && random.chance(0.8)) return this.purpose.focus % size;
        return random.zipf(size);
      }
    }
  };

  private proof(now: number): Proof {
    const { person, caller } = this;
    const { random } = person;
    const { plan } = person.world;
    if (!plan.attesting.includes(caller.platform)) return { status: 'none', code: 'cannot_attest', token: '' };
    const outage = plan.providerOutage;
    const cut = outage !== null && within(outage, now) && outage.platform === caller.platform && random.chance(0.85);
    if (cut || this.calls <= this.tokenAfter || person.flaw === 3)
      return { status: 'missing', code: 'no_token', token: '' };
    const life = Math.floor(now / TOKEN_LIFE_MS);
    const token = hex8(mix(person.deviceOf(now), life)) + hex8(mix(life, person.deviceOf(now)));
    if (person.flaw === 1) return { status: 'failed', code: 'rejected', token };
    if (random.chance(person.flaw === 2 ? 0.4 : plan.expiredRate)) return { status: 'expired', code: 'expired', token };
    return { status: 'genuine', code: 'ok', token };
  }

  private place(now: number): { origin: { address: string; country: string; asn: number }; name: string } {
    const { person } = this;
    const { networks, plan } = person.world;
    const { random, platform } = person;
    if (platform === 'server') return { origin: networks.serverOf(person.hardware, random.int(2)), name: 'server' };
    if (platform === 'device') return { origin: networks.house(person.index, now), name: 'home' };
    if (person.vpn && random.chance(0.7)) return { origin: networks.vpn(random.int(24)), name: 'vpn' };
    if (person.travels && within(person.travels, now))
      return { origin: networks.abroad(person.index), name: 'traveller' };
    const hour = (((now / HOUR + plan.timezone) % 24) + 24) % 24;
    const atWork = hour > 8 && hour < 18 && random.chance(0.85);
    if (person.office >= 0 && atWork) return { origin: networks.office(person.office), name: 'office-nat' };
    const isPhone = platform === 'android' || platform === 'ios';
    if (isPhone && random.chance(0.4)) return { origin: networks.carrier(person.index, now), name: 'carrier-nat' };
    return { origin: networks.house(person.index, now), name: 'home' };
  }

  private benignKind(now: number, place: string): string {
    const { person } = this;
    const { spec } = person.group;
    if (spec.name === 'support') return 'support';
    if (spec.partner) return 'partner';
    if (spec.hours === 'flat') return 'device';
    if (person.passing) return 'passer-by';
    if (place === 'traveller' || place === 'vpn') return place;
    if (person.sharesDevice) return 'shared-device';
    if (now >= person.newPhoneAt && now < person.newPhoneAt + DAY) return 'new-phone';
    if (person.power) return 'power-user';
    const since = person.sinceUpgrade(now);
    if (since >= 0 && since < DAY) return 'app-release';
    return place === 'office-nat' || place === 'carrier-nat' ? place : 'ordinary';
  }

  private label(now: number, status: number): Label {
    const { person, caller } = this;
    const { plan, victims } = person.world;
    let kind = this.kind;
    const outage = plan.providerOutage;
    if (this.stormy || status >= 500) kind = 'retry-storm';
    else if (this.failedSignins > 1) kind = 'forgetful';
    else if (person.flaw === 1) kind = 'failed-device';
    else if (person.flaw === 2) kind = 'clock-skew';
    else if (person.flaw === 3) kind = 'no-token';
    else if (outage && within(outage, now) && outage.platform === caller.platform) kind = 'provider-outage';
    const since = victims.get(person.index);
    return { attack: false, kind, instance: '', victim: since !== undefined && now >= since };
  }

  /** Who this visit shows, signed in: an insider is a member of staff like the others. */
  identity(): Caller {
    return { ...this.caller, user: this.person.world.site.userId(this.person.index) };
  }

  private end(): number {
    this.person.busy = false;
    return Number.POSITIVE_INFINITY;
  }
}

/** Objects of a public pool in a world of `users`. */
export function poolSize(perThousand: number, users: number): number {
  return Math.max(20, Math.round(perThousand * Math.max(0.4, Math.sqrt(users / 1000))));
}

export function deviceId(hardware: number): string {
  return `${hex8(hardware)}${hex8(mix(hardware, 21))}`;
}

/** Whether a platform's callers carry an installation id. */
export function hasDevice(platform: Platform): boolean {
  return platform !== 'web' && platform !== 'server';
}
