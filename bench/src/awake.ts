// Spins until its parent is gone: `cores.ts` ends it sooner.
const parent = process.ppid
while (process.ppid === parent) {
  const until = performance.now() + 20
  while (performance.now() < until);
}
