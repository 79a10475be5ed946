import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { InvalidOption } from "../src/InvalidOption.ts"
import * as SharedService from "../src/SharedService.ts"
import * as Task from "../src/Task.ts"

const optionOf = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    assert.instanceOf(error, InvalidOption)
    return error.option
  }
  return assert.fail("nothing was thrown")
}

const make = (options: object, name = "S") => SharedService.make(name, { methods: {}, ...options })

// oxlint-disable-next-line unicorn/no-thenable -- what must be refused
const thenable = { then: {} }

describe("the definition of a service", () => {
  it("names the option that is wrong: S139", () => {
    const wrong: ReadonlyArray<readonly [option: string, f: () => unknown]> = [
      ["name", () => make({}, "")],
      ["methods", () => make({ methods: undefined })],
      ["methods", () => make({ methods: ["get"] })],
      ["methods", () => make({ methods: { "": {} } })],
      ["methods", () => make({ methods: thenable })],
      ["methods", () => make({ methods: { "a.b": {} } })],
      ["success", () => make({ methods: { get: { success: Number } } })],
      ["concurrency", () => make({ concurrency: 0 })],
      ["concurrency", () => make({ concurrency: 65 })],
      ["payload.n", () => make({ payload: { n: Number } })],
      ["restart", () => make({ restart: "fresh" })]
    ]
    for (const [option, f] of wrong) assert.strictEqual(optionOf(f), option)
  })

  it("reads own properties alone: S223", () => {
    const inherited = Object.create({ concurrency: 0 }) as { methods: object }
    inherited.methods = Object.create({ get: { success: Number } })
    assert.strictEqual(SharedService.make("S", inherited as never).key, "S")
  })

  it("a value that is no reference has no state to show", () => {
    const look = (value: unknown) => Effect.runSyncExit(SharedService.snapshot(value as never))
    for (const value of [undefined, null, 1, {}, () => 1]) assert.strictEqual(look(value)._tag, "Failure")
  })

  it.effect("a reference cannot leave outside of a pool's values", () =>
    Effect.gen(function* () {
      const Store = SharedService.make("Store", { methods: { get: { success: Schema.Int } } })
      const task = Task.make("T", { payload: { store: Store.schema } })
      const decoded = yield* Effect.exit(
        Schema.decodeUnknownEffect(task.payload)({ store: { service: 1, name: "Store" } })
      )
      assert.strictEqual(decoded._tag, "Failure")
    })
  )
})
