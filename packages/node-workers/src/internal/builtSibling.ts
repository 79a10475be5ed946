/**
 * Which file `new URL("./worker.ts", import.meta.url)` means.
 *
 * Builders rewrite import specifiers and write other extensions, but they leave such URLs alone: a URL names the source in
 * a build, or the build where the source is run.
 *
 * @since 0.1.0
 */
import { existsSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { explainImport } from "./loading.ts"

/** By extension, what else the file may be called, likeliest first. */
const others: Record<string, ReadonlyArray<string>> = {
  ts: ["js", "mjs", "cjs"],
  mts: ["mjs", "js", "cjs"],
  cts: ["cjs", "js", "mjs"],
  js: ["ts", "mjs", "cjs", "mts", "cts"],
  mjs: ["mts", "js", "ts", "cjs"],
  cjs: ["cts", "js", "ts", "mjs"]
}

const extensionOf = /\.([cm]?[jt]s)$/

/** The same file by other extensions, likeliest first. */
const siblingsOf = (url: URL): ReadonlyArray<URL> => {
  const extension = extensionOf.exec(url.pathname)?.[1]
  if (url.protocol !== "file:" || extension === undefined) return []
  return others[extension]!.map((other) => {
    const sibling = new URL(url)
    sibling.pathname = url.pathname.replace(extensionOf, `.${other}`)
    return sibling
  })
}

/** The URL itself; or, where its file is not there, the same file by another extension if that is. */
export const orBuiltSibling = (url: URL): URL =>
  isMissing(url) ? (siblingsOf(url).find((sibling) => existsSync(sibling)) ?? url) : url

/** Throws where there is no such file by any extension, and says what was looked for. */
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

/** Certainly: a file that may not be looked at is left to Node. */
const isMissing = (url: URL): boolean => {
  if (url.protocol !== "file:") return false
  try {
    return statSync(url, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}

/** What Node can import of a `data:` URL. */
const importable = /^data:(?:text\/javascript|application\/(?:json|wasm))[;,]/

/** Who puts a file's text into a URL, and what to do about it. */
export const inlined = (url: URL): string => {
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
    throw new Error(`a module of tasks is a file: expected a file: URL, got ${inlined(named)}`)
  }
  const { href } = mustExist(named)
  try {
    // The address is known when it runs; a bundler that reads this is not to guess.
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ href)
  } catch (error) {
    throw explainImport(error)
  }
}
