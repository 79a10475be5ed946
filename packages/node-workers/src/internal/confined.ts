/**
 * Worker: gives up what its process or thread was allowed only to get started.
 *
 * @since 0.1.0
 */

/** A permission; without a reference all of its kind. */
export interface Drop {
  readonly scope: "fs.read" | "worker"
  readonly reference?: string
}

/** `undefined`: this worker is not confined. Throws where it was to be and is not: nothing runs there then. */
export const confine = (drops: ReadonlyArray<Drop> | undefined): void => {
  if (drops === undefined) return
  const permission: unknown = Reflect.get(process, "permission")
  const drop: unknown =
    typeof permission === "object" && permission !== null && Reflect.get(permission, "drop")
  if (typeof drop !== "function") throw new Error("this Node.js cannot confine a worker of this kind")
  for (const { reference, scope } of drops) Reflect.apply(drop, permission, [scope, reference])
}
