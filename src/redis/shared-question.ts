/**
 * One question per subject at a time. Those who ask while one is under way share the next: the answer
 * to the one under way may be older than what the asker knows, a revocation made elsewhere say. When
 * the one under way gets no answer, neither do those who wait behind it.
 */
export function sharedQuestion<Subject, Answer>(
  ask: (subject: Subject) => Promise<Answer>,
): (subject: Subject) => Promise<Answer> {
  const underWay = new Map<Subject, Promise<Answer>>();
  const next = new Map<Subject, Promise<Answer>>();

  function start(subject: Subject): Promise<Answer> {
    const asked = ask(subject).finally(() => {
      if (underWay.get(subject) === asked) underWay.delete(subject);
    });
    underWay.set(subject, asked);
    return asked;
  }

  return (subject) => {
    const current = underWay.get(subject);
    if (!current) return start(subject);
    const waiting =
      next.get(subject) ?? current.finally(() => next.delete(subject)).then(() => start(subject));
    next.set(subject, waiting);
    return waiting;
  };
}
