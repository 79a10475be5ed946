/** Three programs that use the pool and the ledger, and say by dying when something is wrong. Each is made twice. */
import { Explore } from "@heddle/testing/explore"
import { Effect, Fiber, Ref } from "effect"
import * as ConnectionPool from "./ConnectionPool.ts"
import * as JobLedger from "./JobLedger.ts"

const together = { concurrency: "unbounded", discard: true } as const

/** A caller loses patience while it borrows a connection; after that the pool must still have all of them. */
const lostPermit = (make: typeof ConnectionPool.leaky) =>
  Effect.gen(function* () {
    const pool = yield* make(1)
    const query = (who: string) =>
      pool.withConnection((connection) =>
        Effect.andThen(Explore.record(`${who} has connection ${connection.id}`), connection.query("select 1"))
      )
    const impatient = yield* Effect.forkChild(query("the impatient one"))
    yield* Effect.yieldNow
    yield* Fiber.interrupt(impatient)
    yield* query("the next one")
  })

/** Two workers are handed the same job. */
const doubleCharge = (claim: JobLedger.Claim) =>
  Effect.gen(function* () {
    const [customer, house] = [
      yield* JobLedger.account("customer", 100),
      yield* JobLedger.account("house", 0)
    ]
    const paid = new Set<string>()
    const payment = JobLedger.transfer(customer, house, 10, JobLedger.byName)
    const worker = JobLedger.pay(paid, "job 1", payment, claim)
    yield* Effect.all([worker, worker], together)
    const balance = yield* Ref.get(customer.balance)
    if (balance !== 90)
      return yield* Effect.die(new Error(`the customer paid ${100 - balance} for a job of 10`))
  })

/** Two accounts pay each other at the same time. */
const deadlock = (order: JobLedger.LockOrder) =>
  Effect.gen(function* () {
    const [a, b] = [yield* JobLedger.account("a", 10), yield* JobLedger.account("b", 10)]
    yield* Effect.all([JobLedger.transfer(a, b, 1, order), JobLedger.transfer(b, a, 1, order)], together)
  })

export interface Race {
  readonly name: string
  readonly broken: Effect.Effect<void>
  readonly fixed: Effect.Effect<void>
}

export const races: ReadonlyArray<Race> = [
  { name: "lost permit", broken: lostPermit(ConnectionPool.leaky), fixed: lostPermit(ConnectionPool.sound) },
  {
    name: "double charge",
    broken: doubleCharge(JobLedger.hastyClaim),
    fixed: doubleCharge(JobLedger.soundClaim)
  },
  {
    name: "deadlock by lock order",
    broken: deadlock(JobLedger.asTheyCome),
    fixed: deadlock(JobLedger.byName)
  }
]
