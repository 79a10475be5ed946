/**
 * URLs in options, from any realm or library: in a window of jsdom `new URL(…)` is no `URL` of Node's.
 *
 * @since 0.1.0
 */

/** Converts to a `URL` of Node's; `undefined`: the value is no URL. */
export const toUrl = (u: unknown): URL | undefined => {
  if (u instanceof URL) return u
  if (typeof u !== "object" || u === null) return undefined
  const [href, protocol]: ReadonlyArray<unknown> = [Reflect.get(u, "href"), Reflect.get(u, "protocol")]
  return typeof href === "string" && typeof protocol === "string" ? (URL.parse(href) ?? undefined) : undefined
}
