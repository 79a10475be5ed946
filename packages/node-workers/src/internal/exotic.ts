/**
 * Objects that look like plain data and are not, as only Node can tell.
 *
 * @since 0.1.0
 */
import { types } from "node:util"

/** Returns whether reading a field would run foreign code. Structured clone refuses such an object. */
export const isExotic = (value: object): boolean =>
  types.isProxy(value) || types.isModuleNamespaceObject(value)
