import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const PROGRAM = join('dist', 'services', 'bonafide', 'main.js');
const PAGE = join('docs', 'real-data.md');

/** Writes docs/real-data.md: what `backtest` prints of each real log, with the riskiest entities and their reasons. */
export function writeRealData(logs: readonly string[]): void {
  if (logs.length === 0) throw new Error('Which logs?');
  const parts = logs.map((log) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'backtest', log], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`backtest of ${log} ended with ${status}: ${stderr.slice(-2000)}`);
    // How long it took belongs to the machine.
    const printed = stdout.replace(/^([\d,]+ events) in .*?\), /, '$1, ').trimEnd();
    return `## ${basename(dirname(log))}/${basename(log)}\n\n\`\`\`text\n${printed}\n\`\`\`\n`;
  });
  writeFileSync(PAGE, `${[INTRO, ...parts].join('\n')}`);
}

const INTRO = `# Real logs

What \`bonafide backtest LOG\` prints of public access logs that nobody tuned on, with the policy that it comes with: the entities that
would have been refused most, and why. None of these logs shows an attestation or a user, so decibels rest on what is shipped and on what
most callers do there, and addresses are all that can be told apart. Written by \`npm run -s lab -- real LOG…\`; the logs are not part of this project.

- *ait-ldsv2-apache*: web servers of the test bed of AIT-LDSv2 (Landauer et al. 2022), four quiet days without a known attack: whatever is refused there is
  false.
- *almhuette-access*: five days of a small web site, with a brute-force attack on its sign-in from 193.106.31.130 and sweeps for pages that are not there.
- *elastic-examples*: three days of a web site; its minutes are all 05, so that its timing means nothing.
- *ocatak-apache-scans*: three vulnerability scanners at work; nearly all of it is attack.
`;
