// A queue in shared memory, seen from one thread.
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { SharedError } from "../src/SharedError.ts"
import * as SharedQueue from "../src/SharedQueue.ts"
import * as SharedStruct from "../src/SharedStruct.ts"

const Row = SharedStruct.layout({ number: SharedStruct.i32, text: SharedStruct.text(8) })
const row = (number: number) => ({ number, text: `row ${number}` })
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i))

const now = { startImmediately: true } as const

const reasonOf = <A, R>(effect: Effect.Effect<A, SharedError, R>) =>
  Effect.match(effect, { onFailure: ({ reason }) => reason._tag as string, onSuccess: () => "done" })

const nothing: SharedQueue.Snapshot = { size: 0, taken: 0, lost: 0 }

it.effect(
  "records come out in the order in which they went in, to fibers in the order of their coming: S320",
  () =>
    Effect.gen(function* () {
      const queue = yield* SharedQueue.make(Row, { capacity: 4, block: 3 })
      const early = yield* Effect.forEach([0, 1, 2], () => Effect.forkChild(queue.take, now))
      yield* queue.offerAll(rows(0, 5))
      yield* queue.offer(row(5))
      assert.deepStrictEqual(yield* Effect.forEach(early, Fiber.join), rows(0, 3))
      assert.deepStrictEqual(yield* queue.tryTake, row(3))
      assert.deepStrictEqual(yield* queue.takeUpTo(10), rows(4, 6))
      assert.isUndefined(yield* queue.tryTake)
      assert.deepStrictEqual(queue.snapshot(), nothing)
      for (let i = 0; i < 100; i++) {
        queue.offerSync(row(i))
        assert.deepStrictEqual(queue.takeSync(), row(i))
      }
    }).pipe(Effect.scoped)
)

it.effect(
  "a full queue lets producers wait in order, and a synchronous or trying one does not wait: S321",
  () =>
    Effect.gen(function* () {
      const queue = yield* SharedQueue.make(Row, { capacity: 2 })
      assert.isTrue(yield* queue.tryOffer(row(0)))
      yield* queue.offer(row(1))
      assert.isFalse(yield* queue.tryOffer(row(9)))
      assert.throws(() => queue.offerSync(row(9)), /would block/)
      const first = yield* Effect.forkChild(queue.offerAll(rows(2, 6)), now)
      const second = yield* Effect.forkChild(queue.offer(row(6)), now)
      assert.deepStrictEqual(yield* Effect.forEach([0, 1, 2, 3, 4, 5, 6], () => queue.take), rows(0, 7))
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      assert.throws(() => queue.takeSync(), /would block/)
      yield* queue.offerAll(rows(0, 2))
      const waiting = yield* Effect.forkChild(queue.offer(row(2)), now)
      // There is room, and the one that waits does not know it yet: nobody overtakes it.
      assert.deepStrictEqual(queue.takeSync(), row(0))
      assert.isFalse(yield* queue.tryOffer(row(9)))
      const late = yield* Effect.forkChild(queue.offer(row(3)), now)
      assert.deepStrictEqual(yield* Effect.forEach([1, 2, 3], () => queue.take), rows(1, 4))
      yield* Effect.all([Fiber.join(waiting), Fiber.join(late)])
      assert.deepStrictEqual(queue.snapshot(), nothing)
    }).pipe(Effect.scoped)
)

it.effect("what was offered before the end is taken; then takers and producers fail with Ended: S322", () =>
  Effect.gen(function* () {
    const queue = yield* SharedQueue.make(Row, { capacity: 2, block: 2 })
    yield* queue.offerAll(rows(0, 4))
    const end = yield* Effect.forkChild(queue.end, now)
    assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(queue.stream, 3)), rows(0, 3))
    yield* Fiber.join(end)
    yield* queue.end
    assert.strictEqual(yield* reasonOf(queue.offer(row(9))), "Ended")
    assert.strictEqual(yield* reasonOf(queue.tryOffer(row(9))), "Ended")
    assert.deepStrictEqual(yield* Stream.runCollect(queue.stream), rows(3, 4))
    assert.strictEqual(yield* reasonOf(queue.take), "Ended")
    assert.strictEqual(yield* reasonOf(queue.tryTake), "Ended")
    assert.throws(() => queue.takeSync(), /ended/)

    const empty = yield* SharedQueue.make(Row)
    const takers = yield* Effect.forEach([0, 1], () => Effect.forkChild(reasonOf(empty.take), now))
    yield* empty.end
    assert.deepStrictEqual(yield* Effect.forEach(takers, Fiber.join), ["Ended", "Ended"])
  }).pipe(Effect.scoped)
)

