import { connect, createServer, type Server, type Socket } from 'node:net';

/** A stretch of network in front of a local port, that can be cut and mended. */
export interface Wire {
  readonly port: number;
  /** Every connection breaks, new ones are refused. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

export async function openWire(target: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;

  function keep(socket: Socket, other: Socket): void {
    sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  }
  function listen(port: number): Promise<number> {
    const made = createServer((near) => {
      const far = connect(target, '127.0.0.1');
      keep(near, far);
      keep(far, near);
      near.pipe(far).pipe(near);
    });
    server = made;
    return new Promise((resolve, reject) => {
      made.on('error', reject);
      made.listen(port, '127.0.0.1', () => {
        const address = made.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }
  function cut(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  const port = await listen(0);
  return {
    port,
    cut,
    async mend() {
      await listen(port);
    },
    close: cut,
  };
}
