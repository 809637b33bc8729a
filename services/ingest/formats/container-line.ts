/** A line of a container runtime's log file, around what the container wrote. */
export interface ContainerLine {
  /** `stdout` or `stderr`. */
  stream: string;
  /** The container's line goes on in the next one of the same stream. */
  isPart: boolean;
  /** Where the container's own text begins and ends. */
  from: number;
  to: number;
}

/** What a container runtime (CRI: containerd, CRI-O) writes in front of a line, or of a part of one (`P`). */
const CONTAINER = /^\d{4}-\d\d-\d\dT\S{1,24} (stdout|stderr) ([FP])(?: |$)/;
const LONGEST_CONTAINER = 64;

/** Docker cuts lines into messages of so many bytes; the one that ends a line ends with its line feed. */
const DOCKER_PART = 16_384;
const DOCKER_HEAD = '{"log":"';
const DOCKER_STREAM = '","stream":"';

/** Reads what CRI and Docker's json-file write; null: it is none of theirs. Nearly all lines end at the first look. */
export function containerLine(bytes: Buffer): ContainerLine | null {
  if (bytes[4] === 0x2d /* - */ && bytes[10] === 0x54 /* T */) return criLine(bytes);
  if (bytes[0] === 0x7b /* { */ && bytes[2] === 0x6c /* l */ && bytes[7] === 0x22 /* " */) return dockerLine(bytes);
  return null;
}

function criLine(bytes: Buffer): ContainerLine | null {
  const match = CONTAINER.exec(bytes.toString('latin1', 0, LONGEST_CONTAINER));
  const [head, stream, tag] = match ?? [];
  if (head === undefined || stream === undefined) return null;
  return { stream, isPart: tag === 'P', from: head.length, to: bytes.length };
}

function dockerLine(bytes: Buffer): ContainerLine | null {
  if (bytes.toString('latin1', 0, DOCKER_HEAD.length) !== DOCKER_HEAD) return null;
  // Quotes inside of the text are escaped, so that this ends it.
  const to = bytes.indexOf(DOCKER_STREAM);
  if (to < 0) return null;
  const at = to + DOCKER_STREAM.length;
  const stream = bytes.toString('latin1', at, bytes.indexOf(0x22, at));
  const isPart = bytes.length > DOCKER_PART && isDockerPart(textOf(bytes.toString('utf8', 0, to)));
  return { stream, isPart, from: DOCKER_HEAD.length, to };
}

function textOf(cut: string): string {
  try {
    return (JSON.parse(`${cut}"}`) as { log: string }).log;
  } catch {
    return '';
  }
}

/** Is this the `log` of a message that does not end its line? Each byte that was no UTF-8 became three. */
export function isDockerPart(log: string): boolean {
  if (log.length > DOCKER_PART || 3 * log.length < DOCKER_PART || log.endsWith('\n')) return false;
  const most = Buffer.byteLength(log);
  return most >= DOCKER_PART && most - 2 * (log.split('\uFFFD').length - 1) <= DOCKER_PART;
}

/** Is this the CRI's line of a part? */
export function isCriPart(line: string): boolean {
  if (line.charCodeAt(4) !== 0x2d || line.charCodeAt(10) !== 0x54) return false;
  return CONTAINER.exec(line.slice(0, LONGEST_CONTAINER))?.[2] === 'P';
}
