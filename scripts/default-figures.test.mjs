import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { figuresOf, fillFigures } from "./default-figures.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const load = async (path) => await import(join(root, path))
const figures = figuresOf({
  core: (await load("packages/core/src/internal/model/defaults.ts")).defaults,
  supervisor: (await load("packages/core/src/internal/model/supervisorDefaults.ts")).supervisorDefaults,
  node: (await load("packages/node-workers/src/internal/defaults.ts")).defaults
})

test("a default is shown in the unit that it is read in", () => {
  const units = {
    grace: "1 s",
    shortMillis: "50 µs",
    backoffBase: "50 ms",
    queueCapacity: "1,024",
    queueStrategy: "suspend",
    "supervisor.shutdown": "5 s",
    "supervisor.backoff.cap": "2 s",
    "node.maxFrameBytes": "256 MiB",
    "node.stderrTail": "8,192"
  }
  for (const [name, text] of Object.entries(units)) assert.equal(figures.get(name), text, name)
})

test("a mark gets the figure of its default, whatever stood there", () => {
  const page =
    "After <!-- default:grace -->2 s<!-- /default -->, or\n<!-- default:spares --><!-- /default -->.\n"
  assert.deepEqual(fillFigures(page, figures), {
    text: "After <!-- default:grace -->1 s<!-- /default -->, or\n<!-- default:spares -->0<!-- /default -->.\n",
    problems: []
  })
})

test("an unknown name and a mark without an end are refused", () => {
  assert.deepEqual(fillFigures("<!-- default:graze -->1 s<!-- /default -->", figures).problems, [
    "default:graze is no default"
  ])
  assert.deepEqual(fillFigures("<!-- default:grace -->1 s", figures).problems, [
    "a mark of a default has no other end"
  ])
})

test("a typed figure that states a default is refused, one in generated text or code is not", () => {
  for (const text of [
    "holds 1 ms by default",
    "Default 8,192.",
    "the default is 5",
    "by default after 50 ms"
  ])
    assert.equal(fillFigures(text, figures).problems.length, 1, text)
  for (const text of [
    "<!-- generated:x -->\ndefault 5\n<!-- /generated -->",
    "```ts\n// default 5\n```",
    "by default <!-- default:grace -->1 s<!-- /default -->",
    "0 of a default"
  ])
    assert.deepEqual(fillFigures(text, figures).problems, [], text)
})

test("configuration.md has no figure of its own beside its generated table", () => {
  const page = readFileSync(join(root, "docs/configuration.md"), "utf8")
  assert.deepEqual(fillFigures(page, figures), { text: page, problems: [] })
})
