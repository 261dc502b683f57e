import { distance } from 'fastest-levenshtein';

/** How many slips of the pen make one name of another; two neighbours in the wrong order are one. Case does not count. */
export function slips(name: string, other: string): number {
  const [one, two] = [name.toLowerCase(), other.toLowerCase()];
  const count = distance(one, two);
  return count === 2 && isSwapped(one, two) ? 1 : count;
}

function isSwapped(one: string, two: string): boolean {
  if (one.length !== two.length) return false;
  const at = [...one].findIndex((letter, index) => letter !== two[index]);
  const swapped = one.slice(0, at) + (one[at + 1] ?? '') + (one[at] ?? '') + one.slice(at + 2);
  return swapped === two;
}
