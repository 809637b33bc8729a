import { startBroker } from './kafka.ts';

/** One broker for a whole run: {@link sharedBroker} finds it in the environment of every test process. */
export default async function setup(): Promise<() => Promise<void>> {
  const broker = await startBroker();
  process.env.BONAFIDE_TEST_KAFKA = JSON.stringify({
    brokers: broker.brokers,
    secureBrokers: broker.secureBrokers,
    caFile: broker.caFile,
  });
  return () => broker.stop();
}
