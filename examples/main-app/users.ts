import { hashPassword } from './passwords.ts';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly passwordHash: string;
  /** Sessions and resets from before it are over. */
  readonly passwordChangedAtMs: number;
}

/** Who can log in at the demo. */
export const DEMO_USERS = [
  { id: 'user-ada', name: 'Ada', email: 'ada@example.com', password: 'tea with lemon' },
  { id: 'user-grace', name: 'Grace', email: 'grace@example.com', password: 'moth in relay 70' },
] as const;

/** The users, in memory: an application has them in its database. */
export interface Users {
  byId(id: string): User | undefined;
  byEmail(email: string): User | undefined;
  /**
   * Sets a password by a permission that was given at `grantedAtMs`; false when the password was changed
   * since, by this very permission or otherwise. Comparing and setting are one step: with a database it is
   * `UPDATE … WHERE id = ? AND password_changed_at < ?`.
   */
  changePassword(id: string, passwordHash: string, grantedAtMs: number): boolean;
}

export async function seededUsers(): Promise<Users> {
  const seeds = DEMO_USERS.map(async ({ password, ...user }): Promise<[string, User]> => {
    return [user.id, { ...user, passwordHash: await hashPassword(password), passwordChangedAtMs: 0 }];
  });
  const users = new Map(await Promise.all(seeds));
  return {
    byId: (id) => users.get(id),
    byEmail: (email) => {
      const wanted = email.trim().toLowerCase();
      return [...users.values()].find((user) => user.email === wanted);
    },
    changePassword: (id, passwordHash, grantedAtMs) => {
      const user = users.get(id);
      if (!user || grantedAtMs <= user.passwordChangedAtMs) return false;
      // The permission's time is of Matchstick's clock, which may be ahead of this one.
      const passwordChangedAtMs = Math.max(Date.now(), grantedAtMs);
      users.set(id, { ...user, passwordHash, passwordChangedAtMs });
      return true;
    },
  };
}
