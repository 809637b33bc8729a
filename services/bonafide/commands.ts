import type { CommandModule } from './command.ts';

export interface Command {
  name: string;
  summary: string;
  load(): Promise<CommandModule>;
}

/** The command table, in the order of `bonafide --help`. A command is loaded only when it is asked for. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    summary: 'everything in one process on embedded ClickHouse',
    load: () => import('./serve.ts'),
  },
  {
    name: 'backtest',
    summary: 'replay log files in event time: what would the gateway have been answered',
    load: () => import('./backtest.ts'),
  },
  {
    name: 'import',
    summary: 'bring history into a live install, counted in its own time; decides nothing',
    load: () => import('./import.ts'),
  },
  { name: 'ingest', summary: 'one role: Kafka and HTTP events into ClickHouse', load: () => import('./ingest.ts') },
  { name: 'score', summary: 'one role: risk, once a second', load: () => import('./score.ts') },
  { name: 'decide', summary: 'one role: the decision API for gateways', load: () => import('./decide.ts') },
  { name: 'dashboard', summary: 'one role: dashboards and their API', load: () => import('./dashboard.ts') },
  {
    name: 'policy',
    summary: 'show, check, apply or roll back the policy',
    load: () => import('./policy.ts'),
  },
  { name: 'migrate', summary: 'apply the ClickHouse schema; safe to repeat', load: () => import('./migrate.ts') },
  { name: 'backup', summary: 'write all data, policy and keys to one file', load: () => import('./backup.ts') },
  { name: 'restore', summary: 'bring a backup back into a data folder', load: () => import('./restore.ts') },
  { name: 'erase', summary: "remove a person's data, and show that it is gone", load: () => import('./erase.ts') },
  {
    name: 'dead-letters',
    summary: 'what was refused and why; send it again after a fix',
    load: () => import('./dead-letters.ts'),
  },
  {
    name: 'explain',
    summary: 'show how a log line is read, or which part of it failed',
    load: () => import('./explain.ts'),
  },
  {
    name: 'score-explain',
    summary: 'show how a score came about, from raw counts to decibels',
    load: () => import('./score-explain.ts'),
  },
];
