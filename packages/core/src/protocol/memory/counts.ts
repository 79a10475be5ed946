/**
 * Counts that name their owners: the permits of a semaphore, the readers of a lock. They survive the death of an agent at any
 * instruction.
 *
 * Only this file touches the words. A proof sketch: `README.md` beside it. Each agent has a count of its own, and what is free is not
 * kept but derived: the bound less the sum of all counts. So each permit exists as long as somebody's word counts it, and the death of
 * an agent returns its permits by one store.
 *
 * Counts stand behind a ring. Only the agent that holds the first place of the ring takes, so while it looks, the sum can only fall.
 * Where too little is free it stays first, and sleeps on the word at `changesAt` as long as that is the number it read from `changes`
 * *before* it looked.
 *
 * @since 0.3.0
 */

/** The counts of the agents 1 to `agents`, inside `words` from `at` on. */
export interface Counts {
  readonly words: Int32Array
  readonly at: number
  readonly agents: number
}

const changesWord = 0
const aloneWord = 1
const deadWord = 2
const countsAt = 4

/** The count that no agent owns: anybody takes into it, and anybody gives back. No death returns it. */
export const unowned = 0

/** The number of words for so many agents. */
export const wordsOf = (agents: number): number => countsAt + 1 + agents

/** The index of the word on which the first of the line sleeps. */
export const changesAt = ({ at }: Counts): number => at + changesWord

/** A number that changes whenever something was given back. Read it before you look at the counts. */
export const changes = (counts: Counts): number => Atomics.load(counts.words, changesAt(counts))

/** The count of an agent. */
export const countOf = ({ at, words }: Counts, agent: number): number =>
  Atomics.load(words, at + countsAt + agent)

/** The sum of all counts. Exact for the holder of the first place, except that it may have fallen since. */
export const sum = (counts: Counts): number => {
  let total = 0
  for (let agent = unowned; agent <= counts.agents; agent++) total += countOf(counts, agent)
  return total
}

/** Takes `n` if the sum stays within the bound. Only for the holder of the first place. */
export const take = (counts: Counts, agent: number, n: number, bound: number): boolean => {
  if (sum(counts) + n > bound) return false
  Atomics.add(counts.words, counts.at + countsAt + agent, n)
  return true
}

/** Gives back `n` of this agent's own, or of `unowned`. Returns `false`, and changes nothing, where it has fewer. */
export const giveBack = (counts: Counts, agent: number, n: number): boolean => {
  const own = counts.at + countsAt + agent
  for (;;) {
    const found = Atomics.load(counts.words, own)
    if (found < n) return false
    if (Atomics.compareExchange(counts.words, own, found, found - n) !== found) continue
    change(counts)
    return true
  }
}

/** Adds `n` to what is free, though nobody had taken it: a semaphore without a bound that is used as a signal. */
export const signal = (counts: Counts, n: number): void => {
  Atomics.sub(counts.words, counts.at + countsAt + unowned, n)
  change(counts)
}

/** The caller gives up its sleep as the first of the line: settles it, since it would stay in the list of waiters for ever. */
export const settle = (counts: Counts): void => void Atomics.notify(counts.words, changesAt(counts))

// -----------------------------------------------------------------------------
// alone
// -----------------------------------------------------------------------------

/** Names this agent as alone if the sum is 0. Only for the holder of the first place, which keeps its place until `endAlone`. */
export const beginAlone = (counts: Counts, agent: number): boolean => {
  if (sum(counts) !== 0) return false
  Atomics.store(counts.words, counts.at + aloneWord, agent)
  return true
}

/** Ends being alone, before the agent leaves its place. Returns `false` where this agent is not alone. */
export const endAlone = ({ at, words }: Counts, agent: number): boolean =>
  Atomics.compareExchange(words, at + aloneWord, agent, 0) === agent

/** The agent that is alone; 0 for none. */
export const aloneOf = ({ at, words }: Counts): number => Atomics.load(words, at + aloneWord)

/** The agent that died while it was alone; 0 for none since `repair`. */
export const deadOwner = ({ at, words }: Counts): number => Atomics.load(words, at + deadWord)

/** Says that what the dead agent left behind is repaired. Only for the agent that is alone. */
export const repair = ({ at, words }: Counts): void => void Atomics.store(words, at + deadWord, 0)

// -----------------------------------------------------------------------------
// the host
// -----------------------------------------------------------------------------

/**
 * Returns what a dead agent had taken. Only for the host, once the agent writes no more, and before the ring in front is recovered: the
 * next first one finds the mark. May be called again.
 */
export const recover = (counts: Counts, agent: number): void => {
  const { at, words } = counts
  if (Atomics.load(words, at + aloneWord) === agent) {
    Atomics.store(words, at + deadWord, agent)
    Atomics.store(words, at + aloneWord, 0)
  }
  Atomics.store(words, at + countsAt + agent, 0)
  // Even where the count was 0: the dead may have given back without a wake-up.
  change(counts)
}

/** All sleepers: one that gave up may be in front of the first of the line. */
const change = (counts: Counts): void => {
  Atomics.add(counts.words, changesAt(counts), 1)
  Atomics.notify(counts.words, changesAt(counts))
}
