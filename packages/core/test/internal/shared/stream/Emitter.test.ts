import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { type Elements, Emitter } from "../../../../src/internal/shared/stream/Emitter.ts"

const made = (credit: number, encode: (element: unknown) => unknown = (element) => element) => {
  const sent: Array<Elements> = []
  const emitter = new Emitter({
    credit,
    encode,
    transferOf: undefined,
    platform: {},
    send: (each) => sent.push(each),
    move: () => false
  })
  return { emitter, sent: () => sent.flatMap(({ wire }) => wire) }
}

/** Moves views of numbers; refuses so many times to send them at once. */
const moving = (refusals = 0) => {
  const [moved, captured]: [Array<unknown>, Array<unknown>] = [[], []]
  let left = refusals
  const emitter = new Emitter({
    credit: 8,
    encode: (element) => element,
    transferOf: (element) => {
      const { buffer } = (element as { readonly view?: Uint8Array }).view ?? (element as Uint8Array)
      return [buffer as ArrayBuffer]
    },
    platform: {},
    send: ({ wire }) => captured.push(...wire),
    move: (wire, transfer) => {
      if (left-- > 0) return false
      moved.push(...structuredClone(wire, { transfer: [...transfer] as Array<ArrayBuffer> }))
      return true
    }
  })
  return { emitter, moved, captured }
}

describe("Emitter", () => {
  it("sends what it has credit for, and the rest as credit comes: S237, G14", async () => {
    const { emitter, sent } = made(2)
    const fiber = Effect.runFork(emitter.emit([1, 2, 3, 4, 5]))
    assert.deepStrictEqual(sent(), [1, 2])
    emitter.grant(1)
    assert.deepStrictEqual(sent(), [1, 2, 3])
    emitter.grant(10)
    await Effect.runPromise(Fiber.join(fiber))
    assert.deepStrictEqual(sent(), [1, 2, 3, 4, 5])
  })

  it("an emission that is interrupted while it waits leaves no trace: S236", async () => {
    const { emitter, sent } = made(0)
    await Effect.runPromise(Fiber.interrupt(Effect.runFork(emitter.emit([1]))))
    emitter.grant(1)
    Effect.runSync(emitter.emit([2]))
    assert.deepStrictEqual(sent(), [2])
  })

  it("an element that cannot be sent is the failure, after those before it: S232, G10", () => {
    const { emitter, sent } = made(8, (element) => {
      if (element === 3) throw "no"
      return element
    })
    assert.deepStrictEqual(Effect.runSyncExit(emitter.emit([1, 2, 3, 4])), Exit.fail("no"))
    assert.deepStrictEqual(sent(), [1, 2])
  })

  it("each element is captured when it is emitted: S231, G10", () => {
    const { emitter, sent } = made(8)
    const shared = { n: 1 }
    Effect.runSync(emitter.emit([shared]))
    shared.n = 2
    Effect.runSync(emitter.emit([shared]))
    assert.deepStrictEqual(sent(), [{ n: 1 }, { n: 2 }])
  })

  it("buffers and views that move are sent at once, and leave their owner: S231, G10", () => {
    const { captured, emitter, moved } = moving()
    const elements = [new Uint8Array([1, 2]), new Uint8Array([3])]
    Effect.runSync(emitter.emit(elements))
    assert.deepStrictEqual([moved, captured], [[new Uint8Array([1, 2]), new Uint8Array([3])], []])
    assert.deepStrictEqual(
      elements.map(({ byteLength }) => byteLength),
      [0, 0]
    )
  })

  it("elements that cannot be sent at once are captured one by one, and none is lost: S231, S232, G10", () => {
    const refused = moving(1)
    Effect.runSync(refused.emitter.emit([new Uint8Array([1]), new Uint8Array([2])]))
    assert.deepStrictEqual(refused.captured, [new Uint8Array([1]), new Uint8Array([2])])
    assert.deepStrictEqual(refused.moved, [])

    const note = { text: "of both" }
    const mixed = moving()
    Effect.runSync(
      mixed.emitter.emit([
        { view: new Uint8Array([1]), note },
        { view: new Uint8Array([2]), note }
      ])
    )
    assert.deepStrictEqual(mixed.moved, [])
    const [first, second] = mixed.captured as Array<{ readonly note: unknown }>
    assert.notStrictEqual(first!.note, second!.note)

    const twice = moving()
    const view = new Uint8Array([1])
    const exit = Effect.runSyncExit(twice.emitter.emit([view, view]))
    assert.isTrue(Exit.isFailure(exit))
    assert.deepStrictEqual([twice.moved, twice.captured], [[], [new Uint8Array([1])]])
  })

  it("what was sent at once uses up its credit: S237, G14", () => {
    const { emitter, moved } = moving()
    const fiber = Effect.runFork(emitter.emit(Array.from({ length: 9 }, (_, i) => new Uint8Array([i]))))
    assert.strictEqual(moved.length, 8)
    emitter.grant(1)
    assert.strictEqual(moved.length, 9)
    fiber.interruptUnsafe()
  })
})
