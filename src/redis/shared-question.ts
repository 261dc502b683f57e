/**
 * One question per subject at a time, asked at the end of a turn of the event loop, for all who want it in that turn. Those
 * who want it while one is under way share the next: the answer to the one under way may be older than what they
 * know, a revocation made elsewhere say. When the one under way gets no answer, neither do those who wait behind it.
 */
export function sharedQuestion<Subject, Answer>(
  ask: (subject: Subject) => Promise<Answer>,
): (subject: Subject) => Promise<Answer> {
  const underWay = new Map<Subject, Promise<Answer>>();
  const notAsked = new Map<Subject, Promise<Answer>>();

  function begin(subject: Subject): Promise<Answer> {
    notAsked.delete(subject);
    const asked = ask(subject).finally(() => {
      if (underWay.get(subject) === asked) underWay.delete(subject);
    });
    underWay.set(subject, asked);
    return asked;
  }

  return (subject) => {
    const shared = notAsked.get(subject);
    if (shared) return shared;
    const current = underWay.get(subject);
    const answer = current
      ? current.finally(() => notAsked.delete(subject)).then(() => begin(subject))
      : endOfTurn().then(() => begin(subject));
    notAsked.set(subject, answer);
    return answer;
  };
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
