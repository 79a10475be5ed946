// Before the test files of a run: makes one bundle of the files by which workers start by the hundred. From sources a worker loads
// 300 modules, and starts in twice to three times the time. A module of a bundle has the URL of its source, so that modules which
// tests name beside it are found.
import { createHash } from "node:crypto"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { type OutputChunk, type Plugin, rolldown } from "rolldown"
import type { TestProject } from "vitest/node"

const root = new URL("../../../../", import.meta.url)
const folder = fileURLToPath(new URL("node_modules/.cache/heddle/bundles/", root))

const sourceOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** By the name of its bundle, each file that starts a worker. */
const input = {
  "conformance.process": sourceOf("test/fixtures/conformance.process.ts"),
  "conformance.worker": sourceOf("test/fixtures/conformance.worker.ts"),
  "million.worker": sourceOf("test/fixtures/million.worker.ts"),
  "process.main": sourceOf("src/internal/process.main.ts"),
  worker: sourceOf("src/worker.ts")
}

export type BundleName = keyof typeof input

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the bundles. */
    readonly bundles: string
  }
}

/** Milliseconds after which no run can still use a folder of bundles. */
const kept = 24 * 60 * 60 * 1000

/** The places of `import.meta.url` in a module, the last first. */
const placesOf = (program: unknown): ReadonlyArray<{ readonly start: number; readonly end: number }> => {
  const found: Array<{ readonly start: number; readonly end: number }> = []
  const visit = (node: any): void => {
    if (typeof node !== "object" || node === null) return
    const isUrl = node.type === "MemberExpression" && node.object.type === "MetaProperty"
    if (isUrl && node.property.name === "url") found.push(node)
    else for (const child of Object.values(node)) visit(child)
  }
  visit(program)
  return found.toSorted((a, b) => b.start - a.start)
}

const ownUrls: Plugin = {
  name: "own-urls",
  transform: {
    filter: { code: "import.meta.url", id: /\.[cm]?[jt]s$/ },
    handler(code, id) {
      const url = JSON.stringify(pathToFileURL(id).href)
      const lang = /\.[cm]?ts$/.test(id) ? "ts" : "js"
      return placesOf(this.parse(code, { lang })).reduce(
        (text, { end, start }) => text.slice(0, start) + url + text.slice(end),
        code
      )
    }
  }
}

/** Several files in one build: the modules of `process.main` and of a worker's entry stay one and the same. */
const chunksOf = async (): Promise<ReadonlyArray<OutputChunk>> => {
  const build = await rolldown({ input, platform: "node", plugins: [ownUrls], logLevel: "warn" })
  try {
    const { output } = await build.generate({
      format: "esm",
      entryFileNames: "[name].mjs",
      chunkFileNames: "[name].mjs"
    })
    return output.filter((file) => file.type === "chunk")
  } finally {
    await build.close()
  }
}

/**
 * Builds the bundles, and returns their folder. The folder is named by what is in it: runs side by side share it only when
 * theirs are the same, and a bundle of other sources is never used. What Node compiles of it lies in the folder too.
 */
export const buildBundles = async (): Promise<string> => {
  const chunks = await chunksOf()
  const hash = createHash("sha256")
  for (const { code, fileName } of chunks) hash.update(JSON.stringify([fileName, code]))
  const made = join(folder, hash.digest("hex").slice(0, 16))
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) {
    const old = join(folder, name)
    const changed = statSync(old, { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN
    if (old !== made && Date.now() - changed > kept) rmSync(old, { recursive: true, force: true })
  }
  if (!existsSync(made)) {
    const draft = `${made}.${process.pid}`
    mkdirSync(draft, { recursive: true })
    for (const { code, fileName } of chunks) {
      mkdirSync(dirname(join(draft, fileName)), { recursive: true })
      writeFileSync(join(draft, fileName), code)
    }
    try {
      renameSync(draft, made)
    } catch (error) {
      // Another run has made the same.
      rmSync(draft, { recursive: true })
      if (!existsSync(made)) throw error
    }
  }
  utimesSync(made, new Date(), new Date())
  return made
}

export default async (project: TestProject): Promise<void> => {
  project.provide("bundles", await buildBundles())
  project.onTestsRerun(async () => project.provide("bundles", await buildBundles()))
}
