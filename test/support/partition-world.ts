import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { BatchControl, KafkaBatch, KafkaConsumer, KafkaConsumerOptions } from '../../shared/kafka/consumer.ts';

/** Partitions of a topic and a group of members over them, for tests of what ingest makes of them; no broker. */
export interface PartitionWorld {
  append(partition: number, values: readonly string[]): void;
  /** Retention: messages below are gone. */
  expire(partition: number, low: number): void;
  /** The next batch of a partition says that it ends here, as a broker may that was made its leader a moment ago. */
  answerOld(partition: number, end: number): void;
  /** A member of the group joins; its partitions come with the next {@link rebalance}. */
  join(): WorldMember;
  /** Deals the partitions out among live members, beginning with the `first`-th; each reads on from what was committed. */
  rebalance(first: number): void;
  /** What the group committed is lost: partitions come again from their start. */
  forgetCommits(): void;
  /** Is nobody at work on a batch? */
  isIdle(): boolean;
  /** Is every partition committed up to its end? */
  isDone(): boolean;
}

export interface WorldMember {
  open(options: KafkaConsumerOptions): KafkaConsumer;
  /** Hands over up to `count` messages unless the partition is busy or not this member's. Does not wait. */
  deliver(partition: number, count: number): void;
  /** What the next commit does: be lost, or take effect and look lost. */
  spoilCommit(how: 'lost' | 'late'): void;
  /** From here on nothing that it does has an effect. */
  die(): void;
  isAlive(): boolean;
  /** Its session ended by a fault: it takes part again from the next rebalance on. */
  isBroken(): boolean;
}

interface Member {
  options: KafkaConsumerOptions | null;
  alive: boolean;
  broken: boolean;
  generation: number;
  assigned: Map<number, { position: number; busy: boolean }>;
  spoil: 'lost' | 'late' | null;
}

export function createPartitionWorld(partitions: number): PartitionWorld {
  const logs = Array.from({ length: partitions }, () => ({
    low: 0,
    values: [] as Buffer[],
    committed: -1,
    oldEnd: null as number | null,
  }));
  const members: Member[] = [];
  let generation = 0;
  const logOf = (partition: number) => {
    const log = logs[partition];
    if (log === undefined) throw new Error(`no partition ${partition}`);
    return log;
  };

  function consumerOf(member: Member, options: KafkaConsumerOptions): KafkaConsumer {
    member.options = options;
    return {
      start: () => undefined,
      stop: async () => undefined,
      async commit(partition, offset) {
        const { spoil } = member;
        member.spoil = null;
        if (!member.assigned.has(partition) || member.generation !== generation) throw new Error('not a member');
        if (spoil !== 'lost') logOf(partition).committed = offset;
        if (spoil !== null) throw new Error('request timed out');
      },
      fail: () => {
        member.broken = true;
      },
      offsets: async () =>
        new Map(logs.map(({ low, values }, partition) => [partition, { low, end: values.length }] as const)),
      firstSince: async (partition) => logOf(partition).low,
      read: async () => null,
      state: () => ({ fault: null, heardAt: Date.now() }),
    };
  }

  function deliver(member: Member, partition: number, count: number): void {
    const held = member.assigned.get(partition);
    const { options } = member;
    if (!member.alive || member.broken || held === undefined || held.busy || options === null) return;
    const log = logOf(partition);
    held.position = Math.max(held.position, log.low);
    const messages = log.values
      .slice(held.position, held.position + count)
      .map((value, i) => ({ offset: held.position + i, value }));
    if (messages.length === 0) return;
    const of = member.generation;
    const isStale = () => !member.alive || member.broken || of !== member.generation || of !== generation;
    const control: BatchControl = {
      async heartbeat() {
        if (isStale()) throw new Error('put out of the group');
      },
      advance(offset) {
        held.position = offset + 1;
      },
      seek(offset) {
        held.position = offset;
      },
      isStale,
    };
    const through = held.position + messages.length - 1;
    const batch: KafkaBatch = { partition, end: log.oldEnd ?? log.values.length, through, messages };
    log.oldEnd = null;
    held.busy = true;
    options
      .onBatch(batch, control)
      .catch(() => {
        if (of === member.generation) member.broken = true;
      })
      .finally(() => {
        held.busy = false;
      });
  }

  return {
    append: (partition, values) => void logOf(partition).values.push(...values.map((value) => Buffer.from(value))),
    expire(partition, low) {
      logOf(partition).low = Math.min(low, logOf(partition).values.length);
    },
    answerOld(partition, end) {
      logOf(partition).oldEnd = end;
    },
    join() {
      const member: Member = {
        options: null,
        alive: true,
        broken: false,
        generation: 0,
        assigned: new Map(),
        spoil: null,
      };
      members.push(member);
      return {
        open: (options) => consumerOf(member, options),
        deliver: (partition, count) => deliver(member, partition, count),
        spoilCommit(how) {
          member.spoil = how;
        },
        die() {
          member.alive = false;
        },
        isAlive: () => member.alive,
        isBroken: () => member.broken,
      };
    },
    rebalance(first) {
      generation++;
      const live = members.filter(({ alive }) => alive);
      for (const [n, member] of live.entries()) {
        member.generation = generation;
        member.broken = false;
        const mine = logs.map((_, p) => p).filter((p) => (p + first) % live.length === n);
        member.assigned = new Map(
          mine.map((p) => [p, { position: Math.max(logOf(p).committed, logOf(p).low), busy: false }]),
        );
        member.options?.onAssigned(mine);
      }
    },
    forgetCommits() {
      for (const log of logs) log.committed = -1;
    },
    isIdle: () => members.every(({ alive, assigned }) => !alive || [...assigned.values()].every(({ busy }) => !busy)),
    isDone: () => logs.every(({ committed, values }) => values.length === 0 || committed === values.length),
  };
}

