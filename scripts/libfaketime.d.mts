export function findLibfaketime(): string | undefined;
