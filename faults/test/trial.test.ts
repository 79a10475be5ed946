// Whole trials, of systems whose answers are known: that each kind of outcome is seen for what it is.
import { assert, describe, it } from "vitest"
import { faults } from "../src/catalogue.ts"
import { tryFault } from "../src/host.ts"
import { systems } from "../src/systems/index.ts"

const attempt = async (name: string, on: string, fault: string, patience = 20_000) => {
  const system = systems.find((other) => other.name === name && other.transport === on)!
  const { nextTaskOk, outcome } = await tryFault(
    system,
    faults.find((other) => other.name === fault)!,
    patience
  )
  return [outcome, nextTaskOk]
}

const timeout = 60_000

describe("trials", () => {
  it(
    "G1, G5: a lost worker of Heddle is a typed error, and the next task is fine",
    async () => {
      assert.deepStrictEqual(await attempt("heddle", "threads", "exit"), ["typed-error", true])
      assert.deepStrictEqual(await attempt("heddle", "processes", "SIGKILL"), ["typed-error", true])
    },
    timeout
  )

  it(
    "G2: a killed host of Heddle leaves nothing, not even a worker in a loop",
    async () => {
      assert.deepStrictEqual(await attempt("heddle", "processes", "kill-host-looping"), ["value", null])
    },
    timeout
  )

  it(
    "a pool that never answers is a hang, one that takes its host along is seen from outside",
    async () => {
      assert.deepStrictEqual(await attempt("tinypool", "threads", "exit", 2000), ["hang", false])
      assert.deepStrictEqual(await attempt("piscina", "threads", "start-missing"), ["host-died", null])
    },
    timeout
  )

  it(
    "G1, G11: what takes more than a call: a poisonous task is run once, or quarantined; no way is said to be none",
    async () => {
      assert.deepStrictEqual(await attempt("heddle", "threads", "poison"), ["typed-error", true])
      assert.deepStrictEqual(await attempt("heddle", "threads", "poison-idempotent"), ["typed-error", true])
      assert.deepStrictEqual(await attempt("piscina", "threads", "poison-idempotent"), [
        "not-expressible",
        null
      ])
    },
    timeout
  )

  it(
    "S145: a task of Heddle that waits for another one of its pool of one gets it, one of Piscina never does",
    async () => {
      assert.deepStrictEqual(await attempt("heddle", "threads", "nested-task"), ["value", true])
      assert.deepStrictEqual(await attempt("heddle", "threads", "deadlock"), ["typed-error", true])
      assert.deepStrictEqual(await attempt("piscina", "threads", "nested-task", 2000), ["hang", false])
    },
    timeout
  )

  it(
    "G1, G11: a trial runs under its limit of descriptors, and a pool of processes recovers",
    async () => {
      assert.deepStrictEqual(await attempt("heddle", "processes", "descriptors-exhausted"), [
        "typed-error",
        true
      ])
    },
    timeout
  )

  it(
    "G2: a host that is told to end is seen from outside: its exit code, its clean-up, what it left",
    async () => {
      assert.deepStrictEqual(await attempt("heddle", "processes", "SIGTERM-host"), ["value", null])
      assert.deepStrictEqual(await attempt("heddle", "threads", "signal-twice"), ["value", null])
    },
    timeout
  )
})
