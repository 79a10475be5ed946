// Heddle is measured as it is published: as JavaScript, like its peers, not as the TypeScript of this repository.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Flags of Node, for hosts and for workers, by which `@heddle/*` is what `tsc` built. */
export const published: ReadonlyArray<string> = ["--conditions=built"]

export const build = (): void => {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const { status } = spawnSync(process.execPath, ["scripts/tsc.mjs", "-b"], { cwd: root, stdio: "inherit" })
  if (status !== 0) throw new Error("the packages do not compile")
}
