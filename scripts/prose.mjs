#!/usr/bin/env node
// Prints the share of vague pronouns among the words of comments, for each given folder: in sources with a high share a reader
// has to find the subject of most sentences. Code and fenced examples do not count.
//
//   node scripts/prose.mjs packages/testing/src packages/testing/test            the share of each folder
//   node scripts/prose.mjs --files packages/testing/src                          and its ten worst files
//   node scripts/prose.mjs --most 5 packages/testing/src                         fails when a folder has more, in percent
import { globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { scan } from "./source-text.mjs"

const vague = new Set(["it", "its", "that", "what", "one", "those", "who", "whoever", "whatever"])

/** The prose of a source: its comments without examples, without code spans and without tags. */
export const proseOf = (text) =>
  joinLines(scan(text).comments)
    .replaceAll(/^```[\s\S]*?^```/gm, "")
    .replaceAll(/`[^`]*`/g, " ")
    .replaceAll(/\{@link [^}]*\}|@[a-z]+[^\n]*/g, " ")

const joinLines = (comments) =>
  comments
    .flatMap((comment) => comment.split("\n"))
    .map((line) => line.trim().replaceAll(/^(?:\/\*+|\*\/|\*|\/\/)\s?|\*\/$/g, ""))
    .join("\n")

/** Counts the words of the comments of a source, and the vague ones among them. */
export const countProse = (text) => {
  const words = proseOf(text).match(/[A-Za-z]+(?:['’][a-z]+)?/g) ?? []
  return { words: words.length, vague: words.filter((word) => vague.has(word.toLowerCase())).length }
}

/** The sum of counts, with the share of vague words in percent. */
export const shareOf = (counts) => {
  const words = counts.reduce((sum, count) => sum + count.words, 0)
  const found = counts.reduce((sum, count) => sum + count.vague, 0)
  return { words, vague: found, percent: words === 0 ? 0 : (100 * found) / words }
}

const main = () => {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { files: { type: "boolean", default: false }, most: { type: "string", default: "100" } }
  })
  const ignored = new Set(["node_modules", "dist", ".tsbuild"])
  let fails = false
  for (const folder of positionals) {
    const counts = globSync("**/*.{ts,mts,mjs}", {
      cwd: join(root, folder),
      exclude: (entry) => ignored.has(String(entry).split(/[\\/]/).at(-1))
    }).map((file) => ({ file, ...countProse(readFileSync(join(root, folder, file), "utf8")) }))
    const { percent, words } = shareOf(counts)
    fails ||= percent > Number(values.most)
    console.log(`${percent.toFixed(1).padStart(5)} % of ${words} words: ${folder}`)
    if (!values.files) continue
    for (const count of counts.toSorted((a, b) => b.vague - a.vague).slice(0, 10))
      console.log(`        ${count.vague} of ${count.words}: ${count.file}`)
  }
  return fails ? 1 : 0
}

if (import.meta.main) process.exit(main())
