/**
 * Worker: drops the permissions that its process or thread needed only to start.
 *
 * @since 0.1.0
 */

/** A permission to drop; without a reference, all permissions of the scope. */
export interface PermissionDrop {
  readonly scope: "fs.read" | "worker"
  readonly reference?: string
}

/** Drops permissions; `undefined`: the worker is not confined. Throws where Node cannot, so that no task runs unconfined. */
export const confine = (drops: ReadonlyArray<PermissionDrop> | undefined): void => {
  if (drops === undefined) return
  const permission: unknown = Reflect.get(process, "permission")
  const drop: unknown =
    typeof permission === "object" && permission !== null && Reflect.get(permission, "drop")
  if (typeof drop !== "function") throw new Error("this Node.js cannot confine a worker of this kind")
  for (const { reference, scope } of drops) Reflect.apply(drop, permission, [scope, reference])
}
