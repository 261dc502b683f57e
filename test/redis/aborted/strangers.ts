import { isOpen, redemptions, type Told } from './judge.ts';
import * as ask from './questions.ts';
import type { Template } from './template.ts';
import type { Token, World } from './world.ts';

/** What somebody new may ask, and must not get: a second use, a second collection, one more guess. */
export function intrusions(
  world: World,
  deposits: Template['deposits'],
  who: string,
): readonly ask.Question[] {
  const locked = deposits.filter(({ lock }) => lock !== undefined);
  return [
    ...[...world.tokens.values()].flatMap((token) => intrusionsAt(token, world.toldOf(token.name), who)),
    ...locked.map(ask.find),
    ...locked.map((deposit) => ask.guess(deposit)),
  ];
}

/** The same of the tokens about which something was answered since. */
export function intrusionsSince(before: World, world: World, who: string): readonly ask.Question[] {
  return [...world.tokens.values()].flatMap((token) => {
    const told = world.toldOf(token.name);
    return told.length === before.toldOf(token.name).length ? [] : intrusionsAt(token, told, who);
  });
}

function intrusionsAt({ name, id }: Token, told: readonly Told[], who: string): readonly ask.Question[] {
  const stranger = ask.named(name, who);
  const proofs = [...new Set(told.flatMap(({ proof }) => proof ?? []))];
  return [
    ...(id.uses > 1 || !isOpen(id.uses, told) ? [ask.burn(name, stranger)] : []),
    ...proofs.map((proof) => ask.burn(name, ask.named(name, proof, who), { proof })),
    ...collected(told).map((attempt) => ask.collect(name, attempt, stranger)),
  ];
}

/** What people do who may: some of this is granted, and that is the end of it. */
export function newcomers(world: World, who: string): readonly ask.Question[] {
  return [...world.tokens.values()].flatMap(({ name, id }) => {
    const told = world.toldOf(name);
    const newcomer = ask.named(name, who);
    return [
      ...(isOpen(id.uses, told) ? [ask.burn(name, newcomer)] : []),
      ...redemptions(told).map((attempt) => ask.collect(name, attempt, newcomer)),
    ];
  });
}

/** Everybody who holds a use gives it back. */
export function releases(world: World): readonly ask.Question[] {
  return [...world.tokens.keys()].flatMap((name) =>
    world.toldOf(name).flatMap(({ outcome, attempt }) => {
      return outcome === 'held' && attempt !== undefined ? [ask.settle(name, attempt, 'release')] : [];
    }),
  );
}

function collected(told: readonly Told[]): readonly string[] {
  return told.flatMap(({ outcome, attempt }) => (outcome === 'collected' && attempt ? [attempt] : []));
}
