/**
 * The file behind `new URL("./worker.ts", import.meta.url)`.
 *
 * Builders rewrite import specifiers and write files with other extensions, but leave such URLs alone. So in a build the URL
 * may name the source, and where the source is run, the URL may name the build.
 *
 * @since 0.1.0
 */
import { existsSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { explainImport } from "./loading.ts"

/** By extension, the other extensions of the same file, likeliest first. */
const others: Record<string, ReadonlyArray<string>> = {
  ts: ["js", "mjs", "cjs"],
  mts: ["mjs", "js", "cjs"],
  cts: ["cjs", "js", "mjs"],
  js: ["ts", "mjs", "cjs", "mts", "cts"],
  mjs: ["mts", "js", "ts", "cjs"],
  cjs: ["cts", "js", "ts", "mjs"]
}

const extensionOf = /\.([cm]?[jt]s)$/

/** Returns the URLs of the same file by other extensions, likeliest first. */
const siblingsOf = (url: URL): ReadonlyArray<URL> => {
  const extension = extensionOf.exec(url.pathname)?.[1]
  if (url.protocol !== "file:" || extension === undefined) return []
  return others[extension]!.map((other) => {
    const sibling = new URL(url)
    sibling.pathname = url.pathname.replace(extensionOf, `.${other}`)
    return sibling
  })
}

/** Returns the URL; or, where its file is missing, an existing file by another extension. */
export const orBuiltSibling = (url: URL): URL =>
  isMissing(url) ? (siblingsOf(url).find((sibling) => existsSync(sibling)) ?? url) : url

/** Returns an existing file by any extension. Throws an error with all tried paths where there is none. */
export const mustExist = (url: URL): URL => {
  const found = orBuiltSibling(url)
  if (!isMissing(found)) return found
  const tried = [url, ...siblingsOf(url)].map((file) => fileURLToPath(file))
  throw Object.assign(
    new Error(
      `there is no such file: tried ${tried.join(", ")}. ` +
        "A build contains it only where it is an entry of the build, beside the file that names it"
    ),
    { code: "ERR_MODULE_NOT_FOUND" }
  )
}

/** Tells whether a file is certainly missing. A file that this host may not read is left to Node. */
const isMissing = (url: URL): boolean => {
  if (url.protocol !== "file:") return false
  try {
    return statSync(url, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}

/** The `data:` URLs that Node can import. */
const importable = /^data:(?:text\/javascript|application\/(?:json|wasm))[;,]/

/** Describes a `data:` URL in a message: which builders inline files, and the remedy. */
export const describeDataUrl = (url: URL): string => {
  const [kind] = /^[^;,]*/.exec(url.pathname)!
  return (
    `a data: URL${kind === "" ? "" : ` (${kind})`}. A build has put the file's text into it: ` +
    "Vite does that with files below 4 kB, and with all in library mode, unless it builds for Node; " +
    'webpack does with "asset/inline". Build for Node (Vite: build.ssr), and make the file an entry of the build'
  )
}

/** Worker: loads a module of `Task.fromModule`. */
export const importModule = async (url: string): Promise<Record<string, unknown>> => {
  const named = new URL(url)
  if (named.protocol === "data:" && !importable.test(url)) {
    throw new Error(`a module of tasks is a file: expected a file: URL, got ${describeDataUrl(named)}`)
  }
  const { href } = mustExist(named)
  try {
    // The URL is known only at run time, so no bundler may rewrite this import.
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ href)
  } catch (error) {
    throw explainImport(error)
  }
}
