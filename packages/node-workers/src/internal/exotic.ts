/**
 * Objects that look like plain data and are not, as far as only Node can tell.
 *
 * @since 0.1.0
 */
import { types } from "node:util"

/** Whether reading its fields runs code of somebody's: structured clone refuses such an object. */
export const isExotic = (value: object): boolean =>
  types.isProxy(value) || types.isModuleNamespaceObject(value)
