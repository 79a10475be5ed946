// A lock of readers and writers within one thread.
import { assert, describe, it } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Counts from "@heddle/core/protocol/memory/counts"
import * as Ring from "@heddle/core/protocol/memory/ring"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import type { CountedLine } from "../src/internal/memory/countedLine.ts"
import * as Realm from "../src/internal/memory/realm.ts"
import * as SharedRwLock from "../src/SharedRwLock.ts"
import { seeded } from "./support/random.ts"
import { refusedBy, refusedSync } from "./support/refusals.ts"
import { endSleeps } from "./support/sleepers.ts"

const now = { startImmediately: true } as const
const { withRead, withReadSync, withWrite, withWriteSync } = SharedRwLock

/** Without its options, a writer's form is a reader's. */
const write: typeof withRead = withWrite

const turn = Effect.promise(() => new Promise<void>((resolve) => void setImmediate(resolve)))

const untouched = { readers: [], writer: undefined, waiting: [], ownersDied: 0 }

/** Has the lock until it is opened; logs when it has it. */
const hold = (lock: SharedRwLock.SharedRwLock, way: typeof withRead, log: Array<string> = [], name = "") =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const holding = Effect.andThen(
      Effect.sync(() => log.push(name)),
      Deferred.await(gate)
    )
    const fiber = yield* Effect.forkChild(holding.pipe(way(lock)), now)
    return Effect.andThen(Deferred.succeed(gate, undefined), Fiber.join(fiber))
  })

/** The parts of a handle's thread. */
const partsOf = (lock: SharedRwLock.SharedRwLock) =>
  (lock as unknown as { readonly local: CountedLine }).local

