/**
 * One question per subject at a time, asked at the end of a turn of the event loop, for all who want it in that turn. Those
 * who want it while one is under way share the next: the answer to the one under way may be older than what they
 * know, a revocation made elsewhere say. When the one under way gets no answer, neither do those who wait behind it.
 * Subjects must be few: what is kept of one stays.
 */
export function sharedQuestion<Subject, Answer>(
  ask: (subject: Subject) => Promise<Answer>,
): (subject: Subject) => Promise<Answer> {
  const questions = new Map<Subject, Questions<Answer>>();

  function begin(subject: Subject, of: Questions<Answer>): Promise<Answer> {
    of.notAsked = undefined;
    of.underWay = ask(subject).finally(() => {
      of.underWay = undefined;
    });
    return of.underWay;
  }

  return (subject) => {
    let of = questions.get(subject);
    if (!of) {
      of = { underWay: undefined, notAsked: undefined };
      questions.set(subject, of);
    }
    of.notAsked ??= askNext(subject, of);
    return of.notAsked;
  };

  function askNext(subject: Subject, of: Questions<Answer>): Promise<Answer> {
    const { underWay } = of;
    if (!underWay) return endOfTurn().then(() => begin(subject, of));
    // It stays until it is asked, so that everybody who comes before that shares it.
    return underWay.then(
      () => begin(subject, of),
      (error: unknown) => {
        of.notAsked = undefined;
        throw error;
      },
    );
  }
}

/** About one subject. */
interface Questions<Answer> {
  underWay: Promise<Answer> | undefined;
  notAsked: Promise<Answer> | undefined;
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