it.effect("an interrupted taker or producer leaves no trace, at whichever moment: S323", () =>
  Effect.gen(function* () {
    const queue = yield* SharedQueue.make(Row, { capacity: 2, block: 4 })
    for (let round = 0; round < 200; round++) {
      const waiter = yield* Effect.forkChild(queue.take, now)
      const last = yield* Effect.forkChild(queue.take, now)
      const turns = round % 5
      const feeding = yield* Effect.forkChild(queue.offerAll(rows(0, 2)), {
        startImmediately: round % 2 === 0
      })
      for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
      const exit = yield* Effect.andThen(Fiber.interrupt(waiter), Fiber.await(waiter))
      yield* Fiber.join(feeding)
      const got = Exit.isSuccess(exit) ? [exit.value] : []
      got.push(yield* Fiber.join(last))
      if (got.length < 2) got.push(yield* queue.take)
      assert.deepStrictEqual(got, rows(0, 2))
      assert.deepStrictEqual(queue.snapshot(), nothing)
    }
    yield* Effect.andThen(queue.offer(row(0)), queue.offer(row(1)))
    const producer = yield* Effect.forkChild(queue.offer(row(2)), now)
    const behind = yield* Effect.forkChild(queue.offer(row(3)), now)
    yield* Fiber.interrupt(producer)
    assert.deepStrictEqual(yield* queue.take, row(0))
    yield* Fiber.join(behind)
    assert.deepStrictEqual(yield* queue.takeUpTo(9), [row(1), row(3)])
  }).pipe(Effect.scoped)
)

it.effect(
  "records whose taker is interrupted before they reach it are taken by the next one, in order: S323",
  () =>
    Effect.gen(function* () {
      let givenBack = 0
      for (let round = 0; round < 120; round++) {
        const turns = round % 20
        const queue = yield* SharedQueue.make(Row, { block: 3 })
        yield* queue.offerAll(rows(0, 3))
        // The taker yields after every few of its steps.
        const steps = 3 + Math.floor(round / 20)
        const taker = yield* Effect.forkChild(
          Effect.provideService(queue.takeUpTo(2), Scheduler.MaxOpsBeforeYield, steps)
        )
        for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
        const { taken } = queue.snapshot()
        yield* Fiber.interrupt(taker)
        // Three in hands: two belong to the taker, which has not gone on with them.
        if (taken === 3) givenBack++
        assert.deepStrictEqual(yield* queue.takeUpTo(3), rows(taken === 1 ? 2 : 0, 3), `round ${round}`)
      }
      assert.isAbove(givenBack, 0)
    }).pipe(Effect.scoped)
)

it.effect("thousands of takers that wait twice are answered by one block after another: S320", () =>
  Effect.gen(function* () {
    const queue = yield* SharedQueue.make(SharedStruct.i32, { capacity: 4, block: 64 })
    const numbers = Array.from({ length: 5000 }, (_, i) => i)
    const takers = yield* Effect.forEach(numbers, () =>
      Effect.forkChild(Effect.all([queue.take, queue.take]), now)
    )
    yield* queue.offerAll([...numbers, ...numbers])
    assert.deepStrictEqual(
      yield* Effect.forEach(takers, Fiber.join),
      numbers.map((number) => [number, number])
    )
    assert.deepStrictEqual(queue.snapshot(), nothing)
  }).pipe(Effect.scoped)
)

it.effect("those who wait when the scope closes, and those who come later, fail with Disposed: S324", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const full = yield* Scope.provide(SharedQueue.make(Row, { capacity: 2 }), scope)
    const empty = yield* Scope.provide(SharedQueue.make(Row), scope)
    yield* full.offerAll(rows(0, 2))
    const waiting = yield* Effect.forEach(
      [full.offer(row(2)), full.end, empty.take, empty.takeUpTo(3), Stream.runDrain(empty.stream)],
      (effect: Effect.Effect<unknown, SharedError>) => Effect.forkChild(reasonOf(effect), now)
    )
    yield* Scope.close(scope, Exit.void)
    assert.deepStrictEqual(
      yield* Effect.forEach(waiting, Fiber.join),
      waiting.map(() => "Disposed")
    )
    assert.isTrue(full.isDisposed)
    assert.strictEqual(yield* reasonOf(full.take), "Disposed")
    assert.throws(() => full.takeSync(), /scope/)
  })
)

