/**
 * Where `new URL("./worker.ts", import.meta.url)` points in a published build.
 *
 * Compilers rewrite import specifiers from `.ts` to `.js`, but not such URLs.
 *
 * @since 0.1.0
 */
import { existsSync } from "node:fs"

const sourceExtension = /\.([cm]?)ts$/

/** The URL itself; or, where it names a TypeScript file that is not there, the JavaScript beside it if that is. */
export const orBuiltSibling = (url: URL): URL => {
  if (url.protocol !== "file:" || !sourceExtension.test(url.pathname) || existsSync(url)) return url
  const built = new URL(url)
  built.pathname = url.pathname.replace(sourceExtension, ".$1js")
  return existsSync(built) ? built : url
}
