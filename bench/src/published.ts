// Heddle is measured as it is published: as JavaScript, like its peers, not as the TypeScript of this repository.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Flags of Node, for hosts and for workers, by which `@heddle/*` is what `tsc` built. */
export const published: ReadonlyArray<string> = ["--conditions=built"]

/** The flags of Heddle's workers: they inherit none, and are profiled where this process is. */
export const ofWorkers: ReadonlyArray<string> = [
  ...published,
  ...process.execArgv.filter((flag) => flag.startsWith("--cpu-prof"))
]

/** The entry of Heddle's workers with all that it imports in one file, as a program is deployed. */
export const bundled = new URL("../dist/heddle.worker.js", import.meta.url)

export const bundle = async (): Promise<void> => {
  const { rolldown } = await import("rolldown")
  const made = await rolldown({
    input: fileURLToPath(new URL("./contenders/heddle.worker.ts", import.meta.url)),
    platform: "node",
    resolve: { conditionNames: ["built", "node", "import"] }
  })
  await made.write({ file: fileURLToPath(bundled), format: "esm" })
  await made.close()
}

export const build = (): void => {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const { status } = spawnSync(process.execPath, ["scripts/tsc.mjs", "-b"], { cwd: root, stdio: "inherit" })
  if (status !== 0) throw new Error("the packages do not compile")
}
