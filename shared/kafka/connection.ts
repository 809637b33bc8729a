import type { KafkaSettings } from '../../schemas/settings.ts';
import type { Logger } from '../logger.ts';

/** Where the brokers are and how to speak to them. */
export type KafkaConnection = Pick<KafkaSettings, 'brokers' | 'ssl' | 'sasl'>;

/** What a line of the Kafka client carries. */
interface KafkaLogLine {
  namespace: string;
  level: number;
  log: { message: string; [key: string]: unknown };
}

const LEVELS = { 1: 'error', 2: 'warn', 4: 'info', 5: 'debug' } as const;
/** The client's own number for `info`: what is more talkative than that is not asked for. */
const INFO = 4;

/** The client's options, the same for every role: identity, TLS, SASL, patience, and its log lines through ours. */
export function clientOptions({ brokers, ssl, sasl }: KafkaConnection, log: Logger) {
  return {
    clientId: 'bonafide',
    brokers: [...brokers],
    ...(ssl === null
      ? {}
      : {
          ssl: {
            ...(ssl.ca === undefined ? {} : { ca: [ssl.ca] }),
            ...(ssl.cert === undefined ? {} : { cert: ssl.cert }),
            ...(ssl.key === undefined ? {} : { key: ssl.key }),
          },
        }),
    ...(sasl === null ? {} : { sasl: saslOf(sasl) }),
    connectionTimeout: 5_000,
    requestTimeout: 15_000,
    // Short rounds: the loops above this try again for ever, and say so in the health report.
    retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 4, restartOnFailure: async () => false },
    logLevel: INFO,
    logCreator: () => kafkaLog(log),
  };
}

/** One literal type a mechanism, as the client's types want it. */
function saslOf({ mechanism, username, password }: NonNullable<KafkaConnection['sasl']>) {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

/** The client tells of each lost connection as an error, stack included; to us it is a line at most. */
function kafkaLog(log: Logger) {
  return ({ namespace, level, log: { message, ...rest } }: KafkaLogLine) => {
    const name = LEVELS[level as keyof typeof LEVELS] ?? 'debug';
    const ours = name === 'info' ? 'debug' : name === 'error' ? 'warn' : name;
    const { groupId, broker, error } = rest;
    log[ours]({ event: 'kafka_client', part: namespace, group: groupId, broker, error }, message);
  };
}

/** A sentence for an operator, from any error of the client. */
export function kafkaFault(error: unknown, brokers: readonly string[]): string {
  const cause = rootOf(error);
  const name = cause.name;
  const type = 'type' in cause ? String(cause.type) : '';
  const where = brokers.join(', ');
  if (type === 'TOPIC_AUTHORIZATION_FAILED' || type === 'GROUP_AUTHORIZATION_FAILED')
    return `Kafka refuses access (${type}): grant this user the topic and the group.`;
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
    return 'The topic does not exist on the brokers: create it, or check KAFKA_TOPIC.';
  if (name === 'KafkaJSSASLAuthenticationError')
    return `Kafka at ${where} refuses the SASL user: check KAFKA_SASL_MECHANISM, _USERNAME and _PASSWORD.`;
  if (/certificate|self.signed|SSL|TLS/i.test(cause.message))
    return `TLS with Kafka at ${where} fails: ${cause.message}. Check KAFKA_SSL and KAFKA_SSL_CA.`;
  if (/^KafkaJS(Connection|NumberOfRetries|BrokerNotFound|NoBrokerAvailable|RequestTimeout)/.test(name))
    return `Kafka at ${where} does not answer: ${cause.message}`;
  return cause.message;
}

/** What lies behind the client's wrappings. */
export function rootOf(error: unknown): Error {
  let at: unknown = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? at : new Error(String(at));
}
