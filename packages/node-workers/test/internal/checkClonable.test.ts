// Which values a process can receive, and the path of the first part that it cannot.
import vm from "node:vm"
import { Refused } from "@heddle/core/protocol/values/Clonable"
import { assert, describe, it } from "vitest"
import { checkClonable, detachTransferred, maxDepth } from "../../src/internal/checkClonable.ts"

const limit = 1000

const refusal = (value: unknown, transfer: ReadonlyArray<ArrayBuffer> = []): string | undefined => {
  try {
    checkClonable([value], limit, transfer)
    return undefined
  } catch (error) {
    assert.instanceOf(error, Refused)
    return `${error.path}: ${error.detail}`
  }
}

const nested = (depth: number): unknown => {
  let value: unknown = "leaf"
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

describe("a value for a process", () => {
  it("is accepted where structured clone preserves every part: G10", () => {
    const shared = { a: 1 }
    const values = [
      undefined,
      null,
      1n,
      "text",
      { a: [1, { b: new Date() }], [Symbol("left out")]: () => {} },
      new Map([[{ key: 1 }, new Set([/re/, new Uint8Array(8)])]]),
      new RangeError("broken", { cause: { code: 1 } }),
      [shared, shared],
      Object.create(null)
    ]
    for (const value of values) assert.isUndefined(refusal(value))
  })

  it("is accepted from another realm, although its classes are others: G10", () => {
    assert.isUndefined(
      refusal(vm.runInNewContext("({ a: [1, new Map([[1, new Date()]]), new Error('x')] })"))
    )
  })

  it("is refused with its path where the platform clones an object by itself: G10", () => {
    assert.match(refusal({ a: [0, new Blob([])] })!, /^\$\.a\[1\]: a Blob/)
    assert.match(refusal(new Map([["k", new URL("https://example.org")]]))!, /^\$\.get\(k\)/)
    assert.match(refusal(new Set([1, { port: new MessageChannel().port1 }]))!, /^\$\.item\(1\)\.port/)
    assert.match(refusal(new Error("x", { cause: new Blob([]) }))!, /^\$\.cause: a Blob/)
  })

  it("is refused with shared memory, which no other process can share: G10", () => {
    assert.match(refusal({ words: new Int32Array(new SharedArrayBuffer(4)) })!, /^\$\.words: shared memory/)
  })

  it("is refused past the depth that V8 can always read: S037", () => {
    assert.isUndefined(refusal(nested(maxDepth - 1)))
    assert.include(refusal(nested(maxDepth + 1)), `nested deeper than ${maxDepth} levels`)
  })

  it("is refused past the size limit before anything is allocated, and a shared buffer counts once", () => {
    assert.isUndefined(refusal("x".repeat(limit)))
    assert.isDefined(refusal("x".repeat(limit + 1)))
    const buffer = new ArrayBuffer(limit)
    assert.isUndefined(refusal([new Uint8Array(buffer), new Uint16Array(buffer)]))
    assert.isDefined(refusal([buffer, new ArrayBuffer(1)]))
  })

  it("may refer to itself, and a sparse array costs no more than its items", () => {
    const circle: Array<unknown> = []
    circle.push(circle)
    circle[2 ** 31] = new Blob([])
    assert.match(refusal(circle)!, /^\$\[2147483648\]: a Blob/)
  })
})

describe("a transfer to a process", () => {
  it("detaches buffers of the sender, all or none", () => {
    const [a, b] = [new ArrayBuffer(8), new ArrayBuffer(8)]
    detachTransferred([a, b])
    assert.deepStrictEqual([a.byteLength, b.byteLength], [0, 0])
    const whole = new ArrayBuffer(8)
    assert.throws(() => detachTransferred([whole, a]))
    assert.strictEqual(whole.byteLength, 8)
    detachTransferred(undefined)
    detachTransferred([])
  })

  it("is refused for a port, wherever the port is in the value, or only in the list: G10", () => {
    const { port1 } = new MessageChannel()
    const transfer = [port1] as unknown as ReadonlyArray<ArrayBuffer>
    assert.include(refusal({ port: port1 }, transfer), "$.port: a MessagePort, which cannot move")
    assert.include(refusal({}, transfer), "$: a MessagePort, which cannot move")
    port1.close()
  })
})
