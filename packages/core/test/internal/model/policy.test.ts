import { assert, describe, it } from "@effect/vitest"
import { InvalidOption } from "../../../src/InvalidOption.ts"
import { defaultPolicy, type TaskDefinition } from "../../../src/internal/model/definition.ts"
import { checkNeeds, resolvePolicy } from "../../../src/internal/model/policy.ts"

const refused = (options: object, option: string) => {
  try {
    resolvePolicy(options)
  } catch (error) {
    assert.instanceOf(error, InvalidOption)
    assert.strictEqual(error.option, option)
    return
  }
  assert.fail(`${JSON.stringify(options)} was accepted`)
}

describe("the policy of a task", () => {
  it("has a default for every option", () => {
    assert.deepStrictEqual(resolvePolicy({}), defaultPolicy)
  })

  it("resolves durations to milliseconds, and infinity to no limit", () => {
    assert.deepInclude(resolvePolicy({ timeout: "2 seconds", queueTimeout: "infinity", grace: 0 }), {
      timeout: 2000,
      queueTimeout: Infinity,
      grace: 0
    })
  })

  it("keeps a priority from -100 to 100", () => {
    assert.strictEqual(resolvePolicy({ priority: -100 }).priority, -100)
    assert.strictEqual(resolvePolicy({ priority: 100 }).priority, 100)
    for (const priority of [-101, 101, 0.5, "1"]) refused({ priority }, "priority")
  })

  it("names the option that is misspelled, or of the wrong kind: S116", () => {
    refused({ idempotant: true }, "idempotant")
    refused({ idempotent: 1 }, "idempotent")
    refused({ timeout: -1 }, "timeout")
    refused({ validate: "sender" }, "validate")
    refused({ needsProcess: "yes" }, "needsProcess")
    refused({ span: "no" }, "span")
  })
})

describe("a task that needs a process", () => {
  const needy = { name: "Chdir", policy: { ...defaultPolicy, needsProcess: true } } as TaskDefinition

  it("is refused by a pool of threads, by name", () => {
    assert.throws(() => checkNeeds(needy, false), "needsProcess: Chdir needs a process of its own")
    assert.throws(() => checkNeeds(needy, undefined), InvalidOption)
  })

  it("runs on processes, where every other task runs as well", () => {
    checkNeeds(needy, true)
    checkNeeds({ ...needy, policy: defaultPolicy }, false)
  })
})
