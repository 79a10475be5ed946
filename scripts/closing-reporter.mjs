// What a run of Vitest says at its end: which files took longest, and which tests were skipped, each with its reason.
import { relative } from "node:path"

const shown = 8

const pathOf = (module) => relative(module.project.vitest.config.root, module.moduleId)

/** Skipped tests as lines; the reason is that of `ctx.skip("…")`. */
export const skippedLines = (modules) =>
  modules.flatMap((module) =>
    Array.from(module.children.allTests("skipped"), (test) => {
      const reason = test.result().note ?? "no reason given"
      return `  skipped: ${pathOf(module)} > ${test.fullName}: ${reason}`
    })
  )

/** The files that took longest, as lines. */
export const slowestLines = (modules) =>
  modules
    .map((module) => [module.diagnostic().duration / 1000, pathOf(module)])
    .toSorted(([a], [b]) => b - a)
    .slice(0, shown)
    .map(([seconds, file]) => `${seconds.toFixed(1).padStart(8)} s  ${file}`)

export default class ClosingReporter {
  onInit(vitest) {
    this.vitest = vitest
  }

  onTestRunEnd(modules) {
    // A name pattern, such as that of `-t`, skips all other tests: nobody asks why.
    const isFiltered = this.vitest.config.testNamePattern !== undefined
    if (modules.length > 1) this.vitest.logger.log(["  longest files:", ...slowestLines(modules)].join("\n"))
    if (!isFiltered) for (const line of skippedLines(modules)) this.vitest.logger.log(line)
  }
}
