import { createServer, type RequestListener } from 'node:http';

/** Listens on this machine alone, until the process is told to end. */
export function serve(name: string, app: RequestListener, port: number, close?: () => Promise<void>): void {
  const server = createServer(app);
  server.on('error', (error) => {
    console.error(`${name} cannot listen on port ${port}: ${error.message}`);
    process.exitCode = 1;
    void close?.();
  });
  server.listen(port, '127.0.0.1', () => console.log(`${name} listens on http://127.0.0.1:${port}`));
  const stop = () => {
    server.close(() => void close?.());
    // A browser opens connections ahead of use, which never become idle.
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