it.effect(
  "a value that does not fit, a size out of range and something else than a field are refused: S325",
  () =>
    Effect.gen(function* () {
      const queue = yield* SharedQueue.make(Row, { block: 4, name: "rows" })
      const misfit = yield* Effect.flip(queue.offerAll([row(0), { number: 1, text: "much too long" }]))
      assert.strictEqual(misfit.message, "rows: $[1].text: the text is longer than 8 bytes of UTF-8")
      const getter = {
        text: "",
        get number(): number {
          throw new Error("hostile")
        }
      }
      assert.strictEqual(yield* reasonOf(queue.offer(getter)), "Misfit")
      assert.strictEqual(queue.size, 0)
      for (const options of [{ capacity: 0 }, { block: 65 }, { capacity: 1.5 }, { capacity: 2 ** 21 }]) {
        assert.strictEqual(yield* reasonOf(SharedQueue.make(Row, options)), "InvalidSize")
      }
      const huge = SharedQueue.make(SharedQueue.bytes(2 ** 20), { capacity: 2 ** 20 })
      assert.strictEqual(yield* reasonOf(huge), "InvalidSize")
      assert.throws(() => SharedQueue.make({} as never), /SharedStruct.layout/)
      assert.throws(() => SharedQueue.make(Row, { size: 3 } as never), /is no option/)
    }).pipe(Effect.scoped)
)

it.effect("bytes are copied when they are offered, and again when they are taken: S320", () =>
  Effect.gen(function* () {
    const queue = yield* SharedQueue.make(SharedQueue.bytes(4), { capacity: 2 })
    const given = Uint8Array.of(1, 2, 3)
    yield* Effect.forEach([0, 1], () => queue.offer(Uint8Array.of()))
    const waiting = yield* Effect.forkChild(queue.offer(given), now)
    given.fill(9)
    assert.deepStrictEqual(yield* queue.take, Uint8Array.of())
    yield* Fiber.join(waiting)
    yield* queue.take
    assert.deepStrictEqual(yield* queue.take, Uint8Array.of(1, 2, 3))
    assert.strictEqual(yield* reasonOf(queue.offer(new Uint8Array(5))), "Misfit")
  }).pipe(Effect.scoped)
)

it.effect("a decoded queue is the same queue; one of another layout or a forged one is refused: S326", () =>
  Effect.gen(function* () {
    const queue = yield* SharedQueue.make(Row, { capacity: 8, block: 2, name: "rows" })
    const schema = SharedQueue.Schema(Row)
    const encoded = yield* Schema.encodeEffect(schema)(queue)
    const again = yield* Schema.decodeEffect(schema)(encoded)
    assert.deepStrictEqual([again.name, again.capacity], ["rows", 8])
    yield* queue.offerAll(rows(0, 3))
    assert.deepStrictEqual(yield* again.take, row(0))
    assert.deepStrictEqual(yield* queue.takeUpTo(5), rows(1, 3))

    const refused = (forged: typeof encoded, as: Schema.Codec<any, typeof encoded> = schema) =>
      Effect.match(Schema.decodeEffect(as)(forged), { onFailure: String, onSuccess: () => "accepted" })
    assert.include(yield* refused(encoded, SharedQueue.Schema(SharedStruct.i32)), "shape")
    assert.include(yield* refused({ ...encoded, shared: "SharedArray" }), "SharedArray")
    const small = new SharedArrayBuffer(encoded.buffer.byteLength - 8)
    new Uint8Array(small).set(new Uint8Array(encoded.buffer).subarray(0, small.byteLength))
    assert.include(yield* refused({ ...encoded, buffer: small }), "no such queue")
    const zeros = new SharedArrayBuffer(encoded.buffer.byteLength)
    assert.include(yield* refused({ ...encoded, buffer: zeros }), "no such queue")
  }).pipe(Effect.scoped)
)
