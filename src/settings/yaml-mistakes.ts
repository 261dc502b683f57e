import type { YAMLParseError, YAMLWarning } from 'yaml';

type Mistake = YAMLParseError | YAMLWarning;

/** What is wrong at a place of a YAML text, and what to write instead. The lines are looked at, and not quoted. */
export function yamlMistake({ code, message }: Mistake, line: string, lineBefore: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab is not indentation: use spaces';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a second colon with a space after it: put the value in quotes, as in title: "Step 1: choose"';
    case 'DUPLICATE_KEY':
      return 'the name of this line is there before, in the same map: remove one of them';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here (---): a configuration is only one';
    case 'BAD_ALIAS':
      return 'a value that begins with * or & must be in quotes, as in "*"';
    case 'BAD_SCALAR_START':
      return 'a value that begins with @, % or ` must be in quotes, as in "@acme"';
    case 'TAG_RESOLVE_FAILED':
      return 'a value that begins with ! must be in quotes, as in "!x"';
    case 'BAD_DQ_ESCAPE':
      return 'a \\ in double quotes must be written \\\\; in single quotes it stands for itself';
    case 'MULTILINE_IMPLICIT_KEY':
      return 'a line before this has no colon: write it as name: value';
    case 'MISSING_CHAR':
      return missingCharacter(message, `${lineBefore}\n${line}`);
    case 'BAD_INDENT':
      return isAboutBrackets(message)
        ? unclosed(`${lineBefore}\n${line}`)
        : 'this line is not as far in as those that it belongs with';
    default:
      return unquoted(line) ?? 'this cannot be read as YAML';
  }
}

function missingCharacter(message: string, lines: string): string {
  if (message.includes('quote')) return 'a quote (" or \') is opened here or before, and never closed';
  if (isAboutBrackets(message)) return unclosed(lines);
  return 'this line has no colon with a space after it: write it as name: value';
}

function isAboutBrackets(message: string): boolean {
  return /^(?:Expected )?[Ff]low/.test(message);
}

function unclosed(lines: string): string {
  if (/\s#[^\s#]/.test(lines)) return 'a # begins a comment: put the value in quotes, as in "#1f5fd1"';
  return 'a [ or { is opened here or before, and never closed';
}

/** Braces are maps in YAML, and the templates and references of a configuration have them too. */
function unquoted(line: string): string | undefined {
  if (/[[{].*\$\{/.test(line.replace(/^[^:]*:\s*\$\{/, ''))) {
    return `inside { } and [ ], a value with \${NAME} must be in quotes, as in "\${NAME}"`;
  }
  return /:\s+\{|\{(?:subject|claims)/.test(line)
    ? 'a value with { } must be in quotes, as in "{subject}/report.pdf"'
    : undefined;
}
