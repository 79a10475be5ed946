import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { TypeId } from "../../../src/internal/model/definition.ts"
import { Refused } from "../../../src/protocol/values/Clonable.ts"
import { codecOf } from "../../../src/protocol/values/Codec.ts"
import * as Payload from "../../../src/protocol/values/Payload.ts"
import * as Task from "../../../src/Task.ts"
import { Malformed } from "../../../src/TaskError.ts"

const anyCodec = codecOf(Task.make("Any", { payload: Schema.Any })[TypeId])
const waitCodec = codecOf(Task.make("Wait", { payload: Schema.Duration })[TypeId])
const pixelsCodec = codecOf(
  Task.make("Pixels", {
    payload: Task.transfer(Schema.Uint8Array, (bytes) => [bytes.buffer as ArrayBuffer])
  })[TypeId]
)

const take = (payload: unknown, items?: number, codec = anyCodec) =>
  Payload.take(codec, payload, items, {}, undefined)

describe("a payload", () => {
  it("is taken as it is at the time of the call: S203", () => {
    const payload = { n: 1 }
    const { wire } = take(payload)
    payload.n = 2
    assert.deepStrictEqual(wire, { n: 1 })
  })

  it("moves what its schema transfers, away from the caller: S098", () => {
    const pixels = new Uint8Array([1, 2])
    const { transfer, wire } = take(pixels, undefined, pixelsCodec)
    assert.strictEqual(pixels.length, 0)
    assert.deepStrictEqual(Array.from(wire as Uint8Array), [1, 2])
    assert.deepStrictEqual(transfer, [(wire as Uint8Array<ArrayBuffer>).buffer])
  })

  it("is refused if it does not encode, or cannot be cloned: S107, S099", () => {
    assert.throws(() => take("soon", undefined, waitCodec), Malformed)
    assert.throws(() => take({ f: () => 1 }), Refused)
  })
})

describe("a list of payloads", () => {
  const numbers = Array.from({ length: 20 }, (_, n) => n)

  it("of numbers travels as one buffer", () => {
    assert.instanceOf(take(numbers, 20).wire, Float64Array)
  })

  it("that is a typed array travels as it is, for it is a copy already", () => {
    const list = new Float32Array(3)
    assert.strictEqual(take(list, 3).wire, list)
  })

  it("of other values is taken item by item", () => {
    const item = { n: 1 }
    const { wire } = take([item, "two"], 2)
    item.n = 2
    assert.deepStrictEqual(wire, [{ n: 1 }, "two"])
  })

  it("collects what its items move: S098", () => {
    const { transfer } = take([new Uint8Array(1), new Uint8Array(2)], 2, pixelsCodec)
    assert.deepStrictEqual(
      transfer?.map((moved) => (moved as ArrayBuffer).byteLength),
      [1, 2]
    )
  })

  it("names the item that is refused: S099", () => {
    assert.throws(() => take(["one", { f: () => 1 }], 2), "$[1].f")
  })
})

describe("an input that is drawn before its call", () => {
  const draw = Payload.drawing(anyCodec, {}, undefined)

  it("is taken when it is drawn, since the next draw may change its object: S203", () => {
    const input = { n: 1 }
    const drawn = draw(input)
    input.n = 2
    assert.deepStrictEqual(take(drawn).wire, { n: 1 })
    assert.deepStrictEqual(take([drawn], 1).wire, [{ n: 1 }])
  })

  it("stays itself if it cannot change", () => {
    assert.strictEqual(draw(7), 7)
    assert.strictEqual(draw("text"), "text")
  })

  it("is refused at its call, not while the inputs are drawn: S099", () => {
    const drawn = draw({ f: () => 1 })
    assert.throws(() => take(drawn), Refused)
  })
})

describe("the reason of a refusal", () => {
  const module = { url: "file:///m.ts", name: "f" }

  it("leads to the argument of a module's function: S099", () => {
    const error = new Refused({ path: "$[1].f", detail: "a function" })
    assert.deepInclude(Payload.refusalOf({ module }, undefined, error, "host"), {
      _tag: "NotSerializable",
      what: "payload",
      path: "$args[1].f"
    })
    assert.deepInclude(Payload.refusalOf({ module }, 3, error, "host"), { path: "$[1].f" })
  })

  it("names the worker as the side of a call inside a handler: S107", () => {
    const error = new Malformed({ side: "host", what: "payload", path: "$", detail: "no" })
    assert.strictEqual(Payload.refusalOf({ module: undefined }, undefined, error, "host"), error)
    assert.deepInclude(Payload.refusalOf({ module: undefined }, undefined, error, "worker"), {
      side: "worker"
    })
  })

  it("is none for any other exception, which is not a refusal", () => {
    assert.isUndefined(Payload.refusalOf({ module }, undefined, new Error("bug"), "host"))
  })
})
