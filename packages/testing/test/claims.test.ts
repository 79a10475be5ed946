// The words shared by host and worker, in every interleaving of the two: production code, unmodified.
import * as Production from "@heddle/core/protocol/claims/Claims"
import { AtomicsModel } from "@heddle/testing"
import { describe, expect, it } from "vitest"

type Claims = typeof Production

const memory = () => ({ words: new Int32Array(2) })
type Memory = ReturnType<typeof memory>

interface Run {
  readonly ticket: number
}

/** Serves each task, and logs every externally visible event. */
const serve = (claims: Claims, { words }: Memory, thread: AtomicsModel.Thread): void => {
  for (;;) {
    const run = thread.receive("toWorker") as Run | "stop"
    if (run === "stop") return
    const { ticket } = run
    if (claims.claim(words, 0, ticket)) {
      thread.log(`start ${ticket}`)
      if (claims.isInterrupted(words, 0, ticket)) thread.log(`saw ${ticket}`)
      claims.finish(words, 0, ticket)
      thread.post("toHost", ticket)
    } else {
      // A void message must not touch the task in the same place, however late the message comes.
      claims.finish(words, 0, ticket)
      if (claims.isInterrupted(words, 0, ticket)) thread.log(`saw ${ticket}`)
    }
  }
}

/** Offers a task, takes the task back or waits for the reply, and offers the next task on the same pair. */
const offerTwice = (claims: Claims, { words }: Memory, thread: AtomicsModel.Thread): void => {
  const first = claims.offer(words, 0)
  thread.post("toWorker", { ticket: first })
  if (thread.choose(2) === 1) {
    thread.log(`interrupt ${first}`)
    claims.interrupt(words, 0, first)
  }
  if (claims.revoke(words, 0, first)) thread.log(`revoked ${first}`)
  else thread.receive("toHost")
  const second = claims.offer(words, 0)
  thread.log(`offered ${second}, the word of ${first} says ${claims.read(words, 0, first)}`)
  thread.post("toWorker", { ticket: second })
  thread.post("toWorker", "stop")
  thread.receive("toHost")
  thread.log(`replied ${second}`)
}

const handOver = (claims: Claims): AtomicsModel.Model<Memory, "host" | "worker"> => ({
  memory,
  threads: {
    host: (shared, thread) => offerTwice(claims, shared, thread),
    worker: (shared, thread) => serve(claims, shared, thread)
  },
  check: ({ log, memory: { words } }) => {
    const [first, second] = [4, 8]
    const at = (event: string) => log.indexOf(event)
    // Exactly one of claim and revoke wins.
    expect([at(`revoked ${first}`) >= 0, at(`start ${first}`) >= 0]).toContain(true)
    expect([at(`revoked ${first}`) >= 0, at(`start ${first}`) >= 0]).toContain(false)
    expect(log.filter((event) => event === `start ${first}`).length).toBeLessThanOrEqual(1)
    // The next task runs once, whatever became of the first one, and is not interrupted in its place.
    expect(log.filter((event) => event === `start ${second}`)).toHaveLength(1)
    expect(at(`saw ${second}`)).toBe(-1)
    if (at(`saw ${first}`) >= 0) expect(at(`interrupt ${first}`)).toBeGreaterThanOrEqual(0)
    // A void ticket reads as void.
    expect(log).toContain(`offered ${second}, the word of ${first} says revoked`)
    expect(Production.read(words, 0, second)).toBe("done")
  }
})

/** The worker may crash anywhere; the host reads the state of the worker's task. */
const crash = (claims: Claims): AtomicsModel.Model<Memory, "host" | "worker"> => ({
  memory,
  stops: ["worker"],
  threads: {
    host: ({ words }, thread) => {
      const ticket = claims.offer(words, 0)
      thread.post("toWorker", { ticket })
      thread.post("toWorker", "stop")
      return [thread.join("worker"), claims.read(words, 0, ticket), thread.poll("toHost")]
    },
    worker: (shared, thread) => serve(claims, shared, thread)
  },
  check: ({ log, threads }) => {
    const [how, state, reply] = threads.host.value as [string, string, number | undefined]
    // A queued task returns to the queue, so must not have started; a done task is never run again, so must have started.
    if (log.includes("start 4")) expect(["claimed", "done"]).toContain(state)
    else expect(["queued", "claimed"]).toContain(state)
    if (how === "ended") expect([state, reply]).toEqual(["done", 4])
    if (reply !== undefined) expect(state).toBe("done")
  }
})

