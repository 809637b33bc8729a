import { defineConfig } from 'vitest/config';

/**
 * Three tiers, each a folder: unit needs nothing, integration an embedded engine, e2e whole processes, the broker,
 * gateways and a browser. Engines live in the process that opens them and allow one data folder each: so forks, and
 * one file at a time where files are heavy.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          pool: 'threads',
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          pool: 'forks',
          isolate: true,
          fileParallelism: true,
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts', 'test/support/kafka-setup.ts'],
          pool: 'forks',
          isolate: true,
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
