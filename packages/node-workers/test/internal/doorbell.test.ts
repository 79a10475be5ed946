// Two words that a host and a thread share. Every interleaving of the two is walked.
import { AtomicsModel } from "@heddle/testing"
import { afterEach, describe, expect, it, vi } from "vitest"
import * as Doorbell from "../../src/internal/doorbell.ts"

afterEach(() => void vi.restoreAllMocks())

const asBell = (words: Int32Array) => words as Doorbell.Doorbell

/** The host posts twice, the thread takes both: by the bell alone, since no sleep ends by itself. */
const model = (
  ring: (bell: Doorbell.Doorbell) => void = Doorbell.ring,
  park: typeof Doorbell.park = Doorbell.park
): AtomicsModel.Model<{ words: Int32Array }, "host" | "thread"> => ({
  memory: () => ({ words: new Int32Array(2) }),
  timeouts: false,
  threads: {
    host: ({ words }, thread) => {
      for (const frame of ["a", "b"]) {
        thread.post("port", frame)
        ring(asBell(words))
      }
    },
    thread: ({ words }, thread) => {
      const taken: Array<unknown> = []
      while (taken.length < 2) {
        const seen = Doorbell.rings(asBell(words))
        const frame = thread.poll("port")
        if (frame === undefined) park(asBell(words), seen, 1)
        else taken.push(frame)
      }
      return taken
    }
  },
  check: (end) => expect(end.threads.thread.value).toEqual(["a", "b"])
})

describe("doorbell", () => {
  it("no post is slept through, in any interleaving", () => {
    expect(AtomicsModel.assert(model()).isExhaustive).toBe(true)
  })

  it("nor where a sleep may end by itself at any moment, so that the next one begins while the host still rings", () => {
    const { failure } = AtomicsModel.explore({ ...model(), timeouts: true }, { maxSteps: 18 })
    expect(failure).toBe(undefined)
    const { failure: lost } = AtomicsModel.explore(
      { ...parkedByTimeOut(Doorbell.park), timeouts: false },
      { maxSteps: 40 }
    )
    expect(lost).toBe(undefined)
  })

  it.each<[string, (bell: Doorbell.Doorbell) => void, typeof Doorbell.park]>([
    [
      "the host looks before it counts",
      (bell) => {
        const isParked = Atomics.compareExchange(bell, 1, 1, 0) === 1
        Atomics.add(bell, 0, 1)
        if (isParked) Atomics.notify(bell, 1)
      },
      Doorbell.park
    ],
    [
      "the thread does not count again",
      Doorbell.ring,
      (bell) => {
        Atomics.store(bell, 1, 1)
        Atomics.wait(bell, 1, 1)
        return true
      }
    ]
  ])("a post that is slept through is found: %s", (_, ring, park) => {
    expect(String(AtomicsModel.explore(model(ring, park)).failure?.cause)).toContain("Deadlock")
  })

  it("a word that the host takes back and the thread does not sleep on loses a post: why it sleeps on `parked`", () => {
    const onRings: typeof Doorbell.park = (bell, seen) => {
      Atomics.store(bell, 1, 1)
      const woken = Atomics.wait(bell, 0, seen)
      Atomics.store(bell, 1, 0)
      return woken !== "timed-out"
    }
    const ring = (bell: Doorbell.Doorbell) => {
      Atomics.add(bell, 0, 1)
      if (Atomics.compareExchange(bell, 1, 1, 0) === 1) Atomics.notify(bell, 0)
    }
    const { failure } = AtomicsModel.explore(parkedByTimeOut(onRings, ring), { maxSteps: 40 })
    expect(String(failure?.cause)).toContain("Deadlock")
  })

  it("S228 a thread that is woken is woken once, however much is posted before it runs", () => {
    const notify = vi.spyOn(Atomics, "notify")
    const bell = Doorbell.make()
    Doorbell.ring(bell)
    expect(notify).toHaveBeenCalledTimes(0)
    Atomics.store(bell, 1, 1)
    for (let i = 0; i < 5; i++) Doorbell.ring(bell)
    expect(notify).toHaveBeenCalledTimes(1)
    expect([Doorbell.rings(bell), Doorbell.isParked(bell)]).toEqual([6, false])
  })

  it("a ring before the sleep is not slept through, and a sleep ends by itself", () => {
    const bell = Doorbell.make()
    const seen = Doorbell.rings(bell)
    Doorbell.ring(bell)
    expect(Doorbell.park(bell, seen, 1e6)).toBe(true)
    expect(Doorbell.park(bell, Doorbell.rings(bell), 0)).toBe(false)
    expect(Doorbell.isParked(bell)).toBe(false)
  })
})

/** The first sleep of the thread is over by itself, or not: each is tried. */
function parkedByTimeOut(
  park: typeof Doorbell.park,
  ring: (bell: Doorbell.Doorbell) => void = Doorbell.ring
): AtomicsModel.Model<{ words: Int32Array }, "host" | "thread"> {
  const base = model(ring, park)
  return {
    ...base,
    threads: {
      ...base.threads,
      thread: (memory, thread) => {
        // A sleep that was over before it began: what it leaves behind is the same.
        Atomics.store(memory.words, 1, 1)
        if (thread.choose(2) === 1) Atomics.store(memory.words, 1, 0)
        return base.threads.thread(memory, thread)
      }
    }
  }
}
