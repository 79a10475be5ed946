/** A ledger of jobs: who runs one pays for it, from one account to another, and a job is paid for once. */
import { Effect, Ref, Semaphore } from "effect"

export interface Account {
  readonly name: string
  readonly lock: Semaphore.Semaphore
  readonly balance: Ref.Ref<number>
}

export const account = Effect.fn("account")(function* (name: string, balance: number) {
  const made: Account = { name, lock: yield* Semaphore.make(1), balance: yield* Ref.make(balance) }
  return made
})

/** Whether the caller is the one who pays for a job. */
export type Claim = (paid: Set<string>, job: string) => Effect.Effect<boolean>

/** Looks first, and notes later, when the payment is made: two callers may both look first. */
export const hastyClaim: Claim = (paid, job) => Effect.sync(() => !paid.has(job))

/** Looks and notes in one step. */
export const soundClaim: Claim = (paid, job) =>
  Effect.sync(() => {
    const isFirst = !paid.has(job)
    paid.add(job)
    return isFirst
  })

/** In which order a transfer takes the locks of two accounts. */
export type LockOrder = (from: Account, to: Account) => readonly [Account, Account]

/** As they come: two transfers in opposite directions may each hold what the other one needs. */
export const asTheyCome: LockOrder = (from, to) => [from, to]

/** The same for everybody. */
export const byName: LockOrder = (from, to) => (from.name < to.name ? [from, to] : [to, from])

export const transfer = Effect.fn("transfer")(function* (
  from: Account,
  to: Account,
  amount: number,
  order: LockOrder
) {
  const [first, second] = order(from, to)
  const move = Effect.andThen(
    Ref.update(from.balance, (balance) => balance - amount),
    Ref.update(to.balance, (balance) => balance + amount)
  )
  yield* first.lock.withPermits(1)(second.lock.withPermits(1)(move))
})

/** Pays for a job, unless that was done. */
export const pay = Effect.fn("pay")(function* (
  paid: Set<string>,
  job: string,
  payment: Effect.Effect<void>,
  claim: Claim
) {
  if (!(yield* claim(paid, job))) return
  yield* payment
  paid.add(job)
})