/** What the next block of a member meets on its way into the raw table. */
export type BlockFault = 'none' | 'refused' | 'answer lost' | 'held' | 'dies before' | 'dies after';

/** The door to the engine as one member has it: it can break, be held shut, and is gone once the member died. */
export interface FaultyLane {
  lane: ClickHouse;
  arm(fault: BlockFault): void;
  /** Lets held blocks go: a process that was frozen wakes up. */
  release(): void;
}

export function createFaultyLane(real: ClickHouse, member: Pick<WorldMember, 'isAlive' | 'die'>): FaultyLane {
  let fault: BlockFault = 'none';
  let held: (() => void)[] = [];
  const never = new Promise<never>(() => undefined);
  const transient = () => Object.assign(new Error('connection reset'), { code: 'ECONNRESET' });

  /** A dead process asks nothing and hears nothing; what the engine was asked before still happens. */
  async function living<T>(work: () => Promise<T>): Promise<T> {
    if (!member.isAlive()) return never;
    const answer = await work();
    return member.isAlive() ? answer : never;
  }

  async function insertBlock(insert: () => Promise<void>): Promise<void> {
    const now = fault;
    fault = 'none';
    if (now === 'refused') throw transient();
    if (now === 'dies before') member.die();
    if (now === 'held') await new Promise<void>((resolve) => held.push(resolve));
    // A frozen process that wakes goes on with what it was about to do, whoever owns the partition now.
    await (now === 'held' ? insert() : living(insert));
    if (now === 'answer lost') throw transient();
    if (now === 'dies after') member.die();
    if (!member.isAlive()) await never;
  }

  return {
    lane: {
      ...real,
      rows: (...args) => living(() => real.rows(...args)),
      checked: (...args) => living(() => real.checked(...args)),
      run: (...args) => living(() => real.run(...args)),
      insert: (...args) => living(() => real.insert(...args)),
      insertEncoded: (...args) =>
        args[0] === 'events_raw_v1'
          ? insertBlock(() => real.insertEncoded(...args))
          : living(() => real.insertEncoded(...args)),
    },
    arm(next) {
      fault = next;
    },
    release() {
      const waiting = held;
      held = [];
      for (const go of waiting) go();
    },
  };
}
