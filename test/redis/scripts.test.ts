import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { redisSources } from '../../scripts/redis-sources.ts';
import { findProgram } from '../../scripts/test-tools.mjs';
import { type ScriptReply, UnexpectedReplyError } from '../../src/redis/reply.ts';
import { PARAMETERS, SOURCES } from '../../src/redis/scripts/sources.ts';
import { composeScripts, SCRIPT_NAMES, scriptCall } from '../../src/redis/scripts.ts';
import { DECODERS, wordsOf } from './script-contracts.ts';

const ATTEMPT = 'attempt';

/** What may come after the word: one of these fits each word that a decoder knows. */
const RESTS: readonly (readonly (string | number)[])[] = [
  [],
  [ATTEMPT, 1, 2, 3],
  [1, 'caller'],
  ['contents', 1],
];

function understands(decode: (reply: ScriptReply, attempt: string) => unknown, word: string): boolean {
  return RESTS.some((rest) => {
    try {
      decode({ word, epoch: 'E', changes: 0, nowMs: 1, changed: false, began: '', rest }, ATTEMPT);
      return true;
    } catch (error) {
      if (error instanceof UnexpectedReplyError) return false;
      throw error;
    }
  });
}

const COMMON = { tag: 'tag', instance: 'one', keep: 100 };

describe('the scripts', () => {
  it('are in the code as they are in their files', () => {
    const written = readFileSync(new URL('../../src/redis/scripts/sources.ts', import.meta.url), 'utf8');
    expect(written === redisSources(), 'run "npm run scripts"').to.equal(true);
  });

  it('each name their keys and arguments in their first lines, the meta key first', () => {
    for (const name of SCRIPT_NAMES) {
      const { keys, args, numbers } = PARAMETERS[name];
      expect(keys[0], name).to.equal('meta_key');
      expect(args, name).to.include.members([...numbers]);
      expect(new Set([...keys, ...args]).size, name).to.equal(keys.length + args.length);
    }
  });

  it('take what they are called with by name, in whatever order it is given', () => {
    const scripts = composeScripts();
    const ordered = scriptCall<'end-epoch'>(scripts('end-epoch'), 'meta', COMMON, {
      reason: 'why',
      endedEpoch: 'E',
    });
    expect(ordered).to.deep.equal({ keys: ['meta'], args: ['tag', 'one', 100, 'E', 'why'] });
    const source = scripts('end-epoch').source;
    expect(source).to.include('local ended_epoch = ARGV[4]\nlocal reason = ARGV[5]\n');
    expect(scripts('freeze').source).to.include(
      'local ticket_digest = ARGV[4]\nlocal seconds = tonumber(ARGV[5])\n',
    );
  });

  it('refuse to be called without an argument', () => {
    const script = composeScripts()('end-epoch');
    const incomplete: { endedEpoch: string; reason: string } = JSON.parse('{"endedEpoch": "E"}');
    expect(() => scriptCall<'end-epoch'>(script, 'meta', COMMON, incomplete)).to.throw(TypeError, 'reason');
  });

  it('return the words that their callers understand, and no others', () => {
    const all = new Set(SCRIPT_NAMES.flatMap(wordsOf));
    expect(all.size).to.be.greaterThan(15);
    for (const name of SCRIPT_NAMES) {
      const decode = DECODERS[name];
      if (!decode) continue;
      const understood = [...all].filter((word) => understands(decode, word));
      expect(understood, name).to.have.members(wordsOf(name));
    }
  });

  it('say every word that they return in their first lines', () => {
    for (const name of SCRIPT_NAMES) {
      const code = SOURCES[name].replaceAll(/--.*$/gm, '');
      const said = [...code.matchAll(/\b(?:reply|reply_changed|answer|tell)\('([a-z-]+)'/g)];
      for (const [, word = ''] of said) expect(wordsOf(name), name).to.include(word);
    }
  });

  describe('pass the linter', () => {
    const scripts = composeScripts();

    it('each as Redis gets it', function () {
      this.timeout(60_000);
      for (const name of SCRIPT_NAMES) expect(lint(scripts(name).source), name).to.deep.equal([]);
      expect(lint(SOURCES.limit)).to.deep.equal([]);
    });

    it('with every shared function in use', () => {
      const all = SCRIPT_NAMES.map((name) => scripts(name).source);
      const shared = [
        SOURCES.layout,
        SOURCES.ledger,
        SOURCES.buckets,
        SOURCES.records,
        SOURCES.subjects,
        SOURCES.deposits,
      ];
      const names = shared.flatMap((text) =>
        [...text.matchAll(/^local (?:function )?(\w+)/gm)].map(([, name = '']) => name),
      );
      expect(names.length).to.be.greaterThan(30);
      for (const name of names) {
        const uses = all.some((source) => (source.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1);
        expect(uses, name).to.equal(true);
      }
    });

    it('which finds a name that is not there, one that is never used, and one that is set twice', () => {
      const wrong = scripts('settle').source.replace(
        'local use, field',
        'local unused = undeclared\nlocal nonce = 1\nlocal use, field',
      );
      expect(lint(wrong).join('\n')).to.match(/unused[\s\S]*undeclared[\s\S]*nonce/);
    });
  });
});

const LUACHECK = process.env.LUACHECK || (findProgram('luacheck') ?? 'luacheck');

/** What luacheck says. A shared function that this script has no use for is no fault of it. */
function lint(source: string): readonly string[] {
  const { stdout, error } = spawnSync(LUACHECK, ['--formatter', 'plain', '-'], {
    input: source,
    encoding: 'utf8',
  });
  if (error) throw error;
  return stdout.split('\n').filter((line) => line !== '' && !SPARE.test(line));
}

/** A function or constant of a shared file, which this script has no use for. */
const SPARE = new RegExp(
  `unused (?:function|variable) (?:${[
    ...`${SOURCES.layout}${SOURCES.ledger}${SOURCES.buckets}${SOURCES.records}${SOURCES.subjects}${SOURCES.deposits}`.matchAll(
      /^local (?:function )?(\w+)/gm,
    ),
  ]
    .map(([, name]) => `'${name}'`)
    .join('|')})`,
);
