import type { Duplex } from 'node:stream';

const LINGER_MS = 1000;

/**
 * Ends a connection once what was written is sent, and goes on reading for a moment: closing at once, with octets unread,
 * would take the answer back from a client that is still sending (RFC 9112 section 9.6).
 */
export function closeGently(socket: Duplex): void {
  socket.end();
  socket.removeAllListeners('data');
  socket.on('error', () => socket.destroy());
  socket.once('end', () => socket.destroy());
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
