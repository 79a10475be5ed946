/**
 * All programs in one build, for the tests alone: from sources each program and each of its workers loads three hundred modules, which
 * takes ten times as long as what the program does.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"
import { killed, pairs } from "../src/runner/pairs.ts"

const example = fileURLToPath(new URL("..", import.meta.url))

/** Heddle's own files for workers, which a bundled program finds by the name of their package. */
const own = { worker: "worker", "internal/process.main": "process.main" }

const packageFolder = "node_modules/@heddle/node-workers"

export interface Bundles extends Disposable {
  /** The bundle of a program, by the path of its source below `src`. */
  readonly fileOf: (program: string) => string
}

export const buildBundles = async (): Promise<Bundles> => {
  const programs = [...pairs.map(({ name }) => name), ...killed.map(({ name }) => `killed/${name}`)]
  const build = await rolldown({
    cwd: example,
    input: {
      ...Object.fromEntries(programs.map((program) => [program, `./src/${program}.ts`])),
      ...Object.fromEntries(
        Object.entries(own).map(([path, name]) => [
          `${packageFolder}/${name}`,
          `@heddle/node-workers/${path}`
        ])
      )
    },
    platform: "node",
    logLevel: "warn"
  })
  const folder = mkdtempSync(join(example, "node_modules/.bundles-"))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  try {
    const { output } = await build.generate({
      format: "esm",
      entryFileNames: "[name].mjs",
      chunkFileNames: "[name].mjs"
    })
    for (const file of output) if (file.type === "chunk") write(file.fileName, file.code)
  } finally {
    await build.close()
  }
  const exports = Object.fromEntries(
    Object.entries(own).map(([path, name]) => [`./${path}`, `./${name}.mjs`])
  )
  write(`${packageFolder}/package.json`, JSON.stringify({ name: "@heddle/node-workers", exports }))
  return {
    fileOf: (program) => join(folder, `${program}.mjs`),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true })
  }
}
