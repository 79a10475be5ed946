// The bundles that `bundles.setup.ts` has made: workers of most tests start from them.
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Case, Harness } from "@heddle/testing/conformance/TransportConformance"
import { inject } from "vitest"
import type { BundleName } from "./bundles.setup.ts"

/** The file of a worker, bundled. */
export const bundleOf = (name: BundleName): URL => pathToFileURL(join(inject("bundles"), `${name}.mjs`))

/** For `env`, which inherits no such variable: Node keeps beside the bundles what it compiles of them. */
export const compiledBundles = (): Readonly<Record<string, string>> => ({
  NODE_COMPILE_CACHE: join(inject("bundles"), "compiled")
})

/** The package's own files by which workers start, as `ownFiles.ts` looks for them. */
const ownFiles: Readonly<Record<string, BundleName>> = {
  "@heddle/node-workers/internal/process.main": "process.main",
  "@heddle/node-workers/worker": "worker"
}

let areBundled = false
let isHooked = false

/** Which of the package's own files those transports take that this test file makes from now on: bundles, or sources. */
export const useOwnFiles = (from: "bundles" | "sources"): void => {
  areBundled = from === "bundles"
  if (!areBundled || isHooked) return
  isHooked = true
  registerHooks({
    resolve: (specifier, context, next) => {
      const name = areBundled && Object.hasOwn(ownFiles, specifier) ? ownFiles[specifier] : undefined
      if (name === undefined) return next(specifier, context)
      return { url: bundleOf(name).href, format: "module", shortCircuit: true }
    }
  })
}

/** The cases, of which those run from sources that look for a file of a handler in a stack. */
export const stacksFromSources = (cases: ReadonlyArray<Case>, sources: Harness): ReadonlyArray<Case> =>
  cases.map((one) => (one.name.includes("both stacks") ? { ...one, run: () => one.run(sources) } : one))
