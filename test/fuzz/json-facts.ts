/** What `JSON.parse` does not say of a text. */
export interface JsonFacts {
  /** An object has two members of one name, however they are spelled. */
  readonly hasTwins: boolean;
  readonly hasProto: boolean;
  readonly hasLoneSurrogate: boolean;
  readonly depth: number;
}

/**
 * Reads a text that is known to be JSON, one character after another: slow, simple, and written without a look at
 * the parser that it is compared with.
 */
export function jsonFacts(text: string): JsonFacts {
  let at = 0;
  let depth = 0;
  let [hasTwins, hasProto, hasLoneSurrogate] = [false, false, false];

  const next = (): string => {
    while (' \t\r\n'.includes(text[at] ?? '-')) at++;
    return text[at] ?? '';
  };

  function string(): string {
    next();
    const start = at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at++;
    const value = String(JSON.parse(text.slice(start, at)));
    hasLoneSurrogate ||= !value.isWellFormed();
    return value;
  }

  function object(level: number): void {
    const names: string[] = [];
    at++;
    while (next() !== '}') {
      if (next() === ',') at++;
      const name = string();
      hasTwins ||= names.includes(name);
      hasProto ||= name === '__proto__';
      names.push(name);
      next();
      at++;
      value(level);
    }
    at++;
  }

  function array(level: number): void {
    at++;
    while (next() !== ']') {
      if (next() === ',') at++;
      value(level);
    }
    at++;
  }

  function value(level: number): void {
    const first = next();
    if (first === '"') {
      string();
    } else if (first === '{' || first === '[') {
      depth = Math.max(depth, level + 1);
      if (first === '{') object(level + 1);
      else array(level + 1);
    } else {
      while (at < text.length && !' \t\r\n,]}'.includes(text[at] ?? '')) at++;
    }
  }

  value(0);
  return { hasTwins, hasProto, hasLoneSurrogate, depth };
}

/** Whether two readers could take the text for different values. */
export function isAmbiguous({ hasTwins, hasProto, hasLoneSurrogate }: JsonFacts): boolean {
  return hasTwins || hasProto || hasLoneSurrogate;
}
