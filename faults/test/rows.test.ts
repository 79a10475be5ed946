// The rows that every pool has to answer, and the catalogue.
import { assert, describe, it } from "vitest"
import { faults } from "../src/catalogue.ts"
import type { Transport } from "../src/system.ts"
import { requirements } from "../src/rows.ts"

const named = (name: string) => faults.find((fault) => fault.name === name)

/** Rows about what a thread cannot suffer apart from its host. */
const ofProcesses = ["abort", "SIGKILL a child", "SIGSTOP a child", "host death"]

describe("rows", () => {
  it("are each injected by at least one trial, of a fault that there is", () => {
    for (const { faults: names, name } of requirements) {
      assert.isNotEmpty(names, name)
      for (const fault of names) assert.isDefined(named(fault), `${name}: ${fault}`)
    }
  })

  it("are each injected on threads and on processes, where they can be", () => {
    const transports: ReadonlyArray<Transport> = ["threads", "processes"]
    for (const { faults: names, name } of requirements) {
      const on = transports.filter((transport) =>
        names.some((fault) => (named(fault)?.on ?? transport) === transport)
      )
      assert.deepStrictEqual(on, ofProcesses.includes(name) ? ["processes"] : [...transports], name)
    }
  })

  it("name every fault of the catalogue", () => {
    const placed = new Set(requirements.flatMap((row) => row.faults))
    assert.deepStrictEqual(
      faults.map(({ name }) => name).filter((name) => !placed.has(name)),
      []
    )
  })
})
