/**
 * The files of this package for workers, found through the package's name and its `exports`.
 *
 * Never name such a file by a URL beside this module: a bundler moves the module and not the file. In the bundle the URL
 * would name a neighbour of the bundle, perhaps a user's file.
 *
 * @since 0.1.0
 */
import { fileURLToPath } from "node:url"
import { InvalidOption } from "@heddle/core/InvalidOption"

/** The names of these files in `exports`. */
export type OwnFile = "@heddle/node-workers/worker" | "@heddle/node-workers/internal/process.main"

/** Returns the path of a file. Throws {@link InvalidOption}; `instead`: a remedy beside installing the package. */
export const ownFile = (file: OwnFile, instead = ""): string => {
  const bases = basesOf()
  const found = resolveFrom(file, bases)
  if (found !== undefined) return found
  throw new InvalidOption(
    "@heddle/node-workers",
    `workers run its file ${file}, and no such package is installed for ${bases.join(" or ")}. ` +
      "Where a bundle contains Heddle, the package is still needed beside it: " +
      `leave @heddle/node-workers out of the bundle ("external" in your bundler's options) and install it${instead}.`
  )
}

/** Returns the path of a file; `undefined`: the package is not installed where this program runs. */
export const findOwnFile = (file: OwnFile): string | undefined => resolveFrom(file, basesOf())

/** Resolves a specifier from the first base that has the package. */
export const resolveFrom = (specifier: string, bases: ReadonlyArray<string>): string | undefined => {
  // webpack would replace an imported `createRequire`, and every call of its result.
  const { createRequire } = process.getBuiltinModule("node:module")
  for (const base of bases) {
    try {
      return createRequire(base).resolve(specifier)
    } catch {
      // The package is not installed for this base.
    }
  }
  return undefined
}

/**
 * Returns the files that may contain this code, likeliest first. The working directory is left out: a program started in a
 * foreign folder must not run code from the folder.
 *
 * In a bundle, `import.meta.url` is the URL of the bundle. webpack inserts the place of the package at build time instead.
 * esbuild leaves the URL out of CommonJS, where `__filename` exists.
 */
const basesOf = (): ReadonlyArray<string> => {
  const bases = new Set<string>()
  const url: unknown = import.meta.url
  if (typeof url === "string" && url.startsWith("file:")) bases.add(fileURLToPath(url))
  try {
    bases.add(__filename)
  } catch {
    // A module has none. webpack answers `typeof __filename` with "string" everywhere, so try.
  }
  const program = process.argv[1]
  if (program !== undefined) bases.add(program)
  return Array.from(bases)
}
