export function findProgram(...names: string[]): string | undefined;
export function findChromium(): string | undefined;
export function hasCeph(): boolean;
export const BASH_COMPLETION: string;