/** Both sides at once: the host interrupts, takes back and reads while a crash may come. */
const crashDuringRevoke = (claims: Claims): AtomicsModel.Model<Memory, "host" | "worker"> => ({
  memory,
  stops: ["worker"],
  threads: {
    host: ({ words }, thread) => {
      const ticket = claims.offer(words, 0)
      thread.post("toWorker", { ticket })
      claims.interrupt(words, 0, ticket)
      const revoked = claims.revoke(words, 0, ticket)
      thread.post("toWorker", "stop")
      thread.join("worker")
      return [revoked, claims.read(words, 0, ticket)]
    },
    worker: (shared, thread) => serve(claims, shared, thread)
  },
  check: ({ log, threads }) => {
    const [revoked, state] = threads.host.value as [boolean, string]
    expect(revoked).toBe(state === "revoked")
    if (revoked) expect(log).not.toContain("start 4")
  }
})

const scenarios = { handOver, crash, crashDuringRevoke }

describe("the claim words, in every interleaving of host and worker: G1, G6", () => {
  it.each(Object.entries(scenarios))("%s holds", (_, scenario) => {
    const report = AtomicsModel.assert(scenario(Production))
    expect(report.isExhaustive).toBe(true)
    expect(report.interleavings).toBeGreaterThan(50n)
  })
})

const wordsPerTask = 2

/** The mistake of each mutant, and the scenario proving the mistake. */
const mutants: Record<string, [keyof typeof scenarios, Partial<Claims>]> = {
  "claim loads, then stores": [
    "handOver",
    {
      claim: (words, index, ticket) => {
        if (Atomics.load(words, index * wordsPerTask) !== ticket) return false
        Atomics.store(words, index * wordsPerTask, ticket | 1)
        return true
      }
    }
  ],
  "revoke loads, then stores": [
    "handOver",
    {
      revoke: (words, index, ticket) => {
        if (Atomics.load(words, index * wordsPerTask) !== ticket) return false
        Atomics.store(words, index * wordsPerTask, ticket | 3)
        return true
      }
    }
  ],
  "claim swaps whatever is there": [
    "handOver",
    {
      claim: (words, index, ticket) =>
        (Atomics.exchange(words, index * wordsPerTask, ticket | 1) & ~3) === ticket
    }
  ],
  "claim does not look at the generation": [
    "handOver",
    {
      claim: (words, index) => {
        const word = Atomics.load(words, index * wordsPerTask)
        return (
          (word & 3) === 0 && Atomics.compareExchange(words, index * wordsPerTask, word, word | 1) === word
        )
      }
    }
  ],
  "finish stores": [
    "handOver",
    { finish: (words, index, ticket) => void Atomics.store(words, index * wordsPerTask, ticket | 2) }
  ],
  "finish does nothing": ["crash", { finish: () => {} }],
  "offer keeps the generation": [
    "handOver",
    {
      offer: (words, index) => {
        Atomics.store(words, index * wordsPerTask + 1, 0)
        Atomics.store(words, index * wordsPerTask, 4)
        return 4
      }
    }
  ],
  "the flag does not name the task": [
    "handOver",
    {
      interrupt: (words, index) => void Atomics.store(words, index * wordsPerTask + 1, 1),
      isInterrupted: (words, index) => Atomics.load(words, index * wordsPerTask + 1) !== 0,
      offer: (words, index) => {
        const ticket = (Atomics.load(words, index * wordsPerTask) & ~3) + 4
        Atomics.store(words, index * wordsPerTask, ticket)
        return ticket
      }
    }
  ],
  "read does not look at the generation": [
    "handOver",
    {
      read: (words, index) =>
        (["queued", "claimed", "done", "revoked"] as const)[Atomics.load(words, index * wordsPerTask) & 3]!
    }
  ],
  "claim only looks": [
    "crash",
    { claim: (words, index, ticket) => Atomics.load(words, index * wordsPerTask) === ticket }
  ],
  "revoke always succeeds": ["crashDuringRevoke", { revoke: () => true }],
  "revoke gives up": [
    "crashDuringRevoke",
    { revoke: (words, i, ticket) => (Production.revoke(words, i, ticket), false) }
  ]
}

describe("each way to break the claim words is caught: G1, G6", () => {
  it.each(Object.entries(mutants))("%s", (_, [scenario, mutant]) => {
    const model = scenarios[scenario]({ ...Production, ...mutant })
    const { failure } = AtomicsModel.explore(model)
    expect(failure).toBeDefined()
    expect(AtomicsModel.replay(failure!.schedule, model)).toEqual(failure)
  })
})
