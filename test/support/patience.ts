/** How long a test may take that starts many processes, or waits for what servers do in their own time. */
export const PATIENCE_MS = 240_000;
