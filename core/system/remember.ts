/** A pure function that remembers its answers for as many questions; then it begins afresh. */
export function remember<Answer>(answer: (question: string) => Answer, limit = 1000): (question: string) => Answer {
  const known = new Map<string, Answer>();
  return (question) => {
    const before = known.get(question);
    if (before !== undefined) return before;
    const fresh = answer(question);
    if (known.size >= limit) known.clear();
    known.set(question, fresh);
    return fresh;
  };
}
