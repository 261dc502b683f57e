/** What CHANGELOG.md says of a version. */
export type Section =
  | { readonly ok: true; readonly date: string | undefined }
  | { readonly ok: false; readonly problem: string };

/** Finds the section of a version: `## 1.2.3 (2026-01-31)`, or `## 1.2.3 (unreleased)`, which has no date. */
export function sectionOf(version: string, changelog: string): Section {
  const headings = [...changelog.matchAll(/^## (\S+)(?: \((.*)\))?$/gm)];
  const heading = headings.find(([, name]) => name === version);
  if (!heading) return { ok: false, problem: `CHANGELOG.md has no section "## ${version} (…)"` };
  const [, , when = ''] = heading;
  if (when === 'unreleased') return { ok: true, date: undefined };
  if (isDate(when)) return { ok: true, date: when };
  const problem = `CHANGELOG.md says "${when}" for ${version}: write the date (2026-01-31), or "unreleased"`;
  return { ok: false, problem };
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}
