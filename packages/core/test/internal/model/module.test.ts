import { assert, describe, it } from "@effect/vitest"
import {
  argumentPath,
  moduleDefinition,
  moduleKey,
  moduleTaskName
} from "../../../src/internal/model/module.ts"

const module = { url: "file:///app/maths.ts", name: "add" }
const spread = { ...module, spread: true } as const

describe("a module's function as a task", () => {
  it("is named by its file and its export, for messages", () => {
    assert.strictEqual(moduleTaskName(module.url, module.name), "maths.ts#add")
    assert.strictEqual(moduleDefinition(module).name, "maths.ts#add")
  })

  it("is cached by the whole URL, the export, and the way it is called", () => {
    const keys = [module, spread, { ...module, name: "sub" }, { ...module, url: "file:///lib/maths.ts" }]
    assert.strictEqual(new Set(keys.map(moduleKey)).size, 4)
    assert.strictEqual(moduleKey(module), moduleKey({ ...module }))
  })
})

describe("the path of a bad argument", () => {
  it("leads to the function's argument, as the caller wrote it: S099", () => {
    assert.strictEqual(argumentPath(module, "$[1].user.save"), "$args[1].user.save")
    assert.strictEqual(argumentPath(spread, "$[0][1].user"), "$args[1].user")
  })

  it("is the payload's own for a task with a schema", () => {
    assert.strictEqual(argumentPath(undefined, "$[1].user"), "$[1].user")
  })
})
