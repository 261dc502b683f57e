import type { Access } from './target.ts';
import { passwordIn } from './target-files.ts';

/** The password as it is now; a file that cannot be read at this moment still has the one that it had. */
export function currentPassword({ password, passwordFile }: Access): () => string | undefined {
  if (passwordFile === undefined) return () => password;
  let newest = passwordIn(passwordFile);
  return () => {
    try {
      newest = passwordIn(passwordFile);
    } catch {
      // While it is being replaced.
    }
    return newest;
  };
}
