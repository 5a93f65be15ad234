// Takes the times: the same in Node and in Chromium.

/** How long each subject runs before anything is measured: engines compile it well only then, beside it. */
const WARM_MS = 120;
const COMPILE_MS = 500;

const quantile = (times, part) => times[Math.round((times.length - 1) * part)];

/**
 * Runs all subjects of a row in turn, round after round, so that all meet the same weather.
 *
 * @param clock a time in milliseconds
 * @param memory bytes of WebAssembly's memory that our module has
 * @returns a result for each subject of each row, in milliseconds for one operation, and our memory after the
 *   first calls of everything and after the last
 */
export async function measure(rows, rounds, { clock, memory, collectGarbage = () => undefined }) {
  const call = async (subject) => {
    const answer = subject();
    return typeof answer === 'boolean' ? answer : await answer;
  };
  /** The time of a call. One before it, not measured, fills the caches again. */
  const time = async (subject) => {
    // Nobody pays for the garbage of who ran before.
    collectGarbage();
    await call(subject);
    const before = clock();
    const valid = await call(subject);
    const taken = clock() - before;
    if (valid !== true) throw new Error('a subject of the bench found its input invalid');
    return taken;
  };
  for (const { subjects } of rows) {
    for (const subject of Object.values(subjects)) {
      const start = performance.now();
      for (let calls = 0; calls < 3 || performance.now() < start + WARM_MS; calls++) await call(subject);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, COMPILE_MS));
  const warm = memory();
  const results = [];
  for (const { id, name, subjects, rounds: part = 1, count = 1 } of rows) {
    const times = Object.fromEntries(Object.keys(subjects).map((subject) => [subject, []]));
    for (let round = 0; round < Math.ceil(rounds * part); round++) {
      for (const [subject, run] of Object.entries(subjects)) times[subject].push((await time(run)) / count);
    }
    for (const [subject, list] of Object.entries(times)) {
      list.sort((left, right) => left - right);
      const [low, median, high] = [0.25, 0.5, 0.75].map((place) => quantile(list, place));
      results.push({ id, name, subject, low, median, high });
    }
  }
  return { results, memory: { warm, after: memory() } };
}
