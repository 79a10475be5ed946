import { assert, describe, it } from "@effect/vitest"
import * as Claims from "../../../src/protocol/claims/Claims.ts"

const make = (claimCapacity = 1): Claims.Words =>
  new Int32Array(new SharedArrayBuffer(Claims.byteLength(claimCapacity)))

/** All the ways in which two programs can take turns. Each program is a list of atomic steps, run in order. */
const interleavings = <A>(
  left: ReadonlyArray<A>,
  right: ReadonlyArray<A>
): ReadonlyArray<ReadonlyArray<A>> => {
  const [l, ...ls] = left
  const [r, ...rs] = right
  if (l === undefined) return [right]
  if (r === undefined) return [left]
  return [
    ...interleavings(ls, right).map((rest) => [l, ...rest]),
    ...interleavings(left, rs).map((rest) => [r, ...rest])
  ]
}

describe("claims", () => {
  it("a task is queued when offered, claimed when the worker takes it, done when its handler has ended", () => {
    const words = make()
    const ticket = Claims.offer(words, 0)
    assert.strictEqual(Claims.read(words, 0, ticket), "queued")
    assert.isTrue(Claims.claim(words, 0, ticket))
    assert.strictEqual(Claims.read(words, 0, ticket), "claimed")
    Claims.finish(words, 0, ticket)
    assert.strictEqual(Claims.read(words, 0, ticket), "done")
  })

  it("a claim is taken once, and what is claimed or done is never revoked: G6", () => {
    const words = make()
    const ticket = Claims.offer(words, 0)
    assert.isTrue(Claims.claim(words, 0, ticket))
    assert.isFalse(Claims.claim(words, 0, ticket))
    assert.isFalse(Claims.revoke(words, 0, ticket))
    assert.strictEqual(Claims.read(words, 0, ticket), "claimed")
    Claims.finish(words, 0, ticket)
    assert.isFalse(Claims.revoke(words, 0, ticket))
    assert.isFalse(Claims.claim(words, 0, ticket))
    assert.strictEqual(Claims.read(words, 0, ticket), "done")
  })

  it("a revoked task never starts: S039", () => {
    const words = make()
    const ticket = Claims.offer(words, 0)
    assert.isTrue(Claims.revoke(words, 0, ticket))
    assert.isFalse(Claims.revoke(words, 0, ticket))
    assert.isFalse(Claims.claim(words, 0, ticket))
    assert.strictEqual(Claims.read(words, 0, ticket), "revoked")
  })

  it("a new task on the same index makes every older ticket of it void", () => {
    const words = make()
    const tickets: Array<number> = []
    for (let i = 0; i < 50; i++) tickets.push(Claims.offer(words, 0))
    const newest = tickets.pop()!
    assert.strictEqual(new Set(tickets).size, 49)
    for (const old of tickets) {
      assert.isFalse(Claims.claim(words, 0, old))
      assert.isFalse(Claims.revoke(words, 0, old))
      assert.strictEqual(Claims.read(words, 0, old), "revoked")
    }
    assert.strictEqual(Claims.read(words, 0, newest), "queued")
    assert.isTrue(Claims.claim(words, 0, newest))
  })

  it("a void ticket cannot finish the task that took its place: G1", () => {
    const words = make()
    const old = Claims.offer(words, 0)
    assert.isTrue(Claims.revoke(words, 0, old))
    const fresh = Claims.offer(words, 0)
    Claims.finish(words, 0, old)
    // Overwritten, the word would turn the worker away, and the host would wait for a reply for ever.
    assert.strictEqual(Claims.read(words, 0, fresh), "queued")
    assert.isTrue(Claims.claim(words, 0, fresh))
  })

  it("a new epoch follows each way in which the task before it ended", () => {
    const words = make()
    const ends: ReadonlyArray<(ticket: number) => void> = [
      () => {},
      (ticket) => void Claims.revoke(words, 0, ticket),
      (ticket) => void Claims.claim(words, 0, ticket),
      (ticket) => (Claims.claim(words, 0, ticket), Claims.finish(words, 0, ticket))
    ]
    for (const end of ends) {
      const before = Claims.offer(words, 0)
      end(before)
      const after = Claims.offer(words, 0)
      assert.strictEqual(after, before + 4)
      assert.strictEqual(Claims.read(words, 0, after), "queued")
      assert.isFalse(Claims.isInterrupted(words, 0, after))
    }
  })

  it("the interrupt flag is seen by the task that it was raised for, and by no later one on the same index: S049", () => {
    const words = make()
    const first = Claims.offer(words, 0)
    assert.isFalse(Claims.isInterrupted(words, 0, first))
    Claims.interrupt(words, 0, first)
    assert.isTrue(Claims.isInterrupted(words, 0, first))
    const second = Claims.offer(words, 0)
    assert.isFalse(Claims.isInterrupted(words, 0, second))
    // Raised too late, for the previous task on the index: must not hit the current task.
    Claims.interrupt(words, 0, first)
    assert.isFalse(Claims.isInterrupted(words, 0, second))
  })

  it("a flag is lowered with each offer, so none is up when the tickets have gone full circle: S049", () => {
    const words = make()
    const ticket = Claims.offer(words, 0)
    Claims.interrupt(words, 0, ticket)
    Claims.offer(words, 0)
    // As 2^30 tasks later.
    words[0] = ticket - 4
    assert.strictEqual(Claims.offer(words, 0), ticket)
    assert.isFalse(Claims.isInterrupted(words, 0, ticket))
  })

  it("raising the flag leaves the claim alone, whatever its state", () => {
    for (const reach of ["queued", "claimed", "done", "revoked"] as const) {
      const words = make()
      const ticket = Claims.offer(words, 0)
      if (reach === "claimed" || reach === "done") Claims.claim(words, 0, ticket)
      if (reach === "done") Claims.finish(words, 0, ticket)
      if (reach === "revoked") Claims.revoke(words, 0, ticket)
      Claims.interrupt(words, 0, ticket)
      assert.strictEqual(Claims.read(words, 0, ticket), reach)
    }
  })

  it("tasks on different indexes do not touch each other's words", () => {
    const claimCapacity = 5
    const words = make(claimCapacity)
    assert.strictEqual(words.length, 2 * claimCapacity)
    const tickets = Array.from({ length: claimCapacity }, (_, index) => Claims.offer(words, index))
    Claims.claim(words, 0, tickets[0]!)
    Claims.revoke(words, 1, tickets[1]!)
    Claims.claim(words, 2, tickets[2]!)
    Claims.finish(words, 2, tickets[2]!)
    Claims.interrupt(words, 3, tickets[3]!)
    assert.deepStrictEqual(
      tickets.map((ticket, index) => Claims.read(words, index, ticket)),
      ["claimed", "revoked", "done", "queued", "queued"]
    )
    assert.deepStrictEqual(
      tickets.map((ticket, index) => Claims.isInterrupted(words, index, ticket)),
      [false, false, false, true, false]
    )
  })

  it("on every interleaving of host and worker exactly one of claim and revoke wins: G6", () => {
    type Step = () => void
    interface Run {
      claimed?: boolean
      revoked?: boolean
      sawFlag?: boolean
      finished?: boolean
      flagFirst?: boolean
    }
    let count = 0
    const explore = (host: "revoke" | "interrupt" | "revoke, else interrupt") => {
      const build = (): {
        words: Claims.Words
        ticket: number
        run: Run
        host: Array<Step>
        worker: Array<Step>
      } => {
        const words = make()
        const ticket = Claims.offer(words, 0)
        const run: Run = {}
        const revoke: Step = () => void (run.revoked = Claims.revoke(words, 0, ticket))
        const raise: Step = () => {
          if (host === "revoke, else interrupt" && run.revoked === true) return
          Claims.interrupt(words, 0, ticket)
          run.flagFirst = run.sawFlag === undefined
        }
        return {
          words,
          ticket,
          run,
          host: host === "revoke" ? [revoke] : host === "interrupt" ? [raise] : [revoke, raise],
          worker: [
            () => void (run.claimed = Claims.claim(words, 0, ticket)),
            () => {
              if (run.claimed === true) run.sawFlag = Claims.isInterrupted(words, 0, ticket)
            },
            () => {
              if (run.claimed !== true) return
              Claims.finish(words, 0, ticket)
              run.finished = true
            }
          ]
        }
      }
      const probe = build()
      const schedules = interleavings<readonly [who: "host" | "worker", step: number]>(
        probe.host.map((_, i) => ["host", i]),
        probe.worker.map((_, i) => ["worker", i])
      )
      for (const schedule of schedules) {
        // A worker may die at any point, so every prefix of its steps is a run as well.
        for (let alive = 0; alive <= schedule.length; alive++) {
          count++
          const { run, ticket, words, ...programs } = build()
          for (const [index, [who, i]] of schedule.entries()) {
            if (who === "host" || index < alive) programs[who][i]!()
          }
          const at = `${host}: ${schedule.map(([who]) => who).join(" ")}, alive ${alive}`
          const state = Claims.read(words, 0, ticket)
          if (run.revoked !== undefined && run.claimed !== undefined) {
            assert.notStrictEqual(run.revoked, run.claimed, `${at}: exactly one wins`)
          }
          const expected = run.finished
            ? "done"
            : run.claimed
              ? "claimed"
              : run.revoked
                ? "revoked"
                : "queued"
          assert.strictEqual(state, expected, `${at}: the word tells how far it got`)
          if (run.sawFlag !== undefined && host === "interrupt") {
            assert.strictEqual(
              run.sawFlag,
              run.flagFirst,
              `${at}: the flag is seen exactly when it was raised before`
            )
          }
          if (run.revoked === true) assert.isUndefined(run.finished, `${at}: a revoked task never runs`)
        }
      }
    }
    explore("revoke")
    explore("interrupt")
    explore("revoke, else interrupt")
    assert.isAbove(count, 80)
  })

  it("on every interleaving a message for a reused index starts neither the old task nor the new one twice: G6", () => {
    // The host takes the task back and puts another on the same index; the worker has messages for both.
    const host = ["revoke", "offer", "interrupt old", "revoke new"] as const
    const worker = ["claim old", "claim new", "flag new"] as const
    for (const schedule of interleavings<string>(host, worker)) {
      const words = make()
      const old = Claims.offer(words, 0)
      let revoked = false
      let fresh: number | undefined
      let revokedNew: boolean | undefined
      const claimed = { old: false, new: false }
      for (const step of schedule) {
        if (step === "revoke") revoked = Claims.revoke(words, 0, old)
        if (step === "offer" && revoked) fresh = Claims.offer(words, 0)
        if (step === "interrupt old") Claims.interrupt(words, 0, old)
        if (step === "revoke new" && fresh !== undefined) revokedNew = Claims.revoke(words, 0, fresh)
        if (step === "claim old") claimed.old = Claims.claim(words, 0, old)
        // The message cannot overtake the offer in front.
        if (step === "claim new" && fresh !== undefined) claimed.new = Claims.claim(words, 0, fresh)
        if (step === "flag new" && claimed.new)
          assert.isFalse(Claims.isInterrupted(words, 0, fresh!), schedule.join())
      }
      assert.strictEqual(claimed.old, !revoked, schedule.join())
      if (claimed.new) assert.isFalse(revokedNew ?? false, schedule.join())
      assert.isFalse(claimed.old && claimed.new, schedule.join())
    }
  })

  // A claim epoch has 30 bits: the count passes the sign bit after 2^29 tasks on one index, and zero after 2^30.
  for (const [where, word] of [
    ["the sign bit", (2 ** 29 - 4) * 4],
    ["zero", -4 * 4]
  ] as const) {
    it(`generations wrap around past ${where} without a void ticket becoming valid or a flag going up: G1`, () => {
      const words = make()
      words[0] = word | 2
      const seen = new Set<number>()
      for (let i = 0; i < 8; i++) {
        const ticket = Claims.offer(words, 0)
        const at = `ticket ${ticket}`
        assert.strictEqual(ticket | 0, ticket, `${at} is a word`)
        assert.strictEqual(ticket & 3, 0, `${at} leaves the state free`)
        assert.isFalse(seen.has(ticket), `${at} is new`)
        for (const old of seen) assert.isFalse(Claims.claim(words, 0, old), `${at}: ${old} is void`)
        seen.add(ticket)
        assert.strictEqual(Claims.read(words, 0, ticket), "queued", at)
        assert.isFalse(Claims.isInterrupted(words, 0, ticket), `${at}: nobody raised its flag`)
        assert.isTrue(Claims.claim(words, 0, ticket), at)
        assert.strictEqual(Claims.read(words, 0, ticket), "claimed", at)
        Claims.interrupt(words, 0, ticket)
        assert.isTrue(Claims.isInterrupted(words, 0, ticket), at)
        Claims.finish(words, 0, ticket)
        assert.strictEqual(Claims.read(words, 0, ticket), "done", at)
      }
    })
  }
})

