export function buildInto(dist: string): void;