describe("a lock of readers and writers", () => {
  it.effect("lets readers in together and each writer alone, in the order of their coming: S317", () =>
    Effect.gen(function* () {
      const lock = yield* SharedRwLock.make()
      const log: Array<string> = []
      const a = yield* hold(lock, withRead, log, "read a")
      const b = yield* hold(lock, withRead, log, "read b")
      const c = yield* hold(lock, write, log, "write c")
      const d = yield* hold(lock, withRead, log, "read d")
      const e = yield* hold(lock, withRead, log, "read e")
      const f = yield* hold(lock, write, log, "write f")
      assert.deepStrictEqual(log, ["read a", "read b"])
      assert.deepStrictEqual([lock.readers, lock.isWriting], [2, false])
      yield* a
      yield* turn
      assert.deepStrictEqual(log.length, 2)
      yield* b
      yield* turn
      assert.deepStrictEqual(log, ["read a", "read b", "write c"])
      assert.deepStrictEqual([lock.readers, lock.isWriting], [0, true])
      assert.strictEqual(lock.snapshot().writer?.agent, Realm.hostAgent)
      yield* c
      yield* turn
      assert.deepStrictEqual(log.slice(3), ["read d", "read e"])
      yield* e
      yield* d
      yield* turn
      assert.deepStrictEqual(log.slice(5), ["write f"])
      yield* f
      assert.deepStrictEqual(lock.snapshot(), untouched)
    }).pipe(Effect.scoped)
  )

  it.effect("is released however the effect ends, in each form: S317", () =>
    Effect.gen(function* () {
      const lock = yield* SharedRwLock.make()
      for (const way of [withRead, write]) {
        const have = <A, E>(effect: Effect.Effect<A, E>) => Effect.exit(way(lock, effect))
        assert.deepStrictEqual(yield* have(Effect.succeed(1)), Exit.succeed(1))
        assert.deepStrictEqual(yield* have(Effect.fail("no")), Exit.fail("no"))
        assert.isTrue(Exit.hasDies(yield* have(Effect.die("defect"))))
        assert.isTrue(Exit.hasInterrupts(yield* have(Effect.interrupt)))
      }
      for (const way of [withReadSync, withWriteSync] as ReadonlyArray<typeof withReadSync>) {
        const fails = () => {
          throw new Error("from the body")
        }
        assert.throws(() => way(lock, fails), /from the body/)
        assert.strictEqual(
          way(lock, () => lock.readers + Number(lock.isWriting)),
          1
        )
      }
      assert.deepStrictEqual(lock.snapshot(), untouched)
    }).pipe(Effect.scoped)
  )

  it.effect("keeps nothing of waiters that are interrupted at any moment: S303", () =>
    Effect.gen(function* () {
      const next = seeded(7)
      const lock = yield* SharedRwLock.make()
      const either = () => (next(2) === 0 ? withRead : write)
      let readers = 0
      let writers = 0
      const reading = Effect.acquireUseRelease(
        Effect.sync(() => assert.deepStrictEqual([writers, ++readers > 0], [0, true])),
        () => Effect.yieldNow,
        () => Effect.sync(() => readers--)
      )
      const writing = Effect.acquireUseRelease(
        Effect.sync(() => assert.deepStrictEqual([readers, ++writers], [0, 1])),
        () => Effect.yieldNow,
        () => Effect.sync(() => writers--)
      )
      for (let round = 0; round < 300; round++) {
        const open = yield* hold(lock, either())
        const waiters = yield* Effect.replicateEffect(
          Effect.suspend(() =>
            Effect.forkChild(next(2) === 0 ? withRead(lock, reading) : withWrite(lock, writing), now)
          ),
          4
        )
        const last = yield* Effect.forkChild(withWrite(lock, Effect.succeed("had it")), now)
        const opened = yield* Effect.forkChild(open, { startImmediately: round % 2 === 0 })
        for (let turns = next(7); turns > 0; turns--) yield* Effect.yieldNow
        if (next(2) === 0) yield* turn
        for (const waiter of waiters) if (next(3) > 0) yield* Fiber.interrupt(waiter)
        yield* Fiber.join(opened)
        for (const waiter of waiters) assert.isFalse(Exit.hasDies(yield* Fiber.await(waiter)))
        assert.strictEqual(yield* Fiber.join(last), "had it")
        assert.deepStrictEqual({ round, ...lock.snapshot() }, { round, ...untouched })
      }
      assert.strictEqual(endSleeps(lock), 0)
    }).pipe(Effect.scoped)
  )

  it.effect("is not waited for by a fiber that has it: it reads again, or is Deadlocked: S317", () =>
    Effect.gen(function* () {
      const lock = yield* SharedRwLock.make({ name: "table" })
      const nothing = Effect.void
      const deadlocked = "Deadlocked a circle of waiters: table"
      assert.strictEqual(yield* refusedBy(withWrite(lock, withRead(lock, nothing))), deadlocked)
      assert.strictEqual(yield* refusedBy(withWrite(lock, withWrite(lock, nothing))), deadlocked)
      assert.strictEqual(yield* refusedBy(withRead(lock, withWrite(lock, nothing))), deadlocked)
      const again = Effect.gen(function* () {
        const writer = yield* Effect.forkChild(withWrite(lock, nothing), now)
        // Behind the writer it would wait for itself.
        const found = yield* withRead(
          lock,
          Effect.sync(() => lock.readers)
        )
        return [found, withReadSync(lock, () => lock.readers), writer] as const
      })
      const [effect, sync, writer] = yield* withRead(lock, again)
      assert.deepStrictEqual([effect, sync], [1, 1])
      yield* Fiber.join(writer)
      const within = (way: typeof withRead, body: () => unknown) =>
        way(
          lock,
          Effect.sync(() => refusedSync(body))
        )
      assert.strictEqual(yield* within(write, () => withReadSync(lock, () => 1)), deadlocked)
      assert.strictEqual(yield* within(write, () => withWriteSync(lock, () => 1)), deadlocked)
      assert.strictEqual(yield* within(withRead, () => withWriteSync(lock, () => 1)), deadlocked)
      const nested = [
        () => withWriteSync(lock, () => withReadSync(lock, () => 1)),
        () => withWriteSync(lock, () => withWriteSync(lock, () => 1)),
        () => withReadSync(lock, () => withWriteSync(lock, () => 1))
      ]
      for (const body of nested) assert.strictEqual(refusedSync(body), deadlocked)
      assert.strictEqual(
        withReadSync(lock, () => withReadSync(lock, () => lock.readers)),
        1
      )
      assert.deepStrictEqual(lock.snapshot(), untouched)
    }).pipe(Effect.scoped)
  )

  it.effect("does not block the host, and is Disposed with its scope: S319", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const lock = yield* Scope.provide(SharedRwLock.make(), scope)
      const open = yield* hold(lock, withRead)
      assert.strictEqual(
        withReadSync(lock, () => lock.readers),
        2
      )
      assert.match(
        refusedSync(() => withWriteSync(lock, () => 1)),
        /^WouldBlock/
      )
      const writing = refusedBy(withWrite(lock, Effect.void))
      const reading = refusedBy(withRead(lock, Effect.void))
      const waiters = [
        yield* Effect.forkChild(writing, now),
        yield* Effect.forkChild(writing, now),
        yield* Effect.forkChild(reading, now)
      ]
      assert.match(
        refusedSync(() => withReadSync(lock, () => 1)),
        /^WouldBlock/
      )
      yield* Scope.close(scope, Exit.void)
      for (const waiter of waiters) assert.match(yield* Fiber.join(waiter), /^Disposed/)
      yield* open
      assert.match(yield* writing, /^Disposed/)
      assert.match(yield* reading, /^Disposed/)
      assert.match(
        refusedSync(() => withReadSync(lock, () => 1)),
        /^Disposed/
      )
      assert.deepStrictEqual(lock.snapshot(), untouched)
    })
  )

  it.effect(
    "is marked by a writer that dies until a writer repairs it, and not by a reader: S138, S318",
    () =>
      Effect.gen(function* () {
        const lock = yield* SharedRwLock.make({ name: "table" })
        const { counts, line } = partsOf(lock)
        const reader = Realm.birth()
        assert.isTrue(Counts.take(counts, reader.agent, 1, Infinity))
        const waiting = yield* Effect.forkChild(withWrite(lock, Effect.succeed("alone")), now)
        yield* turn
        assert.deepStrictEqual(lock.snapshot().readers, [{ agent: reader.agent, count: 1 }])
        Realm.gone(reader.agent, 41)
        assert.strictEqual(yield* Fiber.join(waiting), "alone")
        assert.deepStrictEqual(lock.snapshot(), untouched)

        const writer = Realm.birth()
        assert.isDefined(Ring.tryEnter(line.ring, writer.agent, 5))
        assert.isTrue(Counts.beginAlone(counts, writer.agent))
        const heard = yield* Effect.forkChild(Effect.flip(withRead(lock, Effect.void)), now)
        Realm.gone(writer.agent, 42)
        const { reason } = (yield* Fiber.join(heard)) as { readonly reason: object }
        assert.deepInclude(reason, { _tag: "OwnerDied", lock: "table", worker: 42 })
        assert.match(yield* refusedBy(withWrite(lock, Effect.void)), /^OwnerDied/)
        assert.match(
          refusedSync(() => withReadSync(lock, () => 1)),
          /^OwnerDied/
        )
        assert.match(
          refusedSync(() => withWriteSync(lock, () => 1)),
          /^OwnerDied/
        )
        const repairs = (recover: () => Effect.Effect<void, string>) =>
          Effect.exit(Effect.succeed("fine").pipe(withWrite(lock, { recover })))
        assert.deepStrictEqual(yield* repairs(() => Effect.fail("cannot")), Exit.fail("cannot"))
        assert.isTrue(Exit.hasInterrupts(yield* repairs(() => Effect.interrupt)))
        assert.isTrue(lock.isInconsistent)
        assert.deepStrictEqual(yield* repairs(() => Effect.void), Exit.succeed("fine"))
        assert.isFalse(lock.isInconsistent)
        assert.strictEqual(yield* withRead(lock, Effect.succeed(1)), 1)
        assert.deepStrictEqual(lock.snapshot(), { ...untouched, ownersDied: 1 })

        const second = Realm.birth()
        Ring.tryEnter(line.ring, second.agent, 5)
        Counts.beginAlone(counts, second.agent)
        Realm.gone(second.agent, 43)
        let told = 0
        const options = { recover: ({ worker }: { readonly worker: number }) => void (told = worker) }
        assert.strictEqual(
          withWriteSync(lock, () => told, options),
          43
        )
        assert.isFalse(lock.isInconsistent)
      }).pipe(Effect.scoped)
  )
})

it.effect("options that do not exist, or are of another kind, are defects: S317", () =>
  Effect.gen(function* () {
    const refused = (options: object) =>
      Effect.map(Effect.exit(Effect.scoped(SharedRwLock.make(options))), (exit) => {
        const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(defect, InvalidOption)
        return defect.option
      })
    assert.strictEqual(yield* refused({ name: 7 }), "name")
    assert.strictEqual(yield* refused({ reentrant: true }), "reentrant")
    const lock = yield* SharedRwLock.make()
    for (const options of [{ timeout: -1 }, { timeout: NaN }, { limit: 1 } as object]) {
      assert.throws(() => withReadSync(lock, () => 1, options), InvalidOption)
      assert.throws(() => withWriteSync(lock, () => 1, options), InvalidOption)
    }
  }).pipe(Effect.scoped)
)
