/**
 * Objects disguised as plain data: simulated workers refuse them as real workers do.
 *
 * @since 0.1.0
 */

interface Types {
  readonly isProxy: (value: object) => boolean
  readonly isModuleNamespaceObject: (value: object) => boolean
}

interface Platform {
  readonly process?: {
    readonly getBuiltinModule?: (id: "node:util") => { readonly types: Types }
  }
}

/** Elsewhere than on Node nothing can tell a proxy. */
const types = (globalThis as Platform).process?.getBuiltinModule?.("node:util").types

export const isExotic = (value: object): boolean =>
  types !== undefined && (types.isProxy(value) || types.isModuleNamespaceObject(value))
