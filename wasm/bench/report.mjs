// What the bench prints, and the budgets that it judges.

/** Milliseconds in a unit that suits. */
export function shown(ms) {
  const [factor, unit] = ms >= 0.5 ? [1, 'ms'] : ms >= 5e-4 ? [1e3, 'µs'] : [1e6, 'ns'];
  return `${(ms * factor).toPrecision(4)} ${unit}`;
}

const line = (name, { median, low, high }, rest = '') => console.log(`  ${name.padEnd(34)} ${shown(median).padStart(10)}  (${shown(low)} to ${shown(high)})  ${rest}`);

export function printRuntime(runtime, { results, memory, version }) {
  console.log(`\n=== ${runtime} ${version}`);
  let row;
  let ours;
  for (const result of results) {
    if (result.id !== row) console.log(`\n${result.name}`);
    row = result.id;
    if (result.subject === 'ours') ours = result.median;
    line(result.subject, result, `${(result.median / ours).toFixed(2)}x`);
  }
  const grown = memory.after - memory.warm;
  console.log(`\nour memory: ${memory.warm / 1024} KiB after the first calls, ${grown === 0 ? 'the same' : `GREW by ${grown / 1024} KiB`} at the end`);
}

/** Some runs of the native bench as one: the means of their medians and quartiles. */
export function together(runs) {
  const mean = (name, part) => runs.reduce((sum, run) => sum + run.find((row) => row.name === name)[part], 0) / runs.length;
  return runs[0].map(({ name }) => ({ name, median: mean(name, 'median'), low: mean(name, 'low'), high: mean(name, 'high') }));
}

export function printNative(native) {
  console.log('\n=== native, in processes of its own\n');
  for (const result of native) line(result.name, result);
}

/**
 * The budgets of the design that a run decides: ratios of medians, and the least that they may be. What is native in the
 * ratio of a runtime was measured before and after it.
 */
export function judge(runtimes, native) {
  const nativeMedian = (rows, name) => rows.find((row) => row.name === name).median;
  const method = "finality, the reference's method";
  const budgets = [{ name: 'native: finality, reference method over ours', ratio: nativeMedian(native, method) / nativeMedian(native, 'finality of two certificates'), least: 2 }];
  for (const [runtime, { results, native: around }] of Object.entries(runtimes)) {
    const reference = nativeMedian(around, method);
    const median = (id, subject) => results.find((row) => row.id === id && row.subject === subject).median;
    const over = (id, rival) => median(id, rival) / median(id, 'ours');
    budgets.push(
      { name: `${runtime}: finality, mcl-wasm over ours`, ratio: over('finality', 'mcl-wasm'), least: 4 },
      { name: `${runtime}: finality, noble-curves over ours`, ratio: over('finality', 'noble-curves'), least: 12 },
      { name: `${runtime}: finality, native reference method over ours`, ratio: reference / median('finality', 'ours'), least: 1.5 },
      { name: `${runtime}: Groth16, snarkjs over ours`, ratio: over('groth16', 'snarkjs'), least: 4 },
      { name: `${runtime}: admission, mcl-wasm over ours`, ratio: over('admission', 'mcl-wasm, key by key'), least: 6 },
    );
  }
  return budgets;
}

export function printBudgets(budgets) {
  console.log('\n=== budgets\n');
  for (const { name, ratio, least } of budgets) console.log(`  ${ratio >= least ? 'met   ' : 'MISSED'} ${name}: ${ratio.toFixed(2)} (at least ${least})`);
}

/** How far we are from this arithmetic done without anything around it. */
export function printFloors(counts, runtimes) {
  console.log('\n=== floors\n');
  for (const [id, { products, squares, reductions, settlings, inversions }] of Object.entries(counts)) {
    const multiplications = 81 * products + 45 * squares + 90 * reductions + 10 * settlings;
    console.log(`${id}: ${products} products and ${squares} squares of limbs, ${reductions} reductions, ${settlings} settlings, ${inversions} inversions: ${(multiplications / 1e6).toFixed(2)} million multiplications`);
    for (const [runtime, { results }] of Object.entries(runtimes)) {
      const ours = (part) => results.find((row) => row.id === part && row.subject === 'ours')?.median;
      const [limbs, reduction, whole] = [ours('fq-limbs'), ours('fq-reduction'), ours(id)];
      if (limbs === undefined || whole === undefined) continue;
      const arithmetic = limbs * (products + (45 / 81) * squares) + reduction * reductions + ours('fq-inverse') * inversions;
      const multiplier = (limbs / 81) * multiplications;
      console.log(`  ${runtime.padEnd(9)} measured ${shown(whole)}; its products, reductions and inversions alone ${shown(arithmetic)} (${((100 * arithmetic) / whole).toFixed(0)} %); its multiplications alone ${shown(multiplier)} (${((100 * multiplier) / whole).toFixed(0)} %)`);
    }
  }
}

export function printComparison(lines, before) {
  console.log(`\n=== next to the last recorded run (${before.date}, ${before.commit}, ${before.processor})\n`);
  for (const { runtime, id, ratios, then, now, slower } of lines) {
    const list = ratios.map(({ rival, then, now }) => `${rival} ${then}x -> ${now}x`).join(', ');
    console.log(`  ${slower ? 'SLOWER' : '      '} ${runtime.padEnd(9)} ${id.padEnd(21)} ${shown(then)} -> ${shown(now)}${list === '' ? '' : `  [${list}]`}`);
  }
}
