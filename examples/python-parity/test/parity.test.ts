import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"
import { killed, pairs, sections } from "../src/runner/pairs.ts"
import { linesOf, recorded, recordedDeaths, runHeddle, runHeddleKilled } from "../src/runner/programs.ts"
import { buildBundles, type Bundles } from "./bundles.ts"

const limit = 90_000

let bundles: Bundles
beforeAll(async () => {
  bundles = await buildBundles()
}, limit)
afterAll(() => bundles[Symbol.dispose]())

const namesIn = (folder: string, ending: string): ReadonlyArray<string> =>
  readdirSync(new URL(`../${folder}`, import.meta.url))
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .toSorted()

const namesOf = (list: ReadonlyArray<{ readonly name: string }>): ReadonlyArray<string> =>
  list.map(({ name }) => name).toSorted()

describe("Heddle's program prints what Python's printed", () => {
  for (const { name, title } of pairs) {
    it(
      `${name}: ${title}`,
      async () =>
        assert.deepStrictEqual(linesOf(await runHeddle(name, bundles.fileOf)), recorded(name).prints),
      limit
    )
  }

  it(
    "from its source, too, as a user runs it",
    async () => {
      const [{ name }] = pairs as readonly [(typeof pairs)[number]]
      assert.deepStrictEqual(linesOf(await runHeddle(name)), recorded(name).prints)
    },
    limit
  )
})

describe("With a child that dies, Heddle's program ends as recorded", () => {
  for (const { name, what } of killed) {
    it(
      `${name}: ${what}`,
      async () => {
        const one = await runHeddleKilled(name, bundles.fileOf)
        assert.isTrue(one.ends, "the program hangs")
        assert.deepStrictEqual(linesOf(one), linesOf(recordedDeaths()[name]!.heddle))
      },
      limit
    )
  }
})

describe("The list", () => {
  it("has every program, each in both languages and recorded", () => {
    assert.isAtLeast(pairs.length, 24)
    assert.deepStrictEqual(namesIn("python", ".py"), namesOf(pairs))
    assert.deepStrictEqual(namesIn("python", ".out"), namesOf(pairs))
    assert.deepStrictEqual(
      namesIn("src", ".ts").filter((name) => name !== "main"),
      namesOf(pairs)
    )
    assert.deepStrictEqual(namesIn("python/killed", ".py"), namesOf(killed))
    assert.deepStrictEqual(namesIn("src/killed", ".ts"), namesOf(killed))
    assert.deepStrictEqual(Object.keys(recordedDeaths()).toSorted(), namesOf(killed))
  })

  it("says of each pair what happens when a child dies, and has no title twice", () => {
    const shown = new Set(pairs.map((pair) => pair.killed))
    assert.deepStrictEqual([...shown].toSorted(), namesOf(killed))
    assert.strictEqual(new Set(pairs.map(({ title }) => title)).size, pairs.length)
    assert.strictEqual(new Set(sections.map(({ title }) => title)).size, sections.length)
  })

  it("records of Python that Pool.map, Queue.get and Pipe.recv hang", () => {
    const deaths = recordedDeaths()
    for (const name of ["pool-map", "queue-get", "pipe", "joinable-queue"])
      assert.isFalse(deaths[name]!.python.ends, name)
  })
})
