/**
 * The files of this package that workers run, found through the package's name and its `exports`.
 *
 * Never name one by a URL beside this module: a bundler moves the module and not the file, and in the bundle such a URL
 * means a neighbour of the bundle, which may be a file of the user's.
 *
 * @since 0.1.0
 */
import { fileURLToPath } from "node:url"
import { InvalidOption } from "@heddle/core/InvalidOption"

/** What `exports` calls them. */
export type OwnFile = "@heddle/node-workers/worker" | "@heddle/node-workers/internal/process.main"

/** Its path. Throws {@link InvalidOption}; `instead`: what else than installing the package helps. */
export const ownFile = (file: OwnFile, instead = ""): string => {
  const bases = basesOf()
  const found = find(file, bases)
  if (found !== undefined) return found
  throw new InvalidOption(
    "@heddle/node-workers",
    `workers run its file ${file}, and no such package is installed for ${bases.join(" or ")}. ` +
      "Where a bundle contains Heddle, the package is still needed beside it: " +
      `leave @heddle/node-workers out of the bundle ("external" in your bundler's options) and install it${instead}.`
  )
}

/** `undefined`: it is not installed where this program runs. */
export const findOwn = (file: OwnFile): string | undefined => find(file, basesOf())

/** Looks for a package's file as a module at the first base that has that package would. */
export const find = (specifier: string, bases: ReadonlyArray<string>): string | undefined => {
  // webpack replaces a `createRequire` that it sees imported, and what comes of it, by its own idea of them.
  const { createRequire } = process.getBuiltinModule("node:module")
  for (const base of bases) {
    try {
      return createRequire(base).resolve(specifier)
    } catch {
      // Not from there.
    }
  }
  return undefined
}

/**
 * The files that this code may be part of, likeliest first. The working directory is not among them: a program that is
 * started in somebody's folder must not run code that lies there.
 *
 * In a bundle, `import.meta.url` is the bundle's; or, made by webpack, the place where the package was when the bundle was
 * built; or, in CommonJS made by esbuild, missing. There is a `__filename` then.
 */
const basesOf = (): ReadonlyArray<string> => {
  const bases = new Set<string>()
  const url: unknown = import.meta.url
  if (typeof url === "string" && url.startsWith("file:")) bases.add(fileURLToPath(url))
  try {
    bases.add(__filename)
  } catch {
    // There is none in a module. Asked by `typeof`, webpack says that there is one.
  }
  const program = process.argv[1]
  if (program !== undefined) bases.add(program)
  return Array.from(bases)
}
