export function buildInto(dist: string, more?: readonly string[]): void;
