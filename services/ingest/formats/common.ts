import { createLineParser } from './access-line.ts';
import { createTextAdapter } from './adapter.ts';

/** `%h %l %u %t "%r" %>s %b`; `-` for what is not known. */
export const common = createTextAdapter(
  'common',
  'Apache common, without referrer and agent',
  createLineParser({ vhost: false, quoted: 0 }),
);
