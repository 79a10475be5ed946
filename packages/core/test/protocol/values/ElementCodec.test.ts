import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import type { Movable } from "../../../src/internal/model/movable.ts"
import type { Encoded, Ports } from "../../../src/internal/model/ports.ts"
import * as Capture from "../../../src/protocol/values/Capture.ts"
import { ElementCodec } from "../../../src/protocol/values/ElementCodec.ts"

/** Ports of a worker; `moves` counts the clones that move something. */
const portsOf = (): Ports & { moves: number } => ({
  moves: 0,
  pool: {},
  services: {} as never,
  capture: (value) => Capture.capture(value, {}),
  move(elements: Array<unknown>, transfer: ReadonlyArray<Movable>): Encoded {
    this.moves++
    const moved = Capture.move(elements, transfer, {})
    return { elements: moved.value as Array<unknown>, transfer: moved.transfer }
  },
  openSender: () => assert.fail("opened"),
  openReceiver: () => assert.fail("opened"),
  depart: () => {}
})

const Chunk = Task.transfer(Schema.instanceOf(Float64Array), ({ buffer }) => [buffer])
const Marked = Task.transfer(
  Schema.Struct({ bytes: Schema.Uint8Array, mark: Schema.Struct({ n: Schema.Number }) }),
  ({ bytes }) => [bytes.buffer as ArrayBuffer]
)

describe("elements that move", () => {
  it("buffers of their own move together, and leave their owner: S260", () => {
    const ports = portsOf()
    const chunks = [Float64Array.of(1, 2), Float64Array.of(3)]
    const { elements, transfer } = new ElementCodec(Chunk, undefined).encode(chunks, ports, true)
    assert.deepStrictEqual(elements, [Float64Array.of(1, 2), Float64Array.of(3)])
    assert.strictEqual(transfer?.length, 2)
    assert.strictEqual(ports.moves, 1)
    assert.deepStrictEqual(
      chunks.map(({ length }) => length),
      [0, 0]
    )
  })

  it("elements that share a part arrive as values of their own: G10", () => {
    const mark = { n: 1 }
    const given = [1, 2].map((byte) => ({ bytes: Uint8Array.of(byte), mark }))
    const { elements } = new ElementCodec(Marked, undefined).encode(given, portsOf(), true)
    const [one, other] = elements as typeof given
    assert.deepStrictEqual([one!.bytes[0], other!.bytes[0]], [1, 2])
    assert.notStrictEqual(one!.mark, other!.mark)
    assert.deepStrictEqual(
      given.map(({ bytes }) => bytes.length),
      [0, 0]
    )
  })

  it("views of one buffer are copied, and leave their owner: G10", () => {
    const whole = Float64Array.of(1, 2)
    const { elements, transfer } = new ElementCodec(Chunk, undefined).encode(
      [whole.subarray(0, 1), whole.subarray(1)],
      portsOf(),
      true
    )
    const [one, other] = elements as Array<Float64Array>
    assert.deepStrictEqual([one![0], other![0]], [1, 2])
    assert.notStrictEqual(one!.buffer, other!.buffer)
    assert.isUndefined(transfer)
    assert.strictEqual(whole.length, 0)
  })

  it("a try copies: S260", () => {
    const chunk = Float64Array.of(1)
    const { elements } = new ElementCodec(Chunk, undefined).encode([chunk], portsOf(), false)
    assert.deepStrictEqual(elements, [Float64Array.of(1)])
    assert.strictEqual(chunk.length, 1)
  })
})
