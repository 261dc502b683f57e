import ts from 'typescript';

/** One change to one file. */
export interface Mutant {
  readonly file: string;
  /** Of the text that is replaced. */
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
};

/** Every mutant of a TypeScript file. Types and imports are left alone: they do nothing at run time. */
export function typescriptMutants(file: string, text: string): readonly Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Mutant[] = [];
  const replace = (node: ts.Node, by: string) =>
    found.push({ file, from: node.getStart(), to: node.getEnd(), by });
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isTypeAliasDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      for (const by of OPERATORS[node.operatorToken.getText()] ?? []) replace(node.operatorToken, by);
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      replace(node, node.operand.getText());
    }
    if (ts.isIfStatement(node)) {
      replace(node.expression, 'false');
      replace(node.expression, 'true');
    }
    if (ts.isConditionalExpression(node)) {
      replace(node.condition, 'false');
      replace(node.condition, 'true');
    }
    if (ts.isNumericLiteral(node)) replace(node, String(Number(node.getText().replaceAll('_', '')) + 1));
    if (node.kind === ts.SyntaxKind.TrueKeyword) replace(node, 'false');
    if (node.kind === ts.SyntaxKind.FalseKeyword) replace(node, 'true');
    if (ts.isSpreadAssignment(node)) replace(node, '...{}');
    if (ts.isExpressionStatement(node)) replace(node, ';');
    if (ts.isAwaitExpression(node) && ts.isCallExpression(node.expression)) replace(node, 'undefined');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const LUA: readonly (readonly [pattern: RegExp, ...by: string[]])[] = [
  [/==/g, '~='],
  [/~=/g, '=='],
  [/ < /g, ' <= ', ' >= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= ', ' < '],
  [/ >= /g, ' > '],
  [/\band\b/g, 'or'],
  [/\bor\b/g, 'and'],
  [/\bnot /g, ''],
  [/ \+ /g, ' - '],
  [/ - /g, ' + '],
  [/\b\d+\b/g, '77'],
  [/(?<=\bif ).+(?= then\b)/g, 'true', 'false'],
  [/^ *(?:redis\.call|put|commit|write_lapsed)\(.*\)$/gm, ''],
];

/** Every mutant of a Lua file. Comments and quoted text are left alone. */
export function luaMutants(file: string, text: string): readonly Mutant[] {
  const found: Mutant[] = [];
  const hidden = [...text.matchAll(/--.*$|'[^'\n]*'/gm)].map((match) => [
    match.index,
    match.index + match[0].length,
  ]);
  for (const [pattern, ...by] of LUA) {
    for (const match of text.matchAll(pattern)) {
      const [from, to] = [match.index, match.index + match[0].length];
      if (hidden.some(([start = 0, end = 0]) => from >= start && to <= end)) continue;
      for (const each of by) found.push({ file, from, to, by: each });
    }
  }
  return found;
}
