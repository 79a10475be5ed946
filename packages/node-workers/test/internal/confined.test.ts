import { afterEach, assert, describe, it } from "vitest"
import { confine } from "../../src/internal/confined.ts"

const before = Object.getOwnPropertyDescriptor(process, "permission")

const withPermission = (permission: unknown): void => {
  Object.defineProperty(process, "permission", { value: permission, configurable: true })
}

afterEach(() => {
  if (before === undefined) Reflect.deleteProperty(process, "permission")
  else Object.defineProperty(process, "permission", before)
})

describe("confining a worker", () => {
  it("drops each permission of the list, in order, with its reference", () => {
    const dropped: Array<ReadonlyArray<unknown>> = []
    withPermission({ drop: (...args: ReadonlyArray<unknown>) => dropped.push(args) })
    confine([{ scope: "fs.read", reference: "/app" }, { scope: "worker" }])
    assert.deepStrictEqual(dropped, [
      ["fs.read", "/app"],
      ["worker", undefined]
    ])
  })

  it("throws where Node cannot drop permissions, so that no task runs unconfined", () => {
    for (const permission of [undefined, {}, { drop: "no function" }]) {
      withPermission(permission)
      assert.throws(() => confine([]), "cannot confine")
    }
  })

  it("does nothing for a worker that is not confined", () => {
    withPermission(undefined)
    confine(undefined)
  })
})
