// The same programs with the same seeds, in other versions of Node: the lowest and the highest of each line in `engines`.
//
//   node scripts/run.mjs explore:versions                 writes the table into docs/testing.md
//   node scripts/run.mjs explore:versions --json FILE     writes the digests to a file as well
//   node scripts/run.mjs explore:versions --schedules n   of each program; default 200
//
// The registry has Node as packages; each is put into .toolchain once. An unavailable version (no network, another platform) is
// left out, with a word, and the page stays as it is. Fails when two versions differ.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { table, write, writeJson } from "./page.ts"

const { values } = parseArgs({
  options: { schedules: { type: "string", default: "200" }, json: { type: "string" } }
})

/** Of `^22.19.0 || ^24.0.0 || >=26.0.0`. */
const versions = ["22.19.0", "22.23.3", "24.0.0", "24.21.0", "26.0.0", "26.10.0"]

const toolchain = fileURLToPath(new URL("../../../.toolchain/", import.meta.url))
const script = fileURLToPath(new URL("histories.ts", import.meta.url))

interface Histories {
  readonly node: string
  readonly v8: string
  readonly schedules: number
  readonly digests: Record<string, string>
}

/** The executable of the version, from the registry unless already there; `undefined`: unavailable. */
const executableOf = (version: string): string | undefined => {
  const isWindows = process.platform === "win32"
  const name = `node-${isWindows ? "win" : process.platform}-${process.arch}`
  const home = join(toolchain, `${name}@${version}`)
  const executable = join(home, "node_modules", name, "bin", isWindows ? "node.exe" : "node")
  if (existsSync(executable)) return executable
  mkdirSync(home, { recursive: true })
  // A root of its own: nothing from here goes into the workspace or its lockfile.
  writeFileSync(join(home, "package.json"), "{}\n")
  writeFileSync(join(home, "pnpm-workspace.yaml"), "{}\n")
  const args = ["--dir", home, "add", "--save-exact", "--loglevel=error", `${name}@${version}`]
  const { status } = spawnSync("pnpm", args, { shell: isWindows, stdio: ["ignore", "ignore", "inherit"] })
  return status === 0 && existsSync(executable) ? executable : undefined
}

const historiesIn = (executable: string): Histories => {
  const { error, status, stderr, stdout } = spawnSync(executable, [script, values.schedules], {
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(`${executable}: ${error === undefined ? stderr : String(error)}`)
  return JSON.parse(stdout) as Histories
}

const found: Array<Histories> = []
const skipped: Array<string> = []
for (const version of versions) {
  const executable = executableOf(version)
  if (executable === undefined) skipped.push(version)
  else found.push(historiesIn(executable))
}
const own = historiesIn(process.execPath)
found.push({ ...own, node: `${own.node} (at hand)` })

const [first] = found
const programs = Object.keys(first!.digests)
const versionTable = table(
  ["Node", "V8", ...programs],
  found.map(({ digests, node, v8 }) => [node, v8, ...programs.map((name) => digests[name]!.slice(0, 16))])
)
const differing = found.filter(({ digests }) =>
  programs.some((name) => digests[name] !== first!.digests[name])
)

console.log(versionTable)
if (skipped.length > 0) console.log(`skipped, cannot be had here: Node ${skipped.join(", ")}`)
else write("versions", versionTable)
for (const { node } of differing) console.error(`${node}: other histories than ${first!.node}`)
writeJson({ schedules: Number(values.schedules), skipped, versions: found })
process.exitCode = differing.length === 0 ? 0 : 1
