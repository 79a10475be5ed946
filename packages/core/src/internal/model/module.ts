/**
 * Tasks made from the functions of a plain module: how they are named, and what defines them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { defaultPolicy, type TaskDefinition, type TaskPolicy } from "./definition.ts"

const anything = Schema.Any

/** `primes.ts#count`: the last segment of the URL and the export, for messages; the URL itself is in `module`. */
export const moduleTaskName = (url: string, name: string): string => `${url.slice(url.lastIndexOf("/") + 1)}#${name}`

export const moduleDefinition = (url: string, name: string, policy: TaskPolicy = defaultPolicy): TaskDefinition => ({
  name: moduleTaskName(url, name),
  payload: anything,
  success: anything,
  error: anything,
  policy,
  module: { url, name }
})
