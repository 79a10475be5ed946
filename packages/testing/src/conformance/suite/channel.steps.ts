/**
 * Steps of the CHANNEL cases: the elements that are sent, and the reason of a failed operation.
 *
 * @since 0.2.0
 */
import { ChannelError } from "@heddle/core/ChannelError"
import type * as Exit from "effect/Exit"
import { expect, expectFailure } from "./Harness.ts"

/**
 * So many numbers in a row.
 *
 * @category steps
 * @since 0.2.0
 */
export const numbers = (from: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => from + i)

/**
 * The reason of a failed operation of a channel.
 *
 * @category steps
 * @since 0.2.0
 */
export const channelReason = (exit: Exit.Exit<unknown, unknown>): ChannelError["reason"] => {
  const error = expectFailure(exit)
  expect(error instanceof ChannelError, `expected a ChannelError, got ${String(error)}`)
  return error.reason
}
