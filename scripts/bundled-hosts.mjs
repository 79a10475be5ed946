// Programs that contain Heddle, made by each bundler that people use: their workers start, from the package's own files.
//
// They are deployed as programs are: the folder in which they were built is gone, and files of the user's lie where
// Heddle's own would lie beside it in its package.
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import process from "node:process"

const tasks = `import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"
export const Double = Task.make("Double", { payload: { n: Schema.Int }, success: Schema.Int })
`

const host = `import { TaskPool } from "@heddle/core"
import * as Task from "@heddle/core/Task"
import { NodeProcesses, NodeThreads } from "@heddle/node-workers"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { pathToFileURL } from "node:url"
import { Double } from "./tasks.mjs"

// Not import.meta.url, which is another file's, or missing, in some of these bundles.
const beside = (file) => new URL(file, pathToFileURL(process.argv[1]))
const Maths = Task.fromModule(beside("./maths.mjs"))
const cases = {
  "threads": () => [NodeThreads.layer(), Maths.square(7)],
  "processes": () => [NodeProcesses.layer(), Maths.square(7)],
  "threads of the user's": () => [NodeThreads.layer({ entry: beside("./own.mjs") }), Double({ n: 49 })],
  "processes of the user's": () => [NodeProcesses.layer({ entry: beside("./own.mjs") }), Double({ n: 49 })]
}
const main = async () => {
  const said = {}
  for (const [name, make] of Object.entries(cases)) {
    const [transport, task] = make()
    const pool = Layer.provide(TaskPool.layer({ size: 1, startTimeout: "2 minutes" }), transport)
    said[name] = await Effect.runPromise(Effect.provide(task, pool)).catch(String)
  }
  console.log(JSON.stringify(said))
}
main()
`

const own = `import { runMain } from "@heddle/node-workers/NodeRunner"
import * as Effect from "effect/Effect"
import { Double } from "./tasks.mjs"
runMain(Double.toLayer(({ n }) => Effect.succeed(2 * n)))
`

/** What only a loader reads: an enum, and `.js` for a file that is `.ts`. The worker does so too. */
const loaded = {
  "kind.ts": "export enum Kind { Seven = 7 }\n",
  "maths.ts": 'import { Kind } from "./kind.js"\nexport const square = () => Kind.Seven ** 2\n',
  "main.ts": `import { Task, TaskPool } from "@heddle/core"
import { NodeProcesses, NodeThreads } from "@heddle/node-workers"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Kind } from "./kind.js"
const Maths = Task.fromModule<{ square: () => number }>(new URL("./maths.ts", import.meta.url))
for (const transport of [NodeThreads.layer(), NodeProcesses.layer()]) {
  const pool = Layer.provide(TaskPool.layer({ size: 1, startTimeout: "2 minutes" }), transport)
  const squared = await Effect.runPromise(Effect.provide(Maths.square(), pool))
  if (squared !== Kind.Seven ** 2) throw new Error(String(squared))
}
`
}

/** Files of the user's, by the names of Heddle's, where a bundle's neighbours are. */
const traps = ["worker", "process.main", "internal/process.main"].flatMap((name) =>
  ["../", "./"].flatMap((at) => ["js", "ts"].map((extension) => `${at}${name}.${extension}`))
)

const write = (file, text) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const run = (file) =>
  JSON.parse(
    execFileSync(process.execPath, [file], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
  )

/** Under the real tsx, as a flag and as a command, workers read what their host does. */
const checkLoader = (bundlers, work) => {
  const folder = join(work, "loaded")
  for (const [name, text] of Object.entries(loaded)) write(join(folder, name), text)
  write(join(folder, "package.json"), '{ "type": "module" }')
  mkdirSync(join(folder, "node_modules"))
  symlinkSync(join(bundlers, "node_modules", "tsx"), join(folder, "node_modules", "tsx"))
  const options = { cwd: folder, stdio: "inherit" }
  execFileSync(process.execPath, ["--import", "tsx", "main.ts"], options)
  execFileSync(process.execPath, [join(folder, "node_modules/tsx/dist/cli.mjs"), "main.ts"], options)
  console.log("workers of a host under tsx read what it does")
}

/** `work`: a folder with the packages in its node_modules; it is used up. */
export const checkBundledHosts = (root, work) => {
  const bundlers = join(root, "tools", "bundlers")
  execFileSync("pnpm", ["install", "--frozen-lockfile", "--trust-lockfile", "--loglevel=error"], {
    cwd: bundlers,
    stdio: "inherit"
  })
  checkLoader(bundlers, work)
  const source = join(work, "source")
  write(join(source, "host.mjs"), host)
  write(join(source, "tasks.mjs"), tasks)
  write(join(source, "own.mjs"), own)
  write(join(source, "maths.mjs"), "export const square = (n) => n * n\n")
  const deployed = join(work, "deployed")
  const script = [join(bundlers, "build.mjs"), join(source, "host.mjs"), deployed]
  const built = JSON.parse(
    execFileSync(process.execPath, script, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
      .trim()
      .split("\n")
      .at(-1)
  )
  const trapped = join(work, "trapped")
  for (const file of Object.values(built)) {
    for (const name of ["own.mjs", "tasks.mjs", "maths.mjs"])
      cpSync(join(source, name), join(dirname(file), name))
    for (const trap of traps) {
      write(
        join(dirname(file), trap),
        `process.getBuiltinModule("node:fs").appendFileSync(${JSON.stringify(trapped)}, import.meta.url + "\\n")\n`
      )
    }
  }
  renameSync(join(work, "node_modules"), join(deployed, "node_modules"))
  renameSync(source, join(work, "gone"))

  const expected = JSON.stringify({
    threads: 49,
    processes: 49,
    "threads of the user's": 98,
    "processes of the user's": 98
  })
  for (const [bundler, file] of Object.entries(built)) {
    const said = JSON.stringify(run(file))
    if (existsSync(trapped)) throw new Error(`${bundler}: a file of the user's was run as one of Heddle's`)
    if (said !== expected) throw new Error(`${bundler}: ${said}`)
  }

  // Without the package beside it, a bundle says what it needs.
  renameSync(join(deployed, "node_modules"), join(work, "node_modules.gone"))
  for (const bundler of ["esbuild", "webpack-cjs"]) {
    const said = run(built[bundler])
    const isClear = (name) => /leave @heddle\/node-workers out of the bundle/.test(said[name])
    if (existsSync(trapped)) throw new Error(`${bundler}: a file of the user's was run as one of Heddle's`)
    if (!isClear("threads") || !/pass entry/.test(said["threads"])) throw new Error(said["threads"])
    if (!isClear("processes")) throw new Error(said["processes"])
  }
  console.log(`bundled hosts start their workers: ${Object.keys(built).join(", ")}`)
}