describe("refs", () => {
  it("a ref names index and ticket, is never zero, and differs between tasks of one worker, past each wrap: G1", () => {
    for (const claimCapacity of [1, 3, 256, 1024]) {
      const seen = new Set<number>()
      for (const epoch of [1, 2, 3, 2 ** 29 - 1, 2 ** 29, 2 ** 30 - 1]) {
        for (const index of [0, 1, claimCapacity - 1].filter((at) => at < claimCapacity)) {
          const ticket = (epoch << 2) | 0
          const ref = Claims.refOf(claimCapacity, index, ticket)
          seen.add(ref)
          assert.strictEqual(Claims.indexOf(claimCapacity, ref), index)
          assert.strictEqual(Claims.ticketOf(claimCapacity, ref), ticket)
          assert.isTrue(Number.isSafeInteger(ref) && ref > 0, `${ref}`)
        }
      }
      assert.strictEqual(seen.size, 6 * Math.min(claimCapacity, 3))
    }
  })
})

describe("the interrupt flag", () => {
  it("is where flagAt says: the ticket stored there raises it for that task alone", () => {
    const words = Claims.makePrivate(3)
    const tickets = [0, 1, 2].map((index) => Claims.offer(words, index))
    Atomics.store(words, Claims.flagAt(1), tickets[1]!)
    assert.deepStrictEqual(
      tickets.map((ticket, index) => Claims.isInterrupted(words, index, ticket)),
      [false, true, false]
    )
  })
})
