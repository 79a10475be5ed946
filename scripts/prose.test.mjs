import assert from "node:assert/strict"
import { test } from "node:test"
import { countProse, proseOf, shareOf } from "./prose.mjs"

test("counts the words of comments, and the vague ones among them", () => {
  const text = [
    "/**",
    " * What it waits for: the worker's reply.",
    " *",
    " * @since 0.1.0",
    " */",
    'const it = "what one says" // Whoever asks',
    "/* Those. */"
  ].join("\n")
  assert.deepEqual(countProse(text), { words: 10, vague: 4 })
})

test("leaves out code, strings, fenced examples, code spans and links", () => {
  const text = [
    'const what = "// that is no comment"',
    "const one = `/* nor is it */`",
    "/**",
    " * Runs `it.explore`, see {@link it}.",
    " *",
    " * ```ts",
    " * const it = what(one) // it",
    " * ```",
    " *",
    " * Returns.",
    " */"
  ].join("\n")
  assert.deepEqual(proseOf(text).match(/[a-z]+/gi), ["Runs", "see", "Returns"])
  assert.deepEqual(countProse(text), { words: 3, vague: 0 })
})

test("a share is in percent, and zero without comments", () => {
  assert.equal(
    shareOf([
      { words: 30, vague: 1 },
      { words: 10, vague: 1 }
    ]).percent,
    5
  )
  assert.equal(shareOf([countProse("const it = 1")]).percent, 0)
})
