/**
 * The options of `TaskPool.reserve`.
 *
 * @since 0.2.0
 */
import type * as Duration from "effect/Duration"
import { own } from "./own.ts"
import { boolean, checkKeys, toMillis } from "./validation.ts"

/**
 * - `wait`: how long to wait for an idle worker. Default: as long as it takes.
 * - `reuse`: whether the pool goes on with the worker when the scope closes. Default `false`: a worker that ran a call of
 *   the reservation is replaced, because the calls may have changed its globals and modules.
 *
 * @category models
 * @since 0.2.0
 */
export interface ReserveOptions {
  readonly wait?: Duration.Input | undefined
  readonly reuse?: boolean | undefined
}

/** In milliseconds. */
export interface ReserveSettings {
  readonly wait: number
  readonly reuse: boolean
}

export const resolveReserve = (given: ReserveOptions | undefined): ReserveSettings => {
  const options = own(given ?? {})
  checkKeys(options, ["wait", "reuse"], "")
  return {
    wait: toMillis("wait", options.wait ?? "infinity"),
    reuse: boolean("reuse", options.reuse ?? false)
  }
}
